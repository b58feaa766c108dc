import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Declaration, declarationsIn } from "../hcl/index.ts";
import { type Locate, locationPath, type SourceLocation } from "../shared/index.ts";
import { childModule, withoutKeys } from "./module-address.ts";
import type { PlanJson } from "./plan-json.ts";

/** A declaration, and the file that contains it. */
interface LocatedDeclaration extends Declaration {
  readonly file: string;
}

/** The lines in the source files of a root module and of the modules that it calls by path. */
export class SourceLocations {
  readonly #locations: ReadonlyMap<string, SourceLocation>;
  /** Addresses of the calls of modules whose source is not a path, such as modules of a registry. */
  readonly #otherModules: ReadonlySet<string>;

  constructor(
    locations: ReadonlyMap<string, SourceLocation>,
    otherModules: ReadonlySet<string> = new Set(),
  ) {
    this.#locations = locations;
    this.#otherModules = otherModules;
  }

  /**
   * The line that declares a resource, a data source or a module. For what a module of a registry contains it is the line of
   * the call; undefined if the files do not declare it.
   */
  locate(address: string): SourceLocation | undefined {
    const key = withoutKeys(address);
    return (
      this.#locations.get(key) ??
      modulesAround(key)
        .map((module) => this.#locations.get(module))
        .find((location) => location !== undefined)
    );
  }

  /** Whether the files declare a resource: they contain its block, or call a module of a registry that contains it. */
  declares(address: string): boolean {
    const key = withoutKeys(address);
    return (
      this.#locations.has(key) ||
      modulesAround(key).some((module) => this.#otherModules.has(module))
    );
  }
}

/** The addresses of the modules that contain what an address names, the innermost first. */
function modulesAround(address: string): string[] {
  const [path = ""] = /^(?:module\.[^.]+(?:\.|$))*/.exec(address) ?? [];
  const calls = path.split(".").filter((_, index) => index % 2 === 1);
  return calls.map((_, index) =>
    calls.slice(0, calls.length - index).reduce((parent, call) => childModule(parent, call), ""),
  );
}

const TERRAFORM_FILE = /\.tf(\.json)?$/;
const TOFU_FILE = /\.(?:tf|tofu)(\.json)?$/;
const OVERRIDE_FILE = /(?:^|_)override\.\w+(?:\.json)?$/;

/**
 * Names of the files that declare what a module contains: not those that Terraform ignores, and those that override declarations
 * last.
 *
 * Source: Terraform, "Override Files"; OpenTofu, "Files and Directories": a .tofu file takes the place of the .tf file.
 */
function filesOf(directory: string, product: "terraform" | "tofu"): string[] {
  const pattern = product === "tofu" ? TOFU_FILE : TERRAFORM_FILE;
  const names = readdirSync(directory).filter(
    (name) => pattern.test(name) && !name.startsWith(".") && isFile(join(directory, name)),
  );
  return names
    .filter(
      (name) =>
        !names.includes(name.replace(TERRAFORM_FILE, ".tofu$1")) || !TERRAFORM_FILE.test(name),
    )
    .sort(
      (a, b) => Number(OVERRIDE_FILE.test(a)) - Number(OVERRIDE_FILE.test(b)) || (a < b ? -1 : 1),
    );
}

const isFile = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isFile() === true;

const isDirectory = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/**
 * Reads the lines of the declarations in a folder and in the modules that it calls by path. No module is installed, and nothing
 * runs. A folder in the path may be a symbolic link, which Terraform follows too.
 *
 * @param product the program whose files count. @default "terraform"
 */
export function readSourceLocations(
  root: string,
  product: "terraform" | "tofu" = "terraform",
): SourceLocations {
  const locations = new Map<string, SourceLocation>();
  const otherModules = new Set<string>();
  const declarations = new Map<string, readonly LocatedDeclaration[]>();
  const visit = (directory: string, module: string, callers: readonly string[]): void => {
    // Terraform rejects a module that calls itself.
    if (callers.includes(directory)) return;
    const found = declarations.get(directory) ?? declarationsOf(directory, product);
    declarations.set(directory, found);
    for (const { address, file, line, source = "" } of found) {
      const key = module === "" ? address : `${module}.${address}`;
      // A declaration in an override file is not the first one.
      if (locations.has(key)) continue;
      locations.set(key, { file, line });
      if (!address.startsWith("module.")) continue;
      const called = resolve(directory, source);
      if (!/^\.\.?\//.test(source)) otherModules.add(key);
      else if (isDirectory(called)) visit(realpathSync(called), key, [...callers, directory]);
    }
  };
  if (isDirectory(root)) visit(realpathSync(root), "", []);
  return new SourceLocations(locations, otherModules);
}

const declarationsOf = (directory: string, product: "terraform" | "tofu"): LocatedDeclaration[] =>
  filesOf(directory, product).flatMap((name) => {
    const path = join(directory, name);
    return declarationsIn(name, readFileSync(path, "utf8")).map((declaration) => ({
      ...declaration,
      file: locationPath(path),
    }));
  });

/**
 * Locates the resources of a plan or state, which does not contain the folder of its configuration.
 *
 * @param sources the folder of its configuration, if it is known
 * @param folders otherwise folders that may be it: the first that declares all resources of the plan or state is
 */
export function planLocator(
  { resources }: PlanJson,
  sources: string | undefined,
  folders: readonly string[],
): Locate {
  const managed = resources.filter(({ mode }) => mode === "managed");
  const candidates = managed.length === 0 ? [] : folders;
  const locations =
    sources === undefined
      ? candidates
          .map((folder) => readSourceLocations(folder))
          .find((found) => managed.every(({ address }) => found.declares(address)))
      : readSourceLocations(sources);
  return (address) => locations?.locate(address);
}
