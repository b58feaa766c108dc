import { execFileSync } from "node:child_process";
import {
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  symlinkSync,
} from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { UserError } from "../../shared/index.ts";
import type { Module } from "./hcl-modules.ts";
import { brokenLink, isLoadedByTerraform, isWithin, linkError, targetOf } from "./links.ts";
import { referencedPaths } from "./referenced-paths.ts";

/** Folders that are not copied: the git history, dependencies, and states of real accounts. */
const SKIPPED_FOLDERS = new Set([".git", "node_modules", ".berth"]);

/** Names of the files that Berth writes into a copied module. */
const RESERVED_NAMES = /^zzzz_berth_.*\.tf\.json$/;

function isCopied(path: string): boolean {
  const name = basename(path);
  if (SKIPPED_FOLDERS.has(name) || /\.tfstate(\.backup|\.d)?$/.test(name)) return false;
  // Of the folder .terraform only the modules: its state contains the real backend, and providers are installed again.
  const pathInTerraform = path.split(`${sep}.terraform${sep}`)[1];
  return pathInTerraform === undefined || pathInTerraform.split(sep)[0] === "modules";
}

const git = (directory: string, ...args: readonly string[]): string =>
  execFileSync("git", ["-C", directory, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 2 ** 28,
  });

/** The root of the Git repository that contains a folder; undefined if the folder is in no repository, or if Git is not installed. */
function repositoryOf(directory: string): string | undefined {
  try {
    return git(directory, "rev-parse", "--show-toplevel").trim();
  } catch {
    return undefined;
  }
}

/** The deepest folder that contains all folders. */
function commonFolder(folders: readonly string[]): string {
  const [first = "/", ...rest] = folders;
  let common = first;
  while (!rest.every((folder) => isWithin(common, folder))) common = dirname(common);
  return common;
}

/**
 * A copy of a part of a folder. Symbolic links stay links, to the copies of their targets. Terraform then resolves paths in
 * the copy as in the original, and no path in the copy leads out of it.
 */
class FolderCopy {
  readonly base: string;
  readonly target: string;
  readonly #seen = new Set<string>();
  /** True for files that git lists: tracked files, and untracked files that are not ignored. */
  readonly #isListed: (path: string) => boolean;

  constructor(base: string, target: string, listed?: ReadonlySet<string>) {
    this.base = base;
    this.target = target;
    // The copy may be below the copied folder. It must not be copied into itself.
    this.#seen.add(dirname(target));
    this.#isListed = (path) => listed === undefined || listed.has(path);
    mkdirSync(target, { recursive: true });
    for (const path of listed ?? []) this.add(path);
  }

  /** The path in the copy. */
  pathInCopy(path: string): string {
    return join(this.target, relative(this.base, path));
  }

  /**
   * Copies a file, a link with its target, or a folder with its content.
   *
   * @param skipsBrokenLinks whether links that cannot be followed are skipped, also if Git does not ignore them
   */
  add(path: string, skipsBrokenLinks = false): void {
    const paths = [path];
    for (let next = paths.pop(); next !== undefined; next = paths.pop()) {
      if (this.#seen.has(next) || !isCopied(next)) continue;
      this.#seen.add(next);
      try {
        paths.push(...this.#copy(next, skipsBrokenLinks));
      } catch (error) {
        if (error instanceof UserError) throw error;
        throw new UserError("BERTH-E5015", `cannot copy ${next}: ${(error as Error).message}`, {
          fix: "make it readable, or remove it from the folder",
        });
      }
    }
  }

  /** Copies the symbolic links in the path of a module call, so that the path has the same target in the copy. */
  addPath(path: string): void {
    let current = this.base;
    if (!existsSync(path)) return;
    for (const name of relative(this.base, path).split(sep)) {
      current = join(current, name);
      const stat = lstatSync(current, { throwIfNoEntry: false });
      if (stat?.isSymbolicLink() !== true) continue;
      const broken = brokenLink(current, this.base);
      if (broken) throw linkError(current, broken, this.base);
      this.add(current);
      current = realpathSync(current);
    }
  }

  /** Copies one entry. Returns the paths that must be copied next. */
  #copy(path: string, skipsBrokenLinks: boolean): string[] {
    if (RESERVED_NAMES.test(basename(path)))
      throw new UserError(
        "BERTH-E5018",
        `${path} has a name that Berth reserves for its own files`,
        {
          fix: "rename the file, or delete it",
        },
      );
    const stat = lstatSync(path, { throwIfNoEntry: false });
    const target = this.pathInCopy(path);
    if (stat?.isDirectory() === true) {
      mkdirSync(target, { recursive: true });
      return readdirSync(path).map((name) => join(path, name));
    }
    if (stat?.isSymbolicLink() === true) return this.#copyLink(path, target, skipsBrokenLinks);
    // A file that was deleted after git listed it, or a socket or pipe: Terraform does not read it.
    if (stat?.isFile() !== true) return [];
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(path, target, constants.COPYFILE_EXCL);
    return [];
  }

  #copyLink(path: string, copy: string, skipsBrokenLinks: boolean): string[] {
    const broken = brokenLink(path, this.base);
    if (broken) {
      // A broken link is skipped if Git ignores it (.venv/bin/python) or its target does not exist. A file that
      // Terraform loads automatically must not be skipped silently.
      const isHarmless = skipsBrokenLinks || broken.kind === "dangling" || !this.#isListed(path);
      if (isHarmless && !isLoadedByTerraform(path)) return [];
      throw linkError(path, broken, this.base);
    }
    const target = targetOf(path);
    if (!isCopied(target)) return [];
    mkdirSync(dirname(copy), { recursive: true });
    symlinkSync(relative(dirname(copy), this.pathInCopy(target)) || ".", copy);
    return [target];
  }
}

/** The files of a repository: tracked files, and untracked files that are not ignored. */
function filesInRepository(top: string): ReadonlySet<string> {
  const text = git(top, "ls-files", "-z", "--cached", "--others", "--exclude-standard");
  return new Set(
    text
      .split("\0")
      .filter((file) => file !== "")
      .map((file) => join(top, file)),
  );
}

/**
 * Copies root modules with all files that they refer to by path, at the same relative paths: the whole repository, the files in
 * the modules' folders that git ignores (variable files, downloaded modules), and the files elsewhere that strings of the modules
 * name. Without git, copies the folders of the modules and these files. Symbolic links must not leave the copied folder.
 *
 * @param checkouts a folder with checked out repositories, without their git data
 * @returns a function that returns the folder of a module in the copy
 * @throws UserError BERTH-E5009 if a symbolic link leads out of the copied folder, or is part of a cycle
 */
export function copyModules(
  trees: readonly (readonly Module[])[],
  into: string,
  checkouts?: string,
): (tree: readonly Module[], directory: string) => string {
  const repositories =
    checkouts !== undefined && existsSync(checkouts) ? realpathSync(checkouts) : undefined;
  const copies = new Map<string, FolderCopy>();
  const copyOfTree = new Map<readonly Module[], FolderCopy>();
  const checkoutOf = (root: string): string | undefined =>
    repositories !== undefined && isWithin(repositories, root)
      ? join(repositories, relative(repositories, root).split(sep)[0] ?? "")
      : undefined;
  for (const tree of trees) {
    const [{ directory: root } = { directory: "/" }] = tree;
    const checkout = checkoutOf(root);
    const top = checkout ?? repositoryOf(root);
    // The paths of module calls, with their symbolic links. FolderCopy tests the targets of the links.
    const calls = tree.flatMap(({ modules }) => modules.filter((path) => existsSync(path)));
    const references = referencedPaths(tree).filter(
      (path) => checkout === undefined || isWithin(checkout, realpathSync(path)),
    );
    const base = commonFolder([
      top ?? root,
      ...calls,
      ...references.flatMap((path) => [dirname(path), dirname(realpathSync(path))]),
    ]);
    const key = `${top ?? ""}|${base}`;
    const copy =
      copies.get(key) ??
      new FolderCopy(
        base,
        join(into, String(copies.size)),
        top === undefined || checkout !== undefined ? undefined : filesInRepository(top),
      );
    copies.set(key, copy);
    if (checkout !== undefined) copy.add(checkout);
    copyOfTree.set(tree, copy);
    for (const { directory, modules } of tree) {
      copy.add(directory);
      for (const path of modules) copy.addPath(path);
    }
    for (const path of references) {
      copy.addPath(path);
      // A folder that a string names, such as the source of a program, may contain links that Terraform does not read.
      copy.add(realpathSync(path), true);
    }
  }
  return (tree, directory) => {
    const copy = copyOfTree.get(tree);
    if (copy === undefined) throw new TypeError(`${directory} was not copied`);
    return copy.pathInCopy(directory);
  };
}

/**
 * Checks out the repository of a folder at a commit, into another folder.
 *
 * @returns the path of the folder in the checked out repository
 * @throws UserError if the commit does not exist, or does not contain the folder
 */
export function checkoutCommit(directory: string, ref: string, into: string): string {
  const top = repositoryOf(directory);
  if (top === undefined) {
    throw new UserError(
      "BERTH-E5002",
      `--from ${ref} is not a folder, and cannot be a commit because there is no git repository`,
      {
        where: directory,
        fix: "pass the folder of the old configuration",
        exitCode: 64,
      },
    );
  }
  mkdirSync(into, { recursive: true });
  try {
    git(top, "rev-parse", "--verify", "--quiet", `${ref}^{commit}`);
  } catch {
    throw new UserError("BERTH-E5002", `${ref} is neither a commit nor a folder`, {
      where: top,
      fix: "pass a branch, tag or commit (in a shallow clone run git fetch first), or a folder",
      exitCode: 64,
    });
  }
  const archive = execFileSync("git", ["-C", top, "archive", "--format=tar", ref], {
    maxBuffer: 2 ** 30,
  });
  execFileSync("tar", ["-x", "-C", into], { input: archive });
  const pathInRepository = relative(top, realpathSync(directory));
  const checkedOut = join(into, pathInRepository);
  if (existsSync(checkedOut)) return checkedOut;
  throw new UserError("BERTH-E5017", `${pathInRepository || "."} does not exist in ${ref}`, {
    where: top,
    fix: "pass a commit that contains the folder",
  });
}
