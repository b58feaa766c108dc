import { fileURLToPath } from "node:url";
import { type Node, SyntaxKind } from "typescript/unstable/ast";
import {
  isClassDeclaration,
  isFunctionDeclaration,
  isVariableDeclaration,
} from "typescript/unstable/ast/is";
import { API, type Checker, type Symbol as TypeScriptSymbol } from "typescript/unstable/sync";
import { escapeHtml } from "./markdown.ts";

/** The entry points of the package, as package.json exports them. */
const ENTRY_POINTS = [
  {
    name: "berth-ecs",
    file: "src/index.ts",
    purpose: "Operations, configs, constructs and errors.",
  },
  {
    name: "berth-ecs/sandbox",
    file: "src/sandbox/index.ts",
    purpose: "The local AWS emulator, for tests of programs that call AWS.",
  },
  {
    name: "berth-ecs/sandbox/inspection",
    file: "src/sandbox/inspection/index.ts",
    purpose:
      "What happens in a sandbox: tasks and why they stopped, the path of a packet, resources and permissions.",
  },
  {
    name: "berth-ecs/vitest",
    file: "src/vitest.ts",
    purpose:
      "Adds the matcher `toLaunch()` to Vitest's `expect`. It passes for a check or a rehearsal with the verdict `pass`. It exports nothing.",
  },
] as const;

const KINDS = ["Functions", "Classes", "Constants", "Types"] as const;

/** An export of an entry point. */
interface Export {
  readonly name: string;
  readonly kind: (typeof KINDS)[number];
  readonly section: string;
}

const pathOf = (file: string): string =>
  fileURLToPath(new URL(`../../${file}`, import.meta.url)).replace(/\/$/, "");

/** The text of a declaration without `export` and `async`. */
const textOf = (node: Node): string => node.getText().replace(/^export (async )?/, "");

/** The text of a function, a method or a constructor, without its body. */
function withoutBody(node: Node & { readonly body?: Node | undefined }): string {
  const text = textOf(node);
  return node.body === undefined ? text : `${text.slice(0, -node.body.getText().length).trim()};`;
}

/** The public members of a class, each with its doc comment and without its body. */
function classText(node: Node & { readonly members: readonly Node[] }): string {
  const [first] = node.members;
  const text = textOf(node);
  const head = text.slice(0, text.indexOf("{") + 1);
  if (first === undefined) return `${head}}`;
  const members = node.members
    .filter((member) => !/^(private\b|static #|readonly #|#|get #|async #)/.test(member.getText()))
    .map((member) => {
      const comment = /\/\*\*[\s\S]*?\*\/\s*$/.exec(
        member.getFullText().slice(0, -member.getText().length),
      )?.[0];
      return `  ${comment === undefined ? "" : `${comment.trim()}\n  `}${withoutBody(member)}`;
    });
  return [head, ...members, "}"].join("\n");
}

function kindOf(node: Node): Export["kind"] {
  if (isFunctionDeclaration(node)) return "Functions";
  if (isClassDeclaration(node)) return "Classes";
  return isVariableDeclaration(node) ? "Constants" : "Types";
}

function signatureOf(node: Node): string {
  if (isFunctionDeclaration(node)) return withoutBody(node);
  if (isClassDeclaration(node)) return classText(node);
  if (isVariableDeclaration(node)) return `const ${node.getText()};`;
  return textOf(node);
}

/** The declaration of a symbol; for an alias, the declaration of its target. */
function declarationOf(
  symbol: TypeScriptSymbol,
  checker: Checker,
): readonly [TypeScriptSymbol, Node] {
  const isAlias = symbol.declarations.some(({ kind }) => kind === SyntaxKind.ExportSpecifier);
  const target = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
  const node = target.declarations[0]?.resolve();
  if (node === undefined) throw new Error(`the export ${symbol.name} has no declaration`);
  return [target, node];
}

function exportOf(symbol: TypeScriptSymbol, checker: Checker): Export {
  const { name } = symbol;
  const [target, node] = declarationOf(symbol, checker);
  const description = target.getDocumentationComment(checker).trim();
  if (description === "") throw new Error(`the export ${name} has no doc comment`);
  const tags = target.getJsDocTags(checker);
  const tagTexts = (tag: string): readonly string[] =>
    tags
      .filter((other) => other.name === tag)
      .map(({ text = "" }) => text.replaceAll(/\{@link (\w+)\}/g, "`$1()`").trim());
  const throws = tagTexts("throws").map((text) => `Throws ${text.replaceAll(/\s+/g, " ")}.`);
  const examples = tagTexts("example").map((text) => `\`\`\`ts\n${text}\n\`\`\``);
  const renamed = target.name === name ? [] : [`Declared as \`${target.name}\`.`];
  const section = [
    `#### ${name}`,
    escapeHtml(description.replaceAll(/\n(?!\n|- |\d+\. )/g, " ").replaceAll(/\n /g, "\n\n")),
    ...renamed,
    `\`\`\`ts\n${signatureOf(node)}\n\`\`\``,
    ...throws.map(escapeHtml),
    ...(examples.length === 0 ? [] : ["Example:", ...examples]),
  ].join("\n\n");
  return { name, kind: kindOf(node), section };
}

/** The exports of each entry point, with their declarations and doc comments. */
export function apiPage(): string {
  const api = new API({ cwd: pathOf("") });
  try {
    const config = fileURLToPath(new URL("tsconfig.json", import.meta.url));
    const [project] = api.updateSnapshot({ openProject: config }).getProjects();
    if (project === undefined) throw new Error(`${config} is not a project`);
    const { checker, program } = project;
    const entryPoints = ENTRY_POINTS.map((entry) => {
      const file = program.getSourceFile(pathOf(entry.file));
      const module = file && checker.getSymbolAtLocation(file);
      const symbols = module === undefined ? [] : checker.getExportsOfModule(module);
      const exports = symbols
        .map((symbol) => exportOf(symbol, checker))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      return { ...entry, exports };
    });
    return render(entryPoints);
  } finally {
    api.close();
  }
}

function render(
  entryPoints: readonly ((typeof ENTRY_POINTS)[number] & { readonly exports: readonly Export[] })[],
): string {
  const sections = entryPoints.flatMap(({ name, purpose, exports }) => [
    `## ${name}`,
    purpose,
    ...KINDS.flatMap((kind) => {
      const ofKind = exports.filter((item) => item.kind === kind);
      return ofKind.length === 0
        ? []
        : [`### ${kind} of ${name}`, ...ofKind.map(({ section }) => section)];
    }),
  ]);
  const counts = entryPoints.map(({ name, exports }) => `\`${name}\` (${exports.length} exports)`);
  return `# Public API

Generated by \`npm run reference\` from the exported declarations: ${counts.join(", ")}. Other files of the package are not part
of the API.

${sections.join("\n\n")}
`;
}
