import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isObject } from "./json.ts";

/** A package manager of Node.js projects. `yarn-classic` is Yarn 1; `yarn` is Yarn 2 or newer. */
export type PackageManagerName = "bun" | "npm" | "pnpm" | "yarn" | "yarn-classic";

/** The package manager of a project, with its commands. */
export interface PackageManager {
  readonly name: PackageManagerName;
  /** The lock file that was found; undefined if the project has none. */
  readonly lockFile: string | undefined;
  /** Installs exactly the packages of the lock file, without running their install scripts. */
  readonly cleanInstall: string;
  /** The start of a command that runs an installed program, and never downloads one. */
  readonly run: string;
  /** The start of a command that adds dependencies, or changes their versions where package.json has them. */
  readonly add: string;
  /** The start of a command that adds development dependencies. */
  readonly addDevelopment: string;
}

type Commands = Omit<PackageManager, "lockFile" | "name">;

const COMMANDS: Readonly<Record<PackageManagerName, Commands>> = {
  npm: {
    cleanInstall: "npm ci --ignore-scripts",
    run: "npx --no-install",
    add: "npm install",
    addDevelopment: "npm install --save-dev",
  },
  pnpm: {
    cleanInstall: "pnpm install --frozen-lockfile --ignore-scripts",
    run: "pnpm exec",
    add: "pnpm add",
    addDevelopment: "pnpm add --save-dev",
  },
  "yarn-classic": {
    cleanInstall: "yarn install --frozen-lockfile --ignore-scripts",
    // Without --silent, Yarn 1 writes its own lines to stdout.
    run: "yarn --silent run",
    add: "yarn add",
    addDevelopment: "yarn add --dev",
  },
  yarn: {
    cleanInstall: "yarn install --immutable --mode=skip-build",
    run: "yarn run",
    add: "yarn add",
    addDevelopment: "yarn add --dev",
  },
  bun: {
    cleanInstall: "bun install --frozen-lockfile --ignore-scripts",
    run: "bunx --no-install",
    add: "bun add",
    addDevelopment: "bun add --dev",
  },
};

/** The commands of a package manager. */
export const packageManagerNamed = (
  name: PackageManagerName,
  lockFile?: string,
): PackageManager => ({ name, lockFile, ...COMMANDS[name] });

/** Lock files, with the package manager that writes them. A lock file of Yarn is of Yarn 1 or of a newer version. */
const LOCK_FILES: readonly (readonly [file: string, name: PackageManagerName])[] = [
  ["pnpm-lock.yaml", "pnpm"],
  ["bun.lock", "bun"],
  ["bun.lockb", "bun"],
  ["yarn.lock", "yarn"],
  ["package-lock.json", "npm"],
  ["npm-shrinkwrap.json", "npm"],
];

/**
 * The package manager of a project: the one in the key `packageManager` or `devEngines` of package.json, otherwise the one that
 * wrote the lock file. It looks in the folder and then in its parents. Without both it is npm.
 *
 * Source: Node.js docs, "Corepack"; npm docs, "package.json", "devEngines".
 *
 * @param root the last folder to look in @default the root of the file system
 */
export function packageManagerOf(folder: string, root?: string): PackageManager {
  let declared: PackageManagerName | undefined;
  for (const directory of withParents(folder, root)) {
    declared ??= declaredIn(join(directory, "package.json"));
    const [lockFile, writer] = LOCK_FILES.find(([file]) => existsSync(join(directory, file))) ?? [];
    if (lockFile === undefined || writer === undefined) continue;
    const name = declared ?? (writer === "yarn" ? yarnOf(directory) : writer);
    return packageManagerNamed(name, join(directory, lockFile));
  }
  return packageManagerNamed(declared ?? "npm");
}

function withParents(folder: string, root: string | undefined): string[] {
  const start = resolve(folder);
  const parent = dirname(start);
  const isLast = parent === start || (root !== undefined && start === resolve(root));
  return isLast ? [start] : [start, ...withParents(parent, root)];
}

/** Yarn 2 and newer write the key __metadata into the lock file. Source: Yarn docs, "Migration". */
const yarnOf = (directory: string): PackageManagerName =>
  /^__metadata:/m.test(readFileSync(join(directory, "yarn.lock"), "utf8"))
    ? "yarn"
    : "yarn-classic";

/** The package manager that a package.json names; undefined if it names none that is supported. */
function declaredIn(file: string): PackageManagerName | undefined {
  if (!existsSync(file)) return undefined;
  let manifest: unknown;
  try {
    manifest = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    // A package.json that is not JSON is reported by the package manager itself.
    return undefined;
  }
  if (!isObject(manifest)) return undefined;
  const { packageManager, devEngines } = manifest;
  if (typeof packageManager === "string") {
    const [, name = "", major = ""] = /^(\w+)@(\d+)/.exec(packageManager) ?? [];
    return named(name, major);
  }
  const engine = isObject(devEngines) ? devEngines["packageManager"] : undefined;
  if (!isObject(engine) || typeof engine["name"] !== "string") return undefined;
  const version = typeof engine["version"] === "string" ? engine["version"] : "";
  return named(engine["name"], /\d+/.exec(version)?.[0] ?? "");
}

function named(name: string, major: string): PackageManagerName | undefined {
  if (name === "yarn") return major === "1" ? "yarn-classic" : "yarn";
  return name === "npm" || name === "pnpm" || name === "bun" ? name : undefined;
}
