import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { tokensOf, tokensOfTemplate, type Token } from "../../hcl/index.ts";
import { isObject } from "../../shared/index.ts";
import type { Module } from "./hcl-modules.ts";
import { isWithin } from "./links.ts";

/** The strings in quotes among the tokens of a text. */
const quotedIn = (text: string, tokens: readonly Token[]): string[] =>
  tokens.flatMap((token) =>
    token.text === '"' && token.close !== undefined
      ? [text.slice(token.end, tokens[token.close]?.start)]
      : [],
  );

/** All strings in a parsed file, and the strings in their expressions. */
function templatesIn(value: unknown): string[] {
  if (typeof value === "string") return [value, ...quotedIn(value, tokensOfTemplate(value))];
  if (Array.isArray(value)) return value.flatMap(templatesIn);
  return isObject(value) ? Object.values(value).flatMap(templatesIn) : [];
}

/**
 * The path in a template, up to the first part that is not known. Terraform reads relative paths from the folder of the root module.
 */
function pathIn(template: string, module: string, root: string): string {
  const text = template
    .replace(/\$\{\s*path\.module\s*\}/g, () => module)
    .replace(/\$\{\s*path\.(root|cwd)\s*\}/g, () => root);
  const [known = ""] = text.split(/[$%]\{/);
  return resolve(root, known === text ? text : known.slice(0, known.lastIndexOf("/") + 1));
}

/** A folder above the root module may be large. Only its files are used, and not its other folders. */
function withoutFolders(path: string, root: string): string[] {
  if (!isWithin(path, root)) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => join(path, name));
}

/**
 * Files and folders outside of a module that its strings name with "..", such as in `file("${path.module}/../policy.json")`. The
 * variable files of the root module count too.
 *
 * @param tree the root module and the modules that it calls, the root first
 */
export function referencedPaths(tree: readonly Module[]): string[] {
  const root = tree[0]?.directory;
  if (root === undefined) return [];
  const ofVariables = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tfvars(\.json)?$/.test(entry.name))
    .flatMap(({ name }) => {
      const text = readFileSync(join(root, name), "utf8");
      return quotedIn(text, tokensOf(text));
    });
  const paths = tree.flatMap(({ directory, files }, index) =>
    [...files.flatMap(({ body }) => templatesIn(body)), ...(index === 0 ? ofVariables : [])]
      .filter((template) => /(^|\/)\.\.(\/|$)/.test(template) && !template.includes("\n"))
      .map((template) => pathIn(template, directory, root))
      .filter((path) => !isWithin(directory, path) && existsSync(path)),
  );
  return [...new Set(paths)].flatMap((path) => withoutFolders(path, root));
}
