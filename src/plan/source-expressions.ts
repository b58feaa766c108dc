import { existsSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { replaceFile } from "../shared/files.ts";
import { isJson, type Json, jsonsOf, textOf } from "./plan-json.ts";

/** References in expressions that a plan's JSON does not hold, by the module's path without keys. */
export interface Sources {
  /** Of locals, by `module|name`. */
  readonly locals: Readonly<Record<string, readonly string[]>>;
  /** Of the attributes and blocks of resources, dynamic ones too, by `module|type.name` and their own name. */
  readonly attributes: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  /** Keys that are asked of secrets, by module: what stands after an ARN, as in `${…}:password::`. */
  readonly secretKeys: Readonly<Record<string, readonly string[]>>;
}

const isTerraform = (name: string): boolean => /\.tf(\.json)?$/.test(name) && !name.startsWith(".");

/** Blocks come alone or in lists, by the syntax they were written in. */
const blocksOf = (value: unknown): Json[] =>
  (Array.isArray(value) ? value : [value]).flatMap((entry: unknown) =>
    isJson(entry) ? [entry] : [],
  );

async function parsed(path: string, text: string): Promise<Json> {
  try {
    if (path.endsWith(".json")) {
      const json: unknown = JSON.parse(text);
      return isJson(json) ? json : {};
    }
    const { parse } = await import("@cdktn/hcl2json");
    return (await parse(path, text)) as Json; // an object of blocks by its documentation
  } catch {
    // Terraform has planned it: what cannot be read here is a file of something else, and says nothing.
    return {};
  }
}

/** A module as it is written: its locals, and its resources by address. */
interface Written {
  /** Such as module.network; the root's is empty. */
  readonly module: string;
  readonly directory: string;
  readonly locals: ReadonlyMap<string, unknown>;
  readonly resources: ReadonlyMap<string, Json>;
  readonly text: string;
}

/** Folders of modules by their paths, as Terraform keeps them. Source: its manifest, .terraform/modules/modules.json. */
function installed(root: string): ReadonlyMap<string, string> {
  const manifest = join(root, ".terraform/modules/modules.json");
  if (!existsSync(manifest)) return new Map([["", root]]);
  const json: unknown = JSON.parse(readFileSync(manifest, "utf8"));
  const modules = isJson(json) ? jsonsOf(json["Modules"]) : [];
  return new Map(
    modules.map((module) => [
      textOf(module["Key"]) ?? "",
      resolve(root, textOf(module["Dir"]) ?? "."),
    ]),
  );
}

/** The root module and all that it calls. */
async function modulesOf(root: string): Promise<Written[]> {
  const found: Written[] = [];
  for (const [key, directory] of installed(resolve(root))) {
    if (!existsSync(directory) || !statSync(directory).isDirectory()) continue;
    const locals = new Map<string, unknown>();
    const resources = new Map<string, Json>();
    const texts: string[] = [];
    const names = readdirSync(directory).filter(isTerraform);
    // A link that points nowhere, or a folder: Terraform has planned without it.
    const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile();
    for (const name of names.filter((file) => isFile(join(directory, file))).sort()) {
      const path = join(directory, name);
      const text = readFileSync(path, "utf8");
      texts.push(text);
      const file = await parsed(path, text);
      for (const block of blocksOf(file["locals"]))
        for (const [local, value] of Object.entries(block)) locals.set(local, value);
      for (const [address, body] of resourcesIn(file)) resources.set(address, body);
    }
    const steps = key === "" ? [] : key.split(".").map((value) => `module.${value}`);
    found.push({ module: steps.join("."), directory, locals, resources, text: texts.join("\n") });
  }
  return found;
}

function* resourcesIn(file: Json): Iterable<[address: string, body: Json]> {
  for (const types of blocksOf(file["resource"]))
    for (const [type, names] of Object.entries(types))
      for (const block of blocksOf(names))
        for (const [label, bodies] of Object.entries(block))
          for (const body of blocksOf(bodies)) yield [`${type}.${label}`, body];
}

/** References in an expression's text, as Terraform's own lists have them. */
export function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (isJson(value)) return Object.values(value).flatMap(referencesIn);
  if (typeof value !== "string") return [];
  const code = [...value.matchAll(/\$\{/g)].map(({ index }) => inside(value, index + 2));
  return code.flatMap((entry) => {
    const bare = entry.replace(/"(?:[^"\\$]|\\.|\$(?!\{))*"(?!\])/g, '""');
    return [
      ...bare.matchAll(
        /(?<![\w.-])[a-z_][\w-]*(?:\.[a-z_*][\w-]*|\[(?:"[^"]*"|\d+|\*)\])+(?!\w|\()/gi,
      ),
    ].map(([text]) => text.replaceAll(/\[\*\]|\.\*/g, ""));
  });
}

/** The text of a template's expression, up to the brace that closes it. */
function inside(text: string, from: number): string {
  let depth = 1;
  for (let index = from; index < text.length; index++) {
    if (text[index] === "{") depth++;
    if (text[index] === "}" && --depth === 0) return text.slice(from, index);
  }
  return text.slice(from);
}

/** A dynamic block: what it is for, and what each of its blocks says. */
interface Dynamic {
  readonly name: string;
  readonly body: Json;
  readonly content: Json;
  /** What its expressions call the element that they are for. */
  readonly iterator: string;
}

const dynamicsOf = (resource: Json): Dynamic[] =>
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

/** What a resource says by each name: attributes, blocks, and the contents of dynamic blocks. */
function saidBy(resource: Json): Record<string, readonly string[]> {
  const said = new Map<string, readonly string[]>();
  const add = (name: string, references: readonly string[]): void => {
    said.set(name, [...(said.get(name) ?? []), ...references]);
  };
  for (const [name, value] of Object.entries(resource))
    if (name !== "dynamic") add(name, referencesIn(value));
  for (const { name, body, content, iterator } of dynamicsOf(resource)) {
    add(name, referencesIn(body["for_each"]));
    add(
      name,
      referencesIn(content).filter((value) => !value.startsWith(`${iterator}.`)),
    );
  }
  return Object.fromEntries(said);
}

/** Reads the locals and the resources of a root module and of all modules that it calls. */
export async function sourcesOf(root: string): Promise<Sources> {
  const modules = await modulesOf(root);
  return {
    locals: Object.fromEntries(
      modules.flatMap(({ module, locals }) =>
        [...locals].map(([name, value]) => [`${module}|${name}`, referencesIn(value)]),
      ),
    ),
    attributes: Object.fromEntries(
      modules.flatMap(({ module, resources }) =>
        [...resources].map(([address, body]) => [`${module}|${address}`, saidBy(body)]),
      ),
    ),
    secretKeys: Object.fromEntries(
      modules.flatMap(({ module, text }) => {
        const keys = [...new Set(secretKeysIn(text))];
        return keys.length === 0 ? [] : [[module, keys]];
      }),
    ),
  };
}

/** Source: Amazon ECS Developer Guide, “Pass Secrets Manager secrets through Amazon ECS environment variables”. */
const secretKeysIn = (text: string): string[] =>
  [...text.matchAll(/(?:\}|%s):([^:"\s]*):[^:"\s]*:/g)].flatMap(([, key = ""]) =>
    key === "" ? [] : [key],
  );

/** What the name of a resource begins with that says what another's attribute is made of. */
export const ASIDE = "berth_aside_";

export const asideName = (type: string, name: string, attribute: string): string =>
  `${ASIDE}${type}_${name}_${attribute}`;

const FILE = "zzzz_berth_asides.tf.json";

/** The value that a text is JSON of, as Terraform's JSON syntax has it; undefined where the text is made otherwise. */
function encoded(text: unknown, locals: ReadonlyMap<string, unknown>, depth = 4): unknown {
  if (typeof text !== "string" || depth === 0) return undefined;
  const local = /^\$\{\s*local\.([\w-]+)\s*\}$/.exec(text)?.[1];
  if (local !== undefined) return encoded(locals.get(local), locals, depth - 1);
  const value = /^\$\{\s*jsonencode\((.*)\)\s*\}$/s.exec(text)?.[1];
  if (value !== undefined) return `\${${value}}`;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** What a dynamic block says whatever it is for. */
function steady(resource: Json, name: string): unknown {
  const [only, ...others] = dynamicsOf(resource).filter(
    (otherDynamic) => otherDynamic.name === name,
  );
  if (!only || others.length > 0) return undefined;
  return Object.fromEntries(
    Object.entries(only.content).filter(
      ([, value]) => !referencesIn(value).some((text) => text.startsWith(`${only.iterator}.`)),
    ),
  );
}

/** What the dynamic blocks of a name are for, where no other block of that name is written. */
function causes(resource: Json, name: string): unknown {
  const dynamics = dynamicsOf(resource).filter((otherDynamic) => otherDynamic.name === name);
  return dynamics.length === 0 || name in resource
    ? undefined
    : dynamics.map(({ body }) => body["for_each"]);
}

interface Take {
  readonly attribute: string;
  readonly take: (body: Json, written: Written) => unknown;
}

/** Attributes that Terraform shows as unknown where one value in them is, and how to take them apart. */
const TAKEN_APART: Readonly<Record<string, readonly Take[]>> = {
  aws_ecs_task_definition: [
    {
      attribute: "container_definitions",
      take: (body, { locals }) => encoded(body["container_definitions"], locals),
    },
  ],
  aws_ecs_service: [{ attribute: "load_balancer", take: (body) => steady(body, "load_balancer") }],
  aws_security_group: ["ingress", "egress"].map((attribute) => ({
    attribute,
    take: (body) => causes(body, attribute),
  })),
};

/**
 * Terraform shows a text of JSON as unknown where one value in it is, and a dynamic block where it is for an unknown
 * value. This writes beside each of them a terraform_data of the value itself, of which Terraform shows all that it
 * knows.
 *
 * @param root a copy of a root module, initialised
 * @param below the folder that holds the copy: nothing is written outside of it
 * @returns how to take them away again, and whether there were any
 */
export async function writeAsides(root: string, below: string): Promise<() => boolean> {
  const files: string[] = [];
  for (const written of await modulesOf(root)) {
    const asides = [...written.resources].flatMap(([address, body]) => {
      const [type = "", name = ""] = address.split(".");
      const { count, for_each: each } = body;
      return (TAKEN_APART[type] ?? []).flatMap(({ attribute, take }) => {
        const input = take(body, written);
        if (input === undefined) return [];
        const instances = {
          ...(count === undefined ? {} : { count }),
          ...(each === undefined ? {} : { for_each: each }),
        };
        return [[asideName(type, name, attribute), { ...instances, input }]];
      });
    });
    if (asides.length === 0) continue;
    const file = join(realpathSync(written.directory), FILE);
    replaceFile(
      file,
      JSON.stringify({ resource: { terraform_data: Object.fromEntries(asides) } }),
      { below: realpathSync(below) },
    );
    files.push(file);
  }
  return () => {
    for (const file of files) rmSync(file, { force: true });
    return files.length > 0;
  };
}
