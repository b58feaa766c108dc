import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { UserError } from "../errors.ts";
import { brokenLink, linkError } from "./links.ts";

type Block = Readonly<Record<string, unknown>>;

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

/** One module of Terraform, as far as a rehearsal has to know it. */
export interface Module {
  readonly directory: string;
  readonly providers: readonly ProviderBlock[];
  /** Where the state is kept; a local file where nothing is said. */
  readonly backend: Place;
  /** data.terraform_remote_state by name. */
  readonly remoteStates: Readonly<Record<string, Place>>;
  /** Folders of the modules it calls by path, as the path says: a part of it may be a symbolic link. */
  readonly modules: readonly string[];
  readonly variables: readonly string[];
}

const isBlock = (value: unknown): value is Block =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Blocks come alone or in lists, by the syntax they were written in. */
const blocksOf = (value: unknown): Block[] =>
  (Array.isArray(value) ? value : [value]).flatMap((one) => (isBlock(one) ? [one] : []));

/** Blocks with one label: each with its label. */
const labelled = (value: unknown): [string, Block][] =>
  blocksOf(value).flatMap((by) =>
    Object.entries(by).flatMap(([label, body]) =>
      blocksOf(body).map((one): [string, Block] => [label, one]),
    ),
  );

const isTerraform = (name: string): boolean => /\.tf(\.json)?$/.test(name) && !name.startsWith(".");

/** True where a folder holds a root module. */
export const holdsTerraform = (directory: string): boolean =>
  existsSync(directory) &&
  statSync(directory).isDirectory() &&
  readdirSync(directory).some(isTerraform);

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
    try {
      const parsed: unknown = JSON.parse(text);
      if (isBlock(parsed)) return parsed;
    } catch (error) {
      throw refuse((error as Error).message);
    }
    throw refuse("it holds no object");
  }
  const { parse } = await import("@cdktn/hcl2json");
  try {
    return (await parse(path, text)) as Block; // an object of blocks by its documentation
  } catch (error) {
    throw refuse((error as Error).message.replace(/^parse config: /, ""));
  }
}

/** Reads what a module says of providers, states, variables and other modules. */
export async function readModule(directory: string): Promise<Module> {
  const files = readdirSync(directory, { withFileTypes: true })
    .filter((entry) => isTerraform(entry.name) && !entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const parsed = await Promise.all(files.map((name) => readFile(join(directory, name))));
  const all = (type: string): Block[] => parsed.flatMap((file) => blocksOf(file[type]));
  const settings = all("terraform");
  const sources = settings
    .flatMap((one) => blocksOf(one["required_providers"]))
    .flatMap((one) => Object.entries(one))
    .flatMap(([name, asked]): [string, unknown][] =>
      isBlock(asked) ? [[name, asked["source"]]] : [],
    );
  const isAws = (name: string): boolean => {
    const source = sources.find(([one]) => one === name)?.[1];
    return typeof source === "string" ? /(^|\/)hashicorp\/aws$/.test(source) : name === "aws";
  };
  const backends = settings.flatMap((one) => [
    ...labelled(one["backend"]),
    ...blocksOf(one["cloud"]).map((cloud): [string, Block] => ["cloud", cloud]),
  ]);
  const [type, config] = backends[0] ?? ["local", {}];
  const remote = blocksOf(all("data").map((one) => one["terraform_remote_state"]));
  return {
    directory,
    providers: labelled(all("provider"))
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
    modules: labelled(all("module")).flatMap(([, body]) => {
      const source = body["source"];
      return typeof source === "string" && /^\.\.?\//.test(source)
        ? [resolve(directory, source)]
        : [];
    }),
    variables: labelled(all("variable")).map(([name]) => name),
  };
}

/**
 * A root module and every module it calls by path, the root first. A module that is called by a link has the folder that
 * the link leads to, as in Terraform: paths in it are relative to that. Source: Terraform's module installer, which
 * evaluates symbolic links in the folder of a local module.
 */
export async function readTree(root: string): Promise<Module[]> {
  const known = new Map<string, Module>();
  const visit = async (directory: string): Promise<void> => {
    if (known.has(directory) || !existsSync(directory)) return;
    const module = await readModule(directory);
    known.set(directory, module);
    for (const path of module.modules) if (existsSync(path)) await visit(realpathSync(path));
  };
  await visit(realpathSync(root));
  return [...known.values()];
}

/**
 * Folders of the modules that Terraform loads for a root module, beside the known ones: those that it has fetched, wherever
 * its manifest says that they are. Source: .terraform/modules/modules.json.
 */
export function fetchedModules(root: string, known: readonly string[]): string[] {
  const manifest = join(root, ".terraform/modules/modules.json");
  if (!existsSync(manifest)) return [];
  const { Modules = [] } = JSON.parse(readFileSync(manifest, "utf8")) as {
    readonly Modules?: readonly { readonly Dir?: string }[];
  }; // Terraform's own
  const found = Modules.flatMap(({ Dir }) => (Dir === undefined ? [] : [resolve(root, Dir)]))
    .filter((directory) => existsSync(directory))
    .map((directory) => realpathSync(directory));
  const others = new Set([root, ...known].map((directory) => realpathSync(directory)));
  return [...new Set(found)].filter((directory) => !others.has(directory));
}
