import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { isObject, type Json, jsonsOf, textOf } from "./plan-json.ts";

/** The .tf and .tf.json files of a module. */
export interface ModuleFiles {
  /** Address without keys, such as module.network; "" for the root module. */
  readonly module: string;
  readonly directory: string;
  readonly locals: ReadonlyMap<string, unknown>;
  /** Bodies of resource blocks by `type.name`. */
  readonly resources: ReadonlyMap<string, Json>;
  /** Bodies of data blocks by `data.type.name`. */
  readonly dataSources: ReadonlyMap<string, Json>;
  /** Values of outputs. */
  readonly outputs: ReadonlyMap<string, unknown>;
  /** Bodies of module blocks. */
  readonly calls: ReadonlyMap<string, Json>;
  /** The text of all files. */
  readonly text: string;
}

/** Reads the files of a root module and of all modules that it calls. */
export async function readModules(root: string): Promise<ModuleFiles[]> {
  const modules: ModuleFiles[] = [];
  for (const [key, directory] of moduleDirectories(resolve(root)))
    if (isDirectory(directory)) modules.push(await readModule(key, directory));
  return modules;
}

async function readModule(key: string, directory: string): Promise<ModuleFiles> {
  const locals = new Map<string, unknown>();
  const resources = new Map<string, Json>();
  const dataSources = new Map<string, Json>();
  const outputs = new Map<string, unknown>();
  const calls = new Map<string, Json>();
  const texts: string[] = [];
  const names = readdirSync(directory)
    // Terraform also ignores a broken link and a folder with such a name.
    .filter((name) => isTerraformFile(name) && isFile(join(directory, name)))
    .sort();
  for (const name of names) {
    const path = join(directory, name);
    const text = readFileSync(path, "utf8");
    texts.push(text);
    const file = await parseFile(path, text);
    for (const block of blocksOf(file["locals"]))
      for (const [local, value] of Object.entries(block)) locals.set(local, value);
    for (const [address, body] of resourcesIn(file["resource"])) resources.set(address, body);
    for (const [address, body] of resourcesIn(file["data"]))
      dataSources.set(`data.${address}`, body);
    for (const [name, body] of namedBlocksIn(file["output"])) outputs.set(name, body["value"]);
    for (const [name, body] of namedBlocksIn(file["module"])) calls.set(name, body);
  }
  const path = key === "" ? [] : key.split(".").map((call) => `module.${call}`);
  return {
    module: path.join("."),
    directory,
    locals,
    resources,
    dataSources,
    outputs,
    calls,
    text: texts.join("\n"),
  };
}

/** Folders of modules by their key. Source: Terraform's manifest, .terraform/modules/modules.json. */
function moduleDirectories(root: string): ReadonlyMap<string, string> {
  const manifest = join(root, ".terraform/modules/modules.json");
  if (!existsSync(manifest)) return new Map([["", root]]);
  const json: unknown = JSON.parse(readFileSync(manifest, "utf8"));
  const modules = isObject(json) ? jsonsOf(json["Modules"]) : [];
  return new Map(
    modules.map((module) => [
      textOf(module["Key"]) ?? "",
      resolve(root, textOf(module["Dir"]) ?? "."),
    ]),
  );
}

const isDirectory = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();
const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile();
const isTerraformFile = (name: string): boolean =>
  /\.tf(\.json)?$/.test(name) && !name.startsWith(".");

async function parseFile(path: string, text: string): Promise<Json> {
  try {
    if (path.endsWith(".json")) {
      const json: unknown = JSON.parse(text);
      return isObject(json) ? json : {};
    }
    const { parse } = await import("@cdktn/hcl2json");
    return (await parse(path, text)) as Json; // documented to return an object of blocks
  } catch {
    // Terraform has already planned the module, so a file that cannot be parsed contains no resources.
    return {};
  }
}

/** Blocks as a list: JSON syntax allows a single block instead of a list of blocks. */
export const blocksOf = (value: unknown): Json[] =>
  (Array.isArray(value) ? value : [value]).flatMap((entry: unknown) =>
    isObject(entry) ? [entry] : [],
  );

/** Blocks with one label, such as outputs. */
function* namedBlocksIn(value: unknown): Iterable<[label: string, body: Json]> {
  for (const block of blocksOf(value))
    for (const [label, bodies] of Object.entries(block))
      for (const body of blocksOf(bodies)) yield [label, body];
}

/** Blocks with two labels: resources and data sources. */
function* resourcesIn(value: unknown): Iterable<[address: string, body: Json]> {
  for (const types of blocksOf(value))
    for (const [type, names] of Object.entries(types))
      for (const [label, body] of namedBlocksIn(names)) yield [`${type}.${label}`, body];
}

/** A dynamic block. */
export interface DynamicBlock {
  /** The label: the name of the blocks that it generates. */
  readonly name: string;
  readonly body: Json;
  /** The body of the generated blocks. */
  readonly content: Json;
  /** Name of the current element in expressions. @default the label */
  readonly iterator: string;
}

export const dynamicBlocksOf = (resource: Json): DynamicBlock[] =>
  blocksOf(resource["dynamic"]).flatMap((blocks) =>
    Object.entries(blocks).flatMap(([name, bodies]) =>
      blocksOf(bodies).map((body) => ({
        name,
        body,
        content: blocksOf(body["content"])[0] ?? {},
        iterator: /^\$\{([\w-]+)\}$/.exec(textOf(body["iterator"]) ?? "")?.[1] ?? name,
      })),
    ),
  );

/** The references in an expression of a .tf file, in the form that Terraform's plan has for references. */
export function referencesInExpression(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesInExpression);
  if (isObject(value)) return Object.values(value).flatMap(referencesInExpression);
  if (typeof value !== "string") return [];
  const interpolations = [...value.matchAll(/\$\{/g)].map(({ index }) =>
    interpolationAt(value, index + 2),
  );
  return interpolations.flatMap((code) => {
    const withoutStrings = code.replace(/"(?:[^"\\$]|\\.|\$(?!\{))*"(?!\])/g, '""');
    return [
      ...withoutStrings.matchAll(
        /(?<![\w.-])[a-z_][\w-]*(?:\.[a-z_*][\w-]*|\[(?:"[^"]*"|\d+|\*)\])+(?!\w|\()/gi,
      ),
    ].map(([text]) => text.replaceAll(/\[\*\]|\.\*/g, ""));
  });
}

/** The code of an interpolation: the text up to the brace that closes it. */
function interpolationAt(text: string, start: number): string {
  let depth = 1;
  for (let index = start; index < text.length; index++) {
    if (text[index] === "{") depth++;
    if (text[index] === "}" && --depth === 0) return text.slice(start, index);
  }
  return text.slice(start);
}
