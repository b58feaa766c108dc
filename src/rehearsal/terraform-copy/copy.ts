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
import { UserError } from "../../shared/errors.ts";
import type { Module } from "./hcl-modules.ts";
import { brokenLink, isLoadedByTerraform, isWithin, linkError, targetOf } from "./links.ts";

/** What a copy does without: histories, dependencies, and states that are of a real account. */
const LEFT_OUT = new Set([".git", "node_modules", ".berth"]);

/** Names of the files that Berth writes beside a module in the copy. */
const RESERVED = /^zzzz_berth_.*\.tf\.json$/;

function isWanted(path: string): boolean {
  const name = basename(path);
  if (LEFT_OUT.has(name) || /\.tfstate(\.backup|\.d)?$/.test(name)) return false;
  // Of Terraform's own folder the modules alone: providers are found again, and its state names the real backend.
  const inside = path.split(`${sep}.terraform${sep}`)[1];
  return inside === undefined || inside.split(sep)[0] === "modules";
}

const git = (directory: string, ...args: readonly string[]): string =>
  execFileSync("git", ["-C", directory, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 2 ** 28,
  });

/** The top of the repository that a folder is in; undefined where it is in none, or git is not there. */
function repositoryOf(directory: string): string | undefined {
  try {
    return git(directory, "rev-parse", "--show-toplevel").trim();
  } catch {
    return undefined;
  }
}

function commonOf(folders: readonly string[]): string {
  const [first = "/", ...rest] = folders;
  let common = first;
  while (!rest.every((folder) => isWithin(common, folder))) common = dirname(common);
  return common;
}

/**
 * A copy of part of a folder. Symbolic links stay links, to the copy of what they point to: Terraform then resolves paths
 * in the copy as it does in the original, and nothing in the copy leads out of it.
 */
class Copy {
  readonly base: string;
  readonly target: string;
  readonly #seen = new Set<string>();
  /** True for what git lists: files that are tracked, or neither tracked nor ignored. */
  readonly #isListed: (path: string) => boolean;

  constructor(base: string, target: string, listed?: ReadonlySet<string>) {
    this.base = base;
    this.target = target;
    // Where the copy itself lies below what is copied, it is not copied again.
    this.#seen.add(dirname(target));
    this.#isListed = (path) => listed === undefined || listed.has(path);
    mkdirSync(target, { recursive: true });
    for (const path of listed ?? []) this.add(path);
  }

  placeOf(path: string): string {
    return join(this.target, relative(this.base, path));
  }

  /** Copies a file, a link with its target, or a folder with everything in it. */
  add(path: string): void {
    const paths = [path];
    for (let next = paths.pop(); next !== undefined; next = paths.pop()) {
      if (this.#seen.has(next) || !isWanted(next)) continue;
      this.#seen.add(next);
      try {
        paths.push(...this.#copy(next));
      } catch (error) {
        if (error instanceof UserError) throw error;
        throw new UserError("BERTH-E5009", `cannot copy ${next}: ${(error as Error).message}`, {
          fix: "make it readable, or take it out of the folder",
        });
      }
    }
  }

  /** Copies the links on the way to a folder that a module is called by, so that its path leads to the same place. */
  addPath(path: string): void {
    let at = this.base;
    if (!existsSync(path)) return;
    for (const name of relative(this.base, path).split(sep)) {
      at = join(at, name);
      const stat = lstatSync(at, { throwIfNoEntry: false });
      if (stat?.isSymbolicLink() !== true) continue;
      const broken = brokenLink(at, this.base);
      if (broken) throw linkError(at, broken, this.base);
      this.add(at);
      at = realpathSync(at);
    }
  }

  /** Copies one entry. Returns what has to be copied with it. */
  #copy(path: string): string[] {
    if (RESERVED.test(basename(path)))
      throw new UserError("BERTH-E6003", `${path} has a name that Berth writes files under`, {
        fix: "rename the file, or delete it",
      });
    const stat = lstatSync(path, { throwIfNoEntry: false });
    const place = this.placeOf(path);
    if (stat?.isDirectory() === true) {
      mkdirSync(place, { recursive: true });
      return readdirSync(path).map((name) => join(path, name));
    }
    if (stat?.isSymbolicLink() === true) return this.#copyLink(path, place);
    // Deleted since git listed it, or a socket or pipe: nothing that Terraform reads.
    if (stat?.isFile() !== true) return [];
    mkdirSync(dirname(place), { recursive: true });
    copyFileSync(path, place, constants.COPYFILE_EXCL);
    return [];
  }

  #copyLink(path: string, place: string): string[] {
    const broken = brokenLink(path, this.base);
    if (broken) {
      // A broken link is left out where git ignores it (.venv/bin/python) or its target does not exist. A file that
      // Terraform loads by itself must not be left out silently.
      const isHarmless = broken.kind === "dangling" || !this.#isListed(path);
      if (isHarmless && !isLoadedByTerraform(path)) return [];
      throw linkError(path, broken, this.base);
    }
    const target = targetOf(path);
    if (!isWanted(target)) return [];
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(relative(dirname(place), this.placeOf(target)) || ".", place);
    return [target];
  }
}

/** Everything below a folder that git would keep. */
function listedBy(top: string): ReadonlySet<string> {
  const text = git(top, "ls-files", "-z", "--cached", "--others", "--exclude-standard");
  return new Set(
    text
      .split("\0")
      .filter((file) => file !== "")
      .map((file) => join(top, file)),
  );
}

/**
 * Copies root modules with all they refer to by path, as they lie to each other: the whole repository that they are in,
 * and what git ignores in the modules' own folders (variable files, fetched modules). Without git the copy, and with it
 * where links may lead, is the folder that the modules have in common.
 *
 * @param checkouts a folder whose folders are each a whole repository, without git's own data
 * @returns where the folder of a module of a tree is now
 * @throws UserError BERTH-E5009 where a symbolic link leads out of what is copied, or around in a circle
 */
export function copyOf(
  trees: readonly (readonly Module[])[],
  into: string,
  checkouts?: string,
): (tree: readonly Module[], directory: string) => string {
  const repositories =
    checkouts !== undefined && existsSync(checkouts) ? realpathSync(checkouts) : undefined;
  const copies = new Map<string, Copy>();
  const copyOfTree = new Map<readonly Module[], Copy>();
  const baseOf = (folders: readonly string[]): string => {
    const [root = "/"] = folders;
    const top =
      repositories !== undefined && isWithin(repositories, root)
        ? join(repositories, relative(repositories, root).split(sep)[0] ?? "")
        : repositoryOf(root);
    return top !== undefined && folders.every((folder) => isWithin(top, folder))
      ? top
      : commonOf(folders);
  };
  const copyAt = (base: string): Copy => {
    const target = join(into, String(copies.size));
    if (dirname(base) === repositories) {
      const copy = new Copy(base, target);
      copy.add(base);
      return copy;
    }
    return new Copy(base, target, repositoryOf(base) === base ? listedBy(base) : undefined);
  };
  for (const tree of trees) {
    // By the paths that modules are called by: where a link on the way leads is for the copy to judge.
    const calls = tree.flatMap(({ modules }) => modules.filter((path) => existsSync(path)));
    const base = baseOf([...tree.slice(0, 1).map(({ directory }) => directory), ...calls]);
    const copy = copies.get(base) ?? copyAt(base);
    copies.set(base, copy);
    copyOfTree.set(tree, copy);
    for (const { directory, modules } of tree) {
      copy.add(directory);
      for (const path of modules) copy.addPath(path);
    }
  }
  return (tree, directory) => {
    const copy = copyOfTree.get(tree);
    if (copy === undefined) throw new TypeError(`${directory} was not copied`);
    return copy.placeOf(directory);
  };
}

/**
 * Puts a folder as it was at a commit, with the repository around it, into a folder.
 *
 * @returns where the folder is now
 * @throws UserError where git does not know the commit, or the folder was not there
 */
export function checkOut(directory: string, ref: string, into: string): string {
  const top = repositoryOf(directory);
  if (top === undefined) {
    throw new UserError(
      "BERTH-E5002",
      `--from ${ref} is neither a folder nor, without a git repository, a commit`,
      {
        where: directory,
        fix: "name the folder that holds the old configuration",
        exitCode: 64,
      },
    );
  }
  mkdirSync(into, { recursive: true });
  try {
    git(top, "rev-parse", "--verify", "--quiet", `${ref}^{commit}`);
  } catch {
    throw new UserError("BERTH-E5002", `git knows no commit ${ref}, and there is no such folder`, {
      where: top,
      fix: "name a branch, tag or commit (git fetch first, in a shallow clone), or a folder",
      exitCode: 64,
    });
  }
  const archive = execFileSync("git", ["-C", top, "archive", "--format=tar", ref], {
    maxBuffer: 2 ** 30,
  });
  execFileSync("tar", ["-x", "-C", into], { input: archive });
  const below = relative(top, realpathSync(directory));
  const then = join(into, below);
  if (existsSync(then)) return then;
  throw new UserError("BERTH-E5002", `${below || "."} was not there at ${ref}`, {
    where: top,
    fix: "name a commit that has it",
  });
}
