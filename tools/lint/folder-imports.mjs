// A lint rule: a folder of src imports only the folders that allowed-imports.mjs lists, and only their entry files.
import { dirname, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { allowedImports, entryFiles } from "./allowed-imports.mjs";

const src = fileURLToPath(new URL("../../src/", import.meta.url));

/** The folder of src that holds a file and the file's path in it. A file directly in src has no folder. */
function placeOf(path) {
  if (!path.startsWith(src)) return undefined;
  const [folder, ...rest] = path.slice(src.length).split(sep);
  return rest.length === 0 ? { folder: undefined, file: folder } : { folder, file: rest.join("/") };
}

/** What is wrong with an import; undefined if it is allowed. */
export function problemOf(importer, specifier) {
  if (typeof specifier !== "string" || !specifier.startsWith(".")) return undefined;
  const from = placeOf(importer);
  const to = placeOf(resolve(dirname(importer), specifier));
  if (from === undefined || to?.folder === undefined || from.folder === to.folder) return undefined;
  const allowed =
    from.folder === undefined ? Object.keys(allowedImports) : allowedImports[from.folder];
  if (!allowed?.includes(to.folder))
    return `src/${from.folder} may import only ${allowed?.join(", ") || "itself"} (tools/lint/allowed-imports.mjs)`;
  const entries = entryFiles[to.folder] ?? ["index.ts"];
  if (!entries.includes(to.file))
    return `other folders may import only ${entries.map((file) => `src/${to.folder}/${file}`).join(", ")} of src/${to.folder}`;
  return undefined;
}

const rule = {
  create(context) {
    const check = (node, specifier) => {
      const problem = problemOf(context.filename, specifier);
      if (problem !== undefined) context.report({ node, message: problem });
    };
    const checkSource = (node) => check(node, node.source?.value ?? node.argument?.literal?.value);
    return {
      ExportAllDeclaration: checkSource,
      ExportNamedDeclaration: checkSource,
      ImportDeclaration: checkSource,
      ImportExpression: checkSource,
      TSImportType: checkSource,
    };
  },
};

export default { meta: { name: "folders" }, rules: { "folder-imports": rule } };
