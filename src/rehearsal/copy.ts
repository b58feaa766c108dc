import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { UserError } from "../errors.ts";
import type { Module } from "./configuration.ts";

/** What a copy does without: histories, dependencies, and states that are of a real account. */
const LEFT_OUT = new Set([".git", "node_modules", ".berth"]);

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
  const [first = "/", ...rest] = folders
    .map((one) => resolve(one).split(sep))
    .map((one) => one.join(sep));
  let common = first;
  while (rest.some((one) => one !== common && !one.startsWith(`${common}${sep}`)))
    common = dirname(common);
  return common;
}

/** Copies root modules with all they refer to by path, as they lie to each other. Answers where a folder is now. */
export function copyOf(
  trees: readonly (readonly Module[])[],
  into: string,
): (directory: string) => string {
  const bases = new Map<string, string>();
  const baseOf = (tree: readonly Module[]): string => {
    const folders = tree.map(({ directory }) => directory);
    const top = repositoryOf(folders[0] ?? "/");
    return top !== undefined &&
      folders.every((one) => one === top || one.startsWith(`${top}${sep}`))
      ? top
      : commonOf(folders);
  };
  for (const tree of trees) {
    const base = baseOf(tree);
    if (bases.has(base)) continue;
    const target = join(into, String(bases.size));
    bases.set(base, target);
    mkdirSync(target, { recursive: true });
    if (repositoryOf(base) === base) {
      const files = git(base, "ls-files", "-z", "--cached", "--others", "--exclude-standard");
      for (const file of files.split("\0")) {
        if (file !== "" && existsSync(join(base, file)) && isWanted(join(base, file)))
          cpSync(join(base, file), join(target, file), { recursive: true, filter: isWanted });
      }
    }
  }
  for (const tree of trees) {
    const base = baseOf(tree);
    const target = bases.get(base) ?? into;
    // What git ignores (variable files, fetched modules) is copied too, where it lies in a module's own folder.
    for (const { directory } of tree)
      cpSync(directory, join(target, relative(base, directory)), {
        recursive: true,
        filter: isWanted,
      });
  }
  return (directory) => {
    const base = [...bases.keys()].find(
      (one) => directory === one || directory.startsWith(`${one}${sep}`),
    );
    if (base === undefined) throw new TypeError(`${directory} was not copied`);
    return join(bases.get(base) ?? "", relative(base, directory));
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
  const then = join(into, relative(top, resolve(directory)));
  if (existsSync(then)) return then;
  throw new UserError(
    "BERTH-E5002",
    `${relative(top, resolve(directory)) || "."} was not there at ${ref}`,
    {
      where: top,
      fix: "name a commit that has it",
    },
  );
}
