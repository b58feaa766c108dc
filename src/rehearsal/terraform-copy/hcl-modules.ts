import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { hclErrorIn } from "../../failures/index.ts";
import { UserError, isObject } from "../../shared/index.ts";
import type { Engine } from "../../terraform/index.ts";
import { AWS, impliedProvider, providerAddress } from "./providers.ts";
import { brokenLink, linkError } from "./links.ts";

export type Block = Readonly<Record<string, unknown>>;

/** A provider block of the AWS provider. */
export interface ProviderBlock {
  /** The local name of the provider in this module, usually aws. */
  readonly name: string;
  readonly alias?: string;
  readonly body: Block;
}

/** The location of a Terraform state: a backend with its arguments. */
export interface StateLocation {
  readonly type: string;
  readonly config: Block;
}

/** A file of a module, read by HashiCorp's parser. */
export interface ModuleFile {
  readonly path: string;
  readonly body: Block;
}

/** A call of another module. */
export interface ModuleCall {
  readonly name: string;
  /** A path, the name of a registry module, or a URL. */
  readonly source: string;
}

/** A Terraform module. */
export interface Module {
  readonly directory: string;
  /** The files in the order in which Terraform merges them, override files last. */
  readonly files: readonly ModuleFile[];
  /** Addresses of the providers in `required_providers`, by local name. */
  readonly sources: Readonly<Record<string, string>>;
  readonly calls: readonly ModuleCall[];
  readonly providers: readonly ProviderBlock[];
  /** The location of the state. @default a local file */
  readonly backend: StateLocation;
  /** The data sources of type terraform_remote_state, by name. */
  readonly remoteStates: Readonly<Record<string, StateLocation>>;
  /** Folders of the modules that it calls by path. A part of the path may be a symbolic link. */
  readonly modules: readonly string[];
  readonly variables: readonly string[];
}

/** A block or a list of blocks, as a list: the syntax of the file determines which of both it is. */
export const blocksOf = (value: unknown): Block[] =>
  (Array.isArray(value) ? value : [value]).flatMap((entry) => (isObject(entry) ? [entry] : []));

/** Blocks with one label, each with the label. */
export const labelled = (value: unknown): [string, Block][] =>
  blocksOf(value).flatMap((block) =>
    Object.entries(block).flatMap(([label, body]) =>
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

/** True if a folder contains a root module. */
export const holdsTerraform = (directory: string, product: Product = "terraform"): boolean =>
  existsSync(directory) &&
  statSync(directory).isDirectory() &&
  filesOf(directory, product).length > 0;

/** Number of keys in a JSON value, including nested objects. */
const keysIn = (value: unknown): number =>
  Array.isArray(value)
    ? value.reduce((sum: number, element) => sum + keysIn(element), 0)
    : isObject(value)
      ? Object.values(value).reduce((sum: number, element) => sum + 1 + keysIn(element), 0)
      : 0;

/** Terraform reads a duplicate key as two blocks. `JSON.parse` keeps only the second one. */
const hasDuplicateKeys = (text: string, parsed: Block): boolean =>
  [...text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g)].filter(([, colon]) => colon !== undefined)
    .length !== keysIn(parsed);

function textIn(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const broken = lstatSync(path).isSymbolicLink() ? brokenLink(path, "/") : undefined;
    if (broken) throw linkError(path, broken);
    throw new UserError("BERTH-E5014", `cannot read the file: ${(error as Error).message}`, {
      where: path,
      fix: "make it a readable file, or delete it",
    });
  }
}

async function readFile(path: string): Promise<Block> {
  const text = textIn(path);
  const syntaxError = (reason: string, position = ""): UserError =>
    new UserError("BERTH-E5007", `the file is not valid Terraform: ${reason}`, {
      where: `${path}${position}`,
      fix: "correct the syntax; terraform validate reports every error of the folder",
    });
  if (path.endsWith(".json")) {
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch (error) {
      throw syntaxError((error as Error).message);
    }
    if (!isObject(parsed)) throw syntaxError("the JSON value is not an object");
    if (hasDuplicateKeys(text, parsed)) throw syntaxError("an object contains the same key twice");
    return parsed;
  }
  const { parse } = await import("@cdktn/hcl2json");
  try {
    return (await parse(path, text)) as Block; // an object of blocks, as documented
  } catch (error) {
    const { message } = error as Error;
    const found = hclErrorIn(message);
    throw found
      ? syntaxError(found.message, `:${found.line}:${found.column}`)
      : syntaxError(message);
  }
}

/** The address of the provider with a local name in a module. */
export const providerOf = ({ sources }: Pick<Module, "sources">, localName: string): string =>
  (Object.hasOwn(sources, localName) ? sources[localName] : undefined) ??
  impliedProvider(localName);

/** True if the source of a module is a relative path. */
const isPath = (source: string): boolean => /^\.\.?\//.test(source);

/**
 * Reads the files of a module.
 *
 * @throws UserError BERTH-E5001 if a file cannot be read or parsed
 */
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
  const terraformBlocks = blocksOfType("terraform");
  const sources = Object.fromEntries(
    terraformBlocks
      .flatMap((block) => blocksOf(block["required_providers"]))
      .flatMap((block) => Object.entries(block))
      .map(([name, required]): [string, string] => {
        const source = isObject(required) ? required["source"] : undefined;
        return [name, typeof source === "string" ? providerAddress(source) : impliedProvider(name)];
      }),
  );
  const isAws = (name: string): boolean => providerOf({ sources }, name) === AWS;
  const backends = terraformBlocks.flatMap((block) => [
    ...labelled(block["backend"]),
    ...blocksOf(block["cloud"]).map((cloud): [string, Block] => ["cloud", cloud]),
  ]);
  const [type, config] = backends[0] ?? ["local", {}];
  const remoteStates = blocksOf(
    blocksOfType("data").map((entry) => entry["terraform_remote_state"]),
  );
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
      labelled(remoteStates).map(([name, body]) => [
        name,
        {
          type: typeof body["backend"] === "string" ? body["backend"] : "",
          config: isObject(body["config"]) ? body["config"] : {},
        },
      ]),
    ),
    modules: calls.flatMap(({ source }) => (isPath(source) ? [resolve(directory, source)] : [])),
    variables: labelled(blocksOfType("variable")).map(([name]) => name),
  };
}

/**
 * A root module and all modules that it calls by path, the root first. If the path is a symbolic link, the folder of the
 * module is the target of the link, as in Terraform: paths in the module are relative to the target. Source: Terraform's
 * module installer, which evaluates symbolic links in the folder of a local module.
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

/** A module of a configuration, with the addresses of all calls. */
export interface LoadedModule {
  readonly module: Module;
  /** Such as module.network.module.subnets; "" for the root. */
  readonly addresses: readonly string[];
}

/** A module that Terraform downloads. */
export interface FetchedModule {
  readonly address: string;
  readonly source: string;
}

/** All modules of a configuration. */
export interface ModuleTree {
  readonly modules: readonly LoadedModule[];
  readonly fetched: readonly FetchedModule[];
  /** False if modules must be downloaded first. */
  readonly isComplete: boolean;
}

/** Folders of the modules that Terraform has installed, by key. Source: .terraform/modules/modules.json of Terraform. */
function installedModules(root: string): ReadonlyMap<string, string> {
  const manifest = join(root, ".terraform/modules/modules.json");
  if (!existsSync(manifest)) return new Map();
  const { Modules = [] } = JSON.parse(readFileSync(manifest, "utf8")) as {
    readonly Modules?: readonly { readonly Key?: string; readonly Dir?: string }[];
  }; // the format of Terraform's manifest
  return new Map(Modules.map(({ Key = "", Dir = "." }) => [Key, resolve(root, Dir)]));
}

/**
 * Reads a root module with all modules that it calls, including downloaded modules. As in `readTree`, the folder of a module
 * is the target of a symbolic link.
 */
export async function readConfiguration(root: string, product: Product): Promise<ModuleTree> {
  const installed = installedModules(root);
  const modules = new Map<string, { readonly module: Module; readonly addresses: string[] }>();
  const fetched: FetchedModule[] = [];
  let isComplete = true;
  const visit = async (directory: string, path: readonly string[]): Promise<void> => {
    const entry = modules.get(directory) ?? {
      module: await readModule(directory, product),
      addresses: [],
    };
    modules.set(directory, entry);
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
  return { modules: [...modules.values()], fetched, isComplete };
}
