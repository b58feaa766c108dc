import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "@cdktn/hcl2json";
import { expect, it } from "vitest";
import { isObject } from "../../src/shared/index.ts";
import { blocksOf } from "../../src/rehearsal/terraform-copy/hcl-modules.ts";
import { edited, itemsOf, tokensOf, tokensOfTemplate } from "../../src/hcl/index.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Names and labels of the top-level blocks of a file, found by the scanner of Berth. */
const scanned = (text: string): string[] =>
  itemsOf(text, tokensOf(text))
    .map(({ name, labels }) => [name, ...labels].join(" "))
    .sort();

const LABELS: Readonly<Record<string, number>> = {
  resource: 2,
  data: 2,
  ephemeral: 2,
  provider: 1,
  variable: 1,
  output: 1,
  module: 1,
  check: 1,
};

/** The same blocks, found by HashiCorp's parser. */
async function parsed(text: string): Promise<string[]> {
  const names = (value: unknown, depth: number, path: readonly string[]): string[] =>
    depth === 0
      ? blocksOf(value).map(() => path.join(" "))
      : Object.entries(isObject(value) ? value : {}).flatMap(([label, inner]) =>
          names(inner, depth - 1, [...path, label]),
        );
  return Object.entries(await parse("main.tf", text))
    .flatMap(([name, value]) => names(value, LABELS[name] ?? 0, [name]))
    .sort();
}

const files = ["examples", "test/e2e/stacks", "test/e2e/terraform", "test/checks/cases"].flatMap(
  (folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".tf"))
      .map((name) => join(folder, name)),
);

it("finds the same blocks as HashiCorp's parser in all files of this repository", async () => {
  expect(files.length).toBeGreaterThan(20);
  for (const file of files) {
    const text = readFileSync(join(root, file), "utf8");
    expect(scanned(text), file).toEqual(await parsed(text));
  }
});

it.each([
  ["braces in text and comments", 'locals {\n  a = "}" # }\n  b = 1 // {\n}\nvariable "x" {\n}\n'],
  ["a comment of several lines", 'locals { /* }\n{ */\n}\nvariable "x" {\n}\n'],
  ["an escaped quote", 'locals {\n  a = "\\"}"\n  b = "\\\\"\n}\nvariable "x" {\n}\n'],
  [
    "a quote in a template in a quote",
    'locals {\n  a = "${join("}", ["{"])}"\n}\nvariable "x" {\n}\n',
  ],
  ["an escaped template", 'locals {\n  a = "$${"\n  b = "%%{"\n}\nvariable "x" {\n}\n'],
  ["a heredoc", 'locals {\n  a = <<EOT\n} "\nEOT\n}\nvariable "x" {\n}\n'],
  [
    "an indented heredoc with a template",
    'locals {\n  a = <<-EOT\n    ${upper("}")} } EOT\n    %{if true}{%{endif}\n    EOT\n}\nvariable "x" {\n}\n',
  ],
  ["a heredoc in a call", 'locals {\n  a = upper(<<EOT\n}\nEOT\n  )\n}\nvariable "x" {\n}\n'],
  ["labels without quotes", "variable x {\n}\nresource aws_vpc y {\n}\n"],
  ["one line", 'variable "x" { default = { a = "}" } }\nvariable "y" {}\n'],
  ["line ends of Windows", 'locals {\r\n  a = <<EOT\r\n}\r\nEOT\r\n}\r\nvariable "x" {\r\n}\r\n'],
  ["names of other alphabets", 'locals {\n  größe = 1\n}\nvariable "größe" {\n}\n'],
])("finds blocks in a file with %s", async (_, text) => {
  const blocks = await parsed(text);
  expect(blocks.length).toBeGreaterThan(1);
  expect(scanned(text)).toEqual(blocks);
});

it("reads the expressions of a template without its literal text", () => {
  const tokens = tokensOfTemplate('a.b ${c.d["e"]} $${f.g} %{if h}"i"%{endif}');
  expect(tokens.map(({ text }) => text).join(" ")).toBe('${ c . d [ " " ] } %{ if h } %{ endif }');
});

it("ignores an edit within another edit", () => {
  const edits = [
    { start: 2, end: 3, text: "x" },
    { start: 1, end: 4, text: "" },
    { start: 5, end: 6, text: "y" },
  ];
  expect(edited("abcdefg", edits)).toBe("aeyg");
});
