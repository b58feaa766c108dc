/**
 * Escapes untrusted text (names and values of a plan, messages of AWS and Terraform) for terminals, GitHub Actions logs,
 * Markdown and JSON. All output of Berth is escaped here, so that no value can move the cursor, hide or reorder text, start a
 * workflow command, or break out of the surrounding Markdown.
 */

/**
 * Control characters, and characters that are invisible or change the order of visible text: format characters (bidirectional
 * controls, zero-width characters, tags), line and paragraph separators, lone surrogates.
 *
 * Source: Unicode Standard Annex #44, general categories Cc, Cf, Cs, Zl, Zp.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Replaces each UTF-16 code unit by its escape sequence in JavaScript, JSON and HCL, such as \u001b. */
const unicodeEscape = (text: string): string =>
  text
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");

/**
 * Prevents the GitHub Actions runner from reading text as a workflow command: `::name::` at the start of a line, also after
 * spaces, or `##[name]` anywhere in a line. Because text may be wrapped, every word can be at the start of a line.
 *
 * Source: ActionCommand.cs of the GitHub Actions runner; GitHub Docs, “Workflow commands for GitHub Actions”.
 */
const escapeCommands = (text: string): string =>
  text.replaceAll(/(?<!\S)::(?=[A-Za-z])/g, "\\::").replaceAll("##[", "##\\[");

/** Replaces line breaks and tabs by a space, and other unsafe characters by their escapes, such as \u001b. */
const toOneLine = (text: string): string =>
  text.replaceAll(/[\t\n\r\u2028\u2029]+/g, " ").replaceAll(UNSAFE, unicodeEscape);

/** Escapes text for one line of a terminal or a log. */
export const terminalText = (text: string): string => escapeCommands(toOneLine(text));

/** Like `terminalText`, but keeps line breaks. */
export const terminalLines = (text: string): string =>
  text.split(/\r?\n/).map(terminalText).join("\n");

/** SGR codes for colors and weights, without those that hide text. Source: ECMA-48, SGR. */
const SGR_CODE = "(?:[0-4]|2[2-4]|3[1-79]|9[0-7])";
const STYLE = new RegExp(`(\\u001B\\[(?:${SGR_CODE}(?:;${SGR_CODE})*)?m)`);

/**
 * Escapes text that Berth or Terraform has formatted: keeps line breaks, indents and, if `hasColor` is set, colors. A value in
 * Terraform's text can thus change its color, but nothing else.
 */
export const styledLines = (text: string, hasColor: boolean): string =>
  escapeCommands(
    text
      .split(STYLE)
      .map((part, index) =>
        hasColor && index % 2 === 1 ? part : part.replaceAll(UNSAFE, escapeInBlock),
      )
      .join(""),
  );

/** Escapes a character, except line breaks and tabs; removes carriage returns. */
const escapeInBlock = (unit: string): string =>
  unit === "\n" || unit === "\t" ? unit : unit === "\r" ? "" : unicodeEscape(unit);

/** Applies a function to every string in a value, such as a result that will be formatted. */
export function mapText<Value>(value: Value, change: (text: string) => string): Value {
  const walk = (inner: unknown): unknown => {
    if (typeof inner === "string") return change(inner);
    if (Array.isArray(inner)) return inner.map(walk);
    if (typeof inner !== "object" || inner === null) return inner;
    return Object.fromEntries(Object.entries(inner).map(([key, entry]) => [key, walk(entry)]));
  };
  return walk(value) as Value; // of the same shape
}

/** JSON without unsafe characters: they are escaped, so that the parsed value is the same. */
export const jsonText = (value: unknown, indent?: number): string =>
  JSON.stringify(value, undefined, indent)
    .replaceAll(UNSAFE, (unit) => (unit === "\n" ? unit : unicodeEscape(unit)))
    .replaceAll("##[", "##\\u005b");

/**
 * Formats a workflow command of GitHub Actions.
 *
 * Source: GitHub Docs, “Workflow commands for GitHub Actions”, setting a message.
 * @example workflowCommand("error", { title: "S3-01" }, "no route"); // ::error title=S3-01::no route
 */
export function workflowCommand(
  name: string,
  properties: Readonly<Record<string, string>>,
  data: string,
): string {
  const value = (text: string): string =>
    text
      .split(/\r?\n/)
      .map((line) => toOneLine(line).replaceAll("%", "%25"))
      .join("%0A");
  const pairs = Object.entries(properties).map(
    ([key, text]) => `${key}=${value(text).replaceAll(":", "%3A").replaceAll(",", "%2C")}`,
  );
  return `::${name}${pairs.length > 0 ? ` ${pairs.join(",")}` : ""}::${value(data)}`;
}

/** An invisible comment: prevents GitHub from creating links for mentions, references and URLs. */
const LINK_BREAK = "<!-- -->";

/**
 * Escapes text for Markdown: it renders as the text itself, in one line, without links, mentions or references.
 *
 * Source: GitHub Flavored Markdown Spec, “Backslash escapes”, “Autolinks (extension)”; GitHub Docs, “Autolinked references and
 * URLs”.
 */
export const markdownText = (text: string): string =>
  toOneLine(text)
    .trim()
    .replaceAll(/[\\`*_[\]~|$]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll(/@(?=\w)|#(?=\d)|GH-(?=\d)/gi, `$&${LINK_BREAK}`)
    .replaceAll(/:(?=\/\/)|www(?=\.)/gi, `$&${LINK_BREAK}`)
    .replace(/^\d+(?=[.)])/, `$&${LINK_BREAK}`)
    .replace(/^[-+=#]/, "\\$&");

const longestRun = (text: string): number =>
  Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));

/**
 * A Markdown code span for any text, in one line. Source: CommonMark, “Code spans”: one space is removed at both ends; a span
 * cannot be empty.
 */
export function markdownCode(text: string): string {
  const line = toOneLine(text);
  const fence = "`".repeat(longestRun(line) + 1);
  return /^[^`\s](?:.*[^`\s])?$/.test(line)
    ? `${fence}${line}${fence}`
    : `${fence} ${line} ${fence}`;
}

/** Code in a table cell, where a pipe also ends a code span. Source: GitHub Flavored Markdown Spec, “Tables (extension)”. */
export const markdownCellCode = (text: string): string =>
  text.includes("|")
    ? `<code>${markdownText(text).replaceAll("\\|", "&#124;")}</code>`
    : markdownCode(text);

/** A fenced code block for any text; line breaks are kept. Source: CommonMark, “Fenced code blocks”. */
export function markdownBlock(text: string, language: string): string[] {
  const lines = text.replaceAll(UNSAFE, escapeInBlock);
  const fence = "`".repeat(Math.max(2, longestRun(lines)) + 1);
  return [`${fence}${language}`, lines, fence];
}
