import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { UserError } from "../../shared/errors.ts";
import type { Engine } from "../../terraform/engine.ts";
import { AWS, impliedProvider, providerAddress } from "./providers.ts";
import { brokenLink, linkError } from "./links.ts";

export type Block = Readonly<Record<string, unknown>>;

/** A provider block of the AWS provider, as it is written. */
export interface ProviderBlock {
  /** The provider's name in this module: aws, nearly always. */
  readonly name: string;
  readonly alias?: string;
  readonly body: Block;
}

/** Where a state is kept, as it is written. */
export interface Place {
  readonly type: string;
  readonly config: Block;
}

/** A file of a module, as HashiCorp's parser reads it. */
export interface ModuleFile {
  readonly path: string;
  readonly body: Block;
}

/** A call of another module. */
export interface ModuleCall {
  readonly name: string;
  /** As it is written: a path, a registry's name, or a URL. */
  readonly source: string;
}

/** One module of Terraform, as far as a rehearsal has to know it. */
export interface Module {
  readonly directory: string;
  /** Its files in the order in which Terraform merges them: override files are the last. */
  readonly files: readonly ModuleFile[];
  /** Addresses of the providers that `required_providers` names, by local name. */
  readonly sources: Readonly<Record<string, string>>;
  readonly calls: readonly ModuleCall[];
  readonly providers: readonly ProviderBlock[];
  /** Where the state is kept; a local file where nothing is said. */
  readonly backend: Place;
  /** data.terraform_remote_state by name. */
  readonly remoteStates: Readonly<Record<string, Place>>;
  /** Folders of the modules it calls by path, as the path says: a part of it may be a symbolic link. */
  readonly modules: readonly string[];
  readonly variables: readonly string[];
}

export const isBlock = (value: unknown): value is Block =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Blocks come alone or in lists, by the syntax they were written in. */
export const blocksOf = (value: unknown): Block[] =>
  (Array.isArray(value) ? value : [value]).flatMap((entry) => (isBlock(entry) ? [entry] : []));

/** Blocks with one label: each with its label. */
export const labelled = (value: unknown): [string, Block][] =>
  blocksOf(value).flatMap((by) =>
    Object.entries(by).flatMap(([label, body]) =>
      blocksOf(body).map((entry): [string, Block] => [label, entry]),
    ),
  );

type Product = Engine["product"];

const isOverride = (name: string): boolean => /(^|_)override\.(tf|tofu)(\.json)?$/.test(name);

/**
 * Names of a module's files, in the order in which they are merged.
 *
 * Source: Terraform, "Override Files"; OpenTofu, "Files and Directories", section "File Extension": a .tofu file takes
 * the place of the .tf file of the same name.
 */
function filesOf(directory: string, product: Product): string[] {
  const names = readdirSync(directory, { withFileTypes: true })
    .filter(
      (entry) =>
        (product === "tofu" ? /\.(tf|tofu)(\.json)?$/ : /\.tf(\.json)?$/).test(entry.name) &&
        !entry.name.startsWith(".") &&
        !entry.isDirectory(),
    )
    .map((entry) => entry.name);
  const effective = names.filter(
    (name) =>
      product !== "tofu" ||
      !names.includes(name.replace(/\.tf(\.json)?$/, ".tofu$1")) ||
      name.includes(".tofu"),
  );
  return effective.sort(
    (a, b) => Number(isOverride(a)) - Number(isOverride(b)) || (a < b ? -1 : 1),
  );
}

/** True where a folder holds a root module. */
export const holdsTerraform = (directory: string, product: Product = "terraform"): boolean =>
  existsSync(directory) &&
  statSync(directory).isDirectory() &&
  filesOf(directory, product).length > 0;

/** How many keys an object of JSON has, with all objects in it. */
const keysIn = (value: unknown): number =>
  Array.isArray(value)
    ? value.reduce((sum: number, element) => sum + keysIn(element), 0)
    : isBlock(value)
      ? Object.values(value).reduce((sum: number, element) => sum + 1 + keysIn(element), 0)
      : 0;

/** Terraform reads a key that is there twice as two blocks, `JSON.parse` as one: the first would go unseen. */
const hasDuplicateKeys = (text: string, parsed: Block): boolean =>
  [...text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g)].filter(([, colon]) => colon !== undefined)
    .length !== keysIn(parsed);

function textIn(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const broken = lstatSync(path).isSymbolicLink() ? brokenLink(path, "/") : undefined;
    if (broken) throw linkError(path, broken);
    throw new UserError("BERTH-E5001", `it cannot be read: ${(error as Error).message}`, {
      where: path,
      fix: "make it a readable file, or delete it",
    });
  }
}

async function readFile(path: string): Promise<Block> {
  const text = textIn(path);
  const refuse = (why: string): UserError =>
    new UserError("BERTH-E5001", `it is not Terraform: ${why}`, {
      where: path,
      fix: "terraform validate says more",
    });
  if (path.endsWith(".json")) {
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch (error) {
      throw refuse((error as Error).message);
    }
    if (!isBlock(parsed)) throw refuse("it holds no object");
    if (hasDuplicateKeys(text, parsed)) throw refuse("an object has the same key twice");
    return parsed;
  }
  const { parse } = await import("@cdktn/hcl2json");
  try {
    return (await parse(path, text)) as Block; // an object of blocks by its documentation
  } catch (error) {
    throw refuse((error as Error).message.replace(/^parse config: /, ""));
  }
}

/** The address of the provider that a module knows by a local name. */
export const providerOf = ({ sources }: Pick<Module, "sources">, localName: string): string =>
  (Object.hasOwn(sources, localName) ? sources[localName] : undefined) ??
  impliedProvider(localName);

/** True where a module's source is a folder beside the module that calls it. */
const isPath = (source: string): boolean => /^\.\.?\//.test(source);

/** Reads what a module says of providers, states, variables and other modules. */
export async function readModule(
  directory: string,
  product: Product = "terraform",
): Promise<Module> {
  const files = await Promise.all(
    filesOf(directory, product).map(async (name): Promise<ModuleFile> => {
      const path = join(directory, name);
      return { path, body: await readFile(path) };
    }),
  );
  const blocksOfType = (type: string): Block[] => files.flatMap(({ body }) => blocksOf(body[type]));
  const settings = blocksOfType("terraform");
  const sources = Object.fromEntries(
    settings
      .flatMap((block) => blocksOf(block["required_providers"]))
      .flatMap((block) => Object.entries(block))
      .map(([name, required]): [string, string] => {
        const source = isBlock(required) ? required["source"] : undefined;
        return [name, typeof source === "string" ? providerAddress(source) : impliedProvider(name)];
      }),
  );
  const isAws = (name: string): boolean => providerOf({ sources }, name) === AWS;
  const backends = settings.flatMap((setting) => [
    ...labelled(setting["backend"]),
    ...blocksOf(setting["cloud"]).map((cloud): [string, Block] => ["cloud", cloud]),
  ]);
  const [type, config] = backends[0] ?? ["local", {}];
  const remote = blocksOf(blocksOfType("data").map((entry) => entry["terraform_remote_state"]));
  const calls = labelled(blocksOfType("module")).flatMap(([name, { source }]): ModuleCall[] =>
    typeof source === "string" ? [{ name, source }] : [],
  );
  return {
    directory,
    files,
    sources,
    calls,
    providers: labelled(blocksOfType("provider"))
      .filter(([name]) => isAws(name))
      .map(([name, body]) => ({
        name,
        body,
        ...(typeof body["alias"] === "string" ? { alias: body["alias"] } : {}),
      })),
    backend: { type, config },
    remoteStates: Object.fromEntries(
      labelled(remote).map(([name, body]) => [
        name,
        {
          type: typeof body["backend"] === "string" ? body["backend"] : "",
          config: isBlock(body["config"]) ? body["config"] : {},
        },
      ]),
    ),
    modules: calls.flatMap(({ source }) => (isPath(source) ? [resolve(directory, source)] : [])),
    variables: labelled(blocksOfType("variable")).map(([name]) => name),
  };
}

/**
 * A root module and every module it calls by path, the root first. A module that is called by a link has the folder that
 * the link leads to, as in Terraform: paths in it are relative to that. Source: Terraform's module installer, which
 * evaluates symbolic links in the folder of a local module.
 */
export async function readTree(root: string, product: Product = "terraform"): Promise<Module[]> {
  const known = new Map<string, Module>();
  const visit = async (directory: string): Promise<void> => {
    if (known.has(directory) || !existsSync(directory)) return;
    const module = await readModule(directory, product);
    known.set(directory, module);
    for (const path of module.modules) if (existsSync(path)) await visit(realpathSync(path));
  };
  await visit(realpathSync(root));
  return [...known.values()];
}

/** A module of a configuration, with every address that calls it. */
export interface LoadedModule {
  readonly module: Module;
  /** Such as module.network.module.subnets; empty for the root. */
  readonly addresses: readonly string[];
}

/** A module that Terraform fetches: its source is no path. */
export interface FetchedModule {
  readonly address: string;
  readonly source: string;
}

/** The complete tree of a configuration. */
export interface ModuleTree {
  readonly modules: readonly LoadedModule[];
  readonly fetched: readonly FetchedModule[];
  /** False where modules are not on this machine yet. */
  readonly isComplete: boolean;
}

/** Folders of the modules that Terraform has installed, by key. Source: its manifest, .terraform/modules/modules.json. */
function installedModules(root: string): ReadonlyMap<string, string> {
  const manifest = join(root, ".terraform/modules/modules.json");
  if (!existsSync(manifest)) return new Map();
  const { Modules = [] } = JSON.parse(readFileSync(manifest, "utf8")) as {
    readonly Modules?: readonly { readonly Key?: string; readonly Dir?: string }[];
  }; // Terraform's own
  return new Map(Modules.map(({ Key = "", Dir = "." }) => [Key, resolve(root, Dir)]));
}

/**
 * Reads a root module with all modules that it calls, those that were fetched included. As in `readTree`, a module that is
 * called by a link has the folder that the link leads to.
 */
export async function readConfiguration(root: string, product: Product): Promise<ModuleTree> {
  const installed = installedModules(root);
  const found = new Map<string, { readonly module: Module; readonly addresses: string[] }>();
  const fetched: FetchedModule[] = [];
  let isComplete = true;
  const visit = async (directory: string, path: readonly string[]): Promise<void> => {
    const entry = found.get(directory) ?? {
      module: await readModule(directory, product),
      addresses: [],
    };
    found.set(directory, entry);
    entry.addresses.push(path.map((name) => `module.${name}`).join("."));
    for (const { name, source } of entry.module.calls) {
      const called = [...path, name];
      if (!isPath(source))
        fetched.push({ address: called.map((value) => `module.${value}`).join("."), source });
      const target = isPath(source) ? resolve(directory, source) : installed.get(called.join("."));
      if (target !== undefined && existsSync(target)) await visit(realpathSync(target), called);
      else isComplete = false;
    }
  };
  await visit(realpathSync(root), []);
  return { modules: [...found.values()], fetched, isComplete };
}
