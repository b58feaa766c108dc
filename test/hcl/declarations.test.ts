import { parse } from "@cdktn/hcl2json";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Declaration, declarationsIn } from "../../src/hcl/index.ts";
import { isObject } from "../../src/shared/index.ts";

const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/);

/** Text that looks like the start of a block, and must not count as one. */
const DECOY = 'resource "aws_fake" "decoy" {';
const noise = fc.constantFrom(
  "",
  "\n",
  `# ${DECOY}\n`,
  `// ${DECOY} "\n`,
  `/* ${DECOY}\n   ${DECOY}\n*/\n`,
  'locals {\n  a = "}" # "\n}\n',
);

/** An attribute of a block, on one line or several. */
const attribute = fc.constantFrom(
  'a = "${"}"}"',
  'a = "{ $${ \\" \\\\"',
  `a = <<EOT\n${DECOY}\n}\n\${join("}", ["{"])}\n  EOT\n  b = 1`,
  `a = <<-EOT\n    }\n    ${DECOY}\n    EOT`,
  'a = { "x" = [1, 2, { y = "}" }] }',
  "a = [\n    1, # }\n    2,\n  ]",
  'nested {\n    resource = "x"\n    deep "label" {\n    }\n  }',
  `a = "\${jsonencode({ b = "%{if true}}%{endif}" })}"`,
);

const block = fc.record({
  kind: fc.constantFrom("resource", "data", "module"),
  type: name,
  label: name,
  attributes: fc.array(attribute, { maxLength: 3 }),
  before: noise,
  isQuoted: fc.boolean(),
  lineEnd: fc.constantFrom("\n", "\r\n"),
});

type Block = typeof block extends fc.Arbitrary<infer Value> ? Value : never;

const addressOf = ({ kind, type, label }: Block): string => {
  if (kind === "module") return `module.${label}`;
  return `${kind === "data" ? "data." : ""}${type}.${label}`;
};

/** Blocks with different addresses: a module must not declare the same resource twice. */
const blocks = fc.uniqueArray(block, { selector: addressOf, maxLength: 8 });

/** A file with blocks, and the declarations that it has. */
function hclFile(list: readonly Block[]): { text: string; declarations: Declaration[] } {
  let text = "";
  const declarations = list.map((entry): Declaration => {
    const { kind, type, label, attributes, before, isQuoted, lineEnd } = entry;
    const source = `../${label}`;
    const labels = (kind === "module" ? [label] : [type, label]).map((name) =>
      isQuoted ? `"${name}"` : name,
    );
    const body = [
      ...(kind === "module" ? [`source = "${source}"`] : []),
      ...attributes.slice(0, 1),
    ];
    text += before;
    const line = text.split("\n").length;
    text += [kind, ...labels, "{"].join(" ") + lineEnd;
    text += body.map((attribute) => `  ${attribute}\n`).join("");
    text += `}${lineEnd}`;
    return { address: addressOf(entry), line, ...(kind === "module" ? { source } : {}) };
  });
  return { text, declarations };
}

/** The addresses of the blocks that HashiCorp's parser finds. */
async function addressesParsed(text: string): Promise<string[]> {
  const file: Readonly<Record<string, unknown>> = await parse("main.tf", text);
  const keys = (value: unknown): string[] => (isObject(value) ? Object.keys(value) : []);
  const named = (kind: string, prefix: string): string[] =>
    Object.entries(file[kind] ?? {}).flatMap(([type, names]) =>
      keys(names).map((label) => `${prefix}${type}.${label}`),
    );
  return [
    ...named("resource", ""),
    ...named("data", "data."),
    ...keys(file["module"]).map((call) => `module.${call}`),
  ].sort();
}

describe("the declarations in a Terraform file", () => {
  it("are those of HashiCorp's parser, with their lines, in any HCL", async () => {
    await fc.assert(
      fc.asyncProperty(blocks, async (list) => {
        const { text, declarations } = hclFile(list);
        expect(declarationsIn("main.tf", text)).toEqual(declarations);
        expect(declarations.map(({ address }) => address).sort()).toEqual(
          await addressesParsed(text),
        );
      }),
      { numRuns: 300 },
    );
  });

  it("have the lines of their keys in JSON, in any layout", () => {
    fc.assert(
      fc.property(blocks, fc.boolean(), fc.constantFrom(0, 2, "\t"), (list, isArray, indent) => {
        const wrap = (value: unknown): unknown => (isArray ? [value] : value);
        const file = list.map((entry) => {
          const { kind, type, label } = entry;
          const body = {
            "//": `"resource": { "aws_fake": { "decoy": {} } }`,
            ...(kind === "module" ? { source: `../${label}` } : { resource: { a: { b: "}" } } }),
          };
          const named = { [label]: wrap(body) };
          return { [kind]: wrap(kind === "module" ? named : { [type]: wrap(named) }) };
        });
        const text = JSON.stringify(file, undefined, indent);
        const lines = text.split("\n");
        const found = declarationsIn("main.tf.json", text);
        expect(found.map(({ address, source }) => [address, source])).toEqual(
          list.map((entry) => [
            addressOf(entry),
            entry.kind === "module" ? `../${entry.label}` : undefined,
          ]),
        );
        for (const [index, { line }] of found.entries())
          expect(lines[line - 1]).toContain(`"${list[index]?.label}":`);
      }),
    );
  });

  it.each([
    ["an interpolation", 'module "a" {\n  source = "${path.module}/b"\n}', "${path.module}/b"],
    ["a function call", 'module "a" {\n  source = join("/", ["b"])\n}', undefined],
    ["nothing", 'module "a" {\n}', undefined],
  ])("have the source of a module call: %s", (_what, text, source) => {
    expect(declarationsIn("main.tf", text)).toEqual([
      { address: "module.a", line: 1, ...(source === undefined ? {} : { source }) },
    ]);
  });

  it.each([
    ["main.tf", 'resource "a" "b" {\n}\n"', [{ address: "a.b", line: 1 }]],
    ["main.tf", 'resource "a" "b" {\n', []],
    ["main.tf.json", '{"resource": {"a": {"b": {\n', [{ address: "a.b", line: 1 }]],
    ["main.tf.json", '{"module": {"\\u0061": "\\x"', [{ address: "module.a", line: 1 }]],
  ])("of a file %s that is not valid are those that can be read: %j", (file, text, found) => {
    expect(declarationsIn(file, text)).toEqual(found);
  });
});
