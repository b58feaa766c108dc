import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Sources } from "./infrastructure.ts";
import { isJson, type Json, jsonsOf, textOf } from "./shown.ts";

const isTerraform = (name: string): boolean => /\.tf(\.json)?$/.test(name) && !name.startsWith(".");

/** Blocks come alone or in lists, by the syntax they were written in. */
const blocksOf = (value: unknown): Json[] =>
  (Array.isArray(value) ? value : [value]).flatMap((one: unknown) => (isJson(one) ? [one] : []));

async function parsed(path: string): Promise<Json> {
  const text = readFileSync(path, "utf8");
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

/** Folders of modules by their paths, as Terraform keeps them. Source: its manifest, .terraform/modules/modules.json. */
function installed(root: string): ReadonlyMap<string, string> {
  const manifest = join(root, ".terraform/modules/modules.json");
  if (!existsSync(manifest)) return new Map([["", root]]);
  const json: unknown = JSON.parse(readFileSync(manifest, "utf8"));
  const modules = isJson(json) ? jsonsOf(json["Modules"]) : [];
  return new Map(
    modules.map((one) => [textOf(one["Key"]) ?? "", resolve(root, textOf(one["Dir"]) ?? ".")]),
  );
}

/** References in an expression's text, as Terraform's own lists have them. */
export function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (isJson(value)) return Object.values(value).flatMap(referencesIn);
  if (typeof value !== "string") return [];
  const code = [...value.matchAll(/\$\{/g)].map(({ index }) => inside(value, index + 2));
  return code.flatMap((one) => {
    const bare = one.replace(/"(?:[^"\\$]|\\.|\$(?!\{))*"(?!\])/g, '""');
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

/** What a resource says by a name: an attribute, a block, or the content of a dynamic block. */
function saidBy(resource: Json, name: string): unknown[] {
  const dynamic = blocksOf(resource["dynamic"]).flatMap((one) => blocksOf(one[name]));
  return [
    ...(name in resource ? [resource[name]] : []),
    ...dynamic.flatMap((one) => [one["content"], one["for_each"]]),
  ];
}

/** Reads the locals and the blocks of a root module and of all modules that it calls. */
export async function sourcesOf(root: string): Promise<Sources> {
  const locals = new Map<string, readonly string[]>();
  const resources = new Map<string, Json>();
  for (const [key, directory] of installed(resolve(root))) {
    if (!existsSync(directory) || !statSync(directory).isDirectory()) continue;
    const module =
      key === ""
        ? ""
        : key
            .split(".")
            .map((one) => `module.${one}`)
            .join(".");
    for (const name of readdirSync(directory).filter(isTerraform).sort()) {
      const file = await parsed(join(directory, name));
      for (const block of blocksOf(file["locals"]))
        for (const [local, value] of Object.entries(block))
          locals.set(`${module}|${local}`, referencesIn(value));
      for (const types of blocksOf(file["resource"]))
        for (const [type, names] of Object.entries(types))
          for (const block of blocksOf(names))
            for (const [label, bodies] of Object.entries(block))
              for (const body of blocksOf(bodies))
                resources.set(`${module}|${type}.${label}`, body);
    }
  }
  return {
    local: (module, name) => locals.get(`${module}|${name}`),
    attribute(module, resource, name) {
      const body = resources.get(`${module}|${resource}`);
      const said = body ? saidBy(body, name) : [];
      return said.length === 0 ? undefined : referencesIn(said);
    },
  };
}
