import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isObject } from "./json.ts";
import { type PackageManagerName, packageManagerOf } from "./package-manager.ts";

/** The name of Berth's package. Another package on npm has the name of the command. */
const PACKAGE = "berth-ecs";

/** Runs the package that a project has installed. */
const INSTALLED: Readonly<Record<PackageManagerName, string>> = {
  npm: "npx berth",
  pnpm: "pnpm berth",
  "yarn-classic": "yarn berth",
  yarn: "yarn berth",
  bun: "bunx berth",
};

/** Downloads the package and runs it. Yarn 1 cannot. */
const DOWNLOADED: Readonly<Record<PackageManagerName, string>> = {
  npm: `npx ${PACKAGE}`,
  pnpm: `pnpm dlx ${PACKAGE}`,
  "yarn-classic": `npx ${PACKAGE}`,
  yarn: `yarn dlx ${PACKAGE}`,
  bun: `bunx ${PACKAGE}`,
};

/** The package.json of a folder; undefined if the folder has none. Empty if it is invalid: the package manager reports that. */
function manifestOf(folder: string): Readonly<Record<string, unknown>> | undefined {
  const file = join(folder, "package.json");
  if (!existsSync(file)) return undefined;
  try {
    const manifest: unknown = JSON.parse(readFileSync(file, "utf8"));
    return isObject(manifest) ? manifest : {};
  } catch {
    return {};
  }
}

function installs({ name, ...manifest }: Readonly<Record<string, unknown>>): boolean {
  return (
    name === PACKAGE ||
    ["dependencies", "devDependencies", "optionalDependencies"].some((key) => {
      const packages = manifest[key];
      return isObject(packages) && PACKAGE in packages;
    })
  );
}

/**
 * The start of a command line of Berth in a folder, for messages: with the package manager of the project. If no package.json
 * in the folder or its parents has Berth as a dependency, the command downloads the package.
 *
 * @param folder @default the working directory
 * @example `run ${berthCommand()} init` // run npx berth init
 */
export function berthCommand(folder: string = process.cwd()): string {
  const { name } = packageManagerOf(folder);
  for (let current = resolve(folder); ; current = dirname(current)) {
    const manifest = manifestOf(current);
    if (manifest !== undefined && installs(manifest)) return INSTALLED[name];
    if (dirname(current) === current) return DOWNLOADED[name];
  }
}
