import fc from "fast-check";
import { marked } from "marked";
import { describe, expect, it } from "vitest";
import {
  jsonText,
  mapText,
  markdownBlock,
  markdownCellCode,
  markdownCode,
  markdownText,
  styledLines,
  terminalLines,
  terminalText,
  workflowCommand,
} from "../../src/shared/escape.ts";

/** Text with characters that are special in terminals, GitHub Actions logs or Markdown, between ordinary characters. */
const untrustedText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...Array.from(
          "\u0000\u0007\b\t\n\r\u001b\u007f\u0085\u009b\u00ad\u061c\u200b\u200d\u202e\u2066\u2028\ufeff",
        ),
        "\u001b[31m",
        "\u001b]0;title\u0007",
        "\u001b[30m",
        "\n::stop-commands::t",
        " ::error file=a::b",
        "##[error]",
        "\n\n",
        "`",
        "```",
        "<img src=x>",
        "**b**",
        "_i_",
        "[a](//b)",
        "@team",
        "#1",
        "https://example.com",
        "www.example.com",
        "- ",
        "1. ",
        "# ",
        "|",
        "\\",
        "&amp;",
        "$x$",
        "~~s~~",
        "\u{e0001}",
      ),
      fc.string({ maxLength: 5 }),
      fc.string({ unit: "binary", maxLength: 3 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const INVISIBLE_EXCEPT_LAYOUT = /[^\P{Cc}\n\t]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** True if the GitHub Actions runner reads a line as a workflow command. Source: ActionCommand.cs of the runner. */
const isCommand = (line: string): boolean =>
  /^::[A-Za-z][\w-]*( [^\n]*)?::/.test(line.trimStart()) || /##\[[^\]]*\]/.test(line);

const RED = "\u001b[31m";

/** Decodes a value like the GitHub Actions runner. */
const decodeCommandValue = (text: string): string =>
  text
    .replaceAll("%3A", ":")
    .replaceAll("%2C", ",")
    .replaceAll("%0D", "\r")
    .replaceAll("%0A", "\n")
    .replaceAll("%25", "%");

/** The expected visible text, in one line. */
const visibleText = (text: string): string =>
  text.replaceAll(/[\t\n\r\u2028\u2029]+/g, " ").replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, (char) =>
    char
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join(""),
  );

const decoded = (html: string): string =>
  html
    .replaceAll("<!-- -->", "")
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");

const rendered = (markdown: string): string => marked.parse(markdown, { async: false });

describe("text for terminals and logs", () => {
  it("is one line without invisible characters and workflow commands", () => {
    fc.assert(
      fc.property(untrustedText, (text) => {
        const line = terminalText(text);
        expect(line).not.toMatch(INVISIBLE);
        for (const word of line.split(" ")) expect(isCommand(word), word).toBe(false);
        expect(isCommand(line), line).toBe(false);
      }),
    );
  });

  it("keeps line breaks in terminalLines", () => {
    expect(terminalLines("a\r\nb\u001b[2Jc")).toBe("a\nb\\u001b[2Jc");
  });

  it("keeps only colors of escape sequences in styledLines", () => {
    fc.assert(
      fc.property(untrustedText, fc.boolean(), (text, hasColor) => {
        const lines = styledLines(text, hasColor);
        const rest = hasColor ? lines.replaceAll(RED, "") : lines;
        expect(rest).not.toMatch(INVISIBLE_EXCEPT_LAYOUT);
        for (const line of rest.split("\n")) expect(isCommand(line), line).toBe(false);
      }),
    );
    expect(styledLines("\u001b[1m  a\u001b[0m\u001b[30;8mb", true)).toBe(
      "\u001b[1m  a\u001b[0m\\u001b[30;8mb",
    );
  });

  it("is decoded by the runner to the original values in workflowCommand", () => {
    fc.assert(
      fc.property(untrustedText, untrustedText, (title, data) => {
        const command = workflowCommand("error", { title }, data);
        expect(command).not.toMatch(INVISIBLE);
        const [, properties = "", rest = ""] = /^::error ([^\n]*?)::([^\n]*)$/.exec(command) ?? [];
        expect(decodeCommandValue(rest)).toBe(data.split(/\r?\n/).map(visibleText).join("\n"));
        expect(properties.split(",")).toHaveLength(1);
      }),
    );
  });
});

describe("JSON", () => {
  it("has the same value, without invisible characters and workflow commands", () => {
    fc.assert(
      fc.property(fc.dictionary(untrustedText, untrustedText), (value) => {
        const text = jsonText(value);
        expect(JSON.parse(text)).toEqual({ ...value });
        expect(text).not.toMatch(INVISIBLE);
        expect(text).not.toContain("##[");
      }),
    );
  });
});

describe("Markdown", () => {
  it("renders text without links and tags", () => {
    fc.assert(
      fc.property(untrustedText, (text) => {
        const html = rendered(`x ${markdownText(text)}`);
        const inner = /^<p>([^]*)<\/p>\n$/.exec(html)?.[1] ?? html;
        expect(inner.replaceAll("<!-- -->", "")).not.toMatch(/<[a-z/]/);
        expect(decoded(inner).trim()).toBe(`x ${visibleText(text).trim()}`.trim());
      }),
    );
  });

  it("renders text at the start of a line or list item", () => {
    for (const text of ["- a", "+ a", "# a", "1. a", "1) a", "> a", "=== a", "    a", "* a"]) {
      const item = rendered(`- ${markdownText(text)}`);
      expect(decoded(item.replaceAll(/<\/?(ul|li)>|\n/g, ""))).toBe(text.trim());
    }
  });

  it("contains no links for mentions, references and URLs", () => {
    expect(markdownText("@team #1 GH-2 https://a.example www.a.example")).toBe(
      "@<!-- -->team #<!-- -->1 GH-<!-- -->2 https:<!-- -->//a.example www<!-- -->.a.example",
    );
  });

  it("renders code in one span", () => {
    fc.assert(
      fc.property(untrustedText, (text) => {
        const html = rendered(`x ${markdownCode(text)} y`);
        const [, code] = /^<p>x <code>([^]*)<\/code> y<\/p>\n$/.exec(html) ?? [];
        expect(code, html).toBeDefined();
        expect(decoded(code ?? "").trim()).toBe(visibleText(text).trim());
      }),
    );
  });

  it("renders code in a table cell", () => {
    fc.assert(
      fc.property(untrustedText, (text) => {
        const html = rendered(`| a | b |\n|---|---|\n| ${markdownCellCode(text)} | c |\n`);
        const [, code] = /<td><code>([^]*)<\/code><\/td>\n<td>c<\/td>/.exec(html) ?? [];
        expect(code, html).toBeDefined();
        expect(decoded(code ?? "").trim()).toBe(visibleText(text).trim());
      }),
    );
  });

  it("renders any text in a code block", () => {
    fc.assert(
      fc.property(untrustedText, (text) => {
        const html = rendered(["a", "", ...markdownBlock(text, "text"), "", "b"].join("\n"));
        expect(html).toMatch(
          /^<p>a<\/p>\n<pre><code class="language-text">[^]*<\/code><\/pre>\n<p>b<\/p>\n$/,
        );
      }),
    );
  });
});

it("mapText changes all strings in a value and no other values", () => {
  const value = { a: "x", b: [1, "y", null, true], c: { d: undefined } };
  expect(mapText(value, (text) => text.toUpperCase())).toEqual({
    a: "X",
    b: [1, "Y", null, true],
    c: { d: undefined },
  });
});
