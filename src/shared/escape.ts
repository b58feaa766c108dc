/**
 * Text of others (names and values of a plan, messages of AWS and Terraform) on its way to a terminal, a log of GitHub
 * Actions, Markdown or JSON. Everything that Berth prints goes through here, so that no value can move the cursor, hide or
 * reorder text, start a command of the runner, or end the Markdown around it.
 */

/**
 * Control characters, and what is invisible or changes the order of what is seen: format characters (bidirectional controls,
 * zero-width characters, tags), line and paragraph separators, lone surrogates.
 *
 * Source: Unicode Standard Annex #44, general categories Cc, Cf, Cs, Zl, Zp.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** As JavaScript, JSON and HCL write a character. */
const escaped = (text: string): string =>
  text
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");

/**
 * Keeps the runner of GitHub Actions from reading a command: `::name::` at the beginning of a line, after spaces too, or
 * `##[name]` anywhere in it. Text may be wrapped, so that each of its words can begin a line.
 *
 * Source: ActionCommand.cs of the GitHub Actions runner; GitHub Docs, “Workflow commands for GitHub Actions”.
 */
const withoutCommands = (text: string): string =>
  text.replaceAll(/(?<!\S)::(?=[A-Za-z])/g, "\\::").replaceAll("##[", "##\\[");

/** Line breaks and tabs become a space, other characters that are not seen become their escapes, such as \u001b. */
const oneLine = (text: string): string =>
  text.replaceAll(/[\t\n\r\u2028\u2029]+/g, " ").replaceAll(UNSAFE, escaped);

/** Text as a part of one line of a terminal or a log. */
export const terminalText = (text: string): string => withoutCommands(oneLine(text));

/** The same for text whose lines are to stay. */
export const terminalLines = (text: string): string =>
  text.split(/\r?\n/).map(terminalText).join("\n");

/** Colours and weights of the terminal, which neither move anything nor make it invisible. Source: ECMA-48, SGR. */
const CODE = "(?:[0-4]|2[2-4]|3[1-79]|9[0-7])";
const STYLE = new RegExp(`(\\u001B\\[(?:${CODE}(?:;${CODE})*)?m)`);

/**
 * Lines that Berth or Terraform has laid out and coloured: indents stay, and colours where they are wanted. A value in
 * Terraform's text can then have a colour of its own, and nothing else.
 */
export const styledLines = (text: string, hasColor: boolean): string =>
  withoutCommands(
    text
      .split(STYLE)
      .map((part, index) =>
        hasColor && index % 2 === 1 ? part : part.replaceAll(UNSAFE, escapedInLine),
      )
      .join(""),
  );

/** Indents stay in text that is laid out. */
const escapedInLine = (unit: string): string =>
  unit === "\n" || unit === "\t" ? unit : unit === "\r" ? "" : escaped(unit);

/** Every text in a value, such as a result that is about to be laid out, through a function. */
export function mapText<Value>(value: Value, change: (text: string) => string): Value {
  const walk = (inner: unknown): unknown => {
    if (typeof inner === "string") return change(inner);
    if (Array.isArray(inner)) return inner.map(walk);
    if (typeof inner !== "object" || inner === null) return inner;
    return Object.fromEntries(Object.entries(inner).map(([key, entry]) => [key, walk(entry)]));
  };
  return walk(value) as Value; // of the same shape
}

/** JSON in which no character is unsafe to show; it means the same. */
export const jsonText = (value: unknown, indent?: number): string =>
  JSON.stringify(value, undefined, indent)
    .replaceAll(UNSAFE, (unit) => (unit === "\n" ? unit : escaped(unit)))
    .replaceAll("##[", "##\\u005b");

/**
 * A command of GitHub Actions in a log.
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
      .map((line) => oneLine(line).replaceAll("%", "%25"))
      .join("%0A");
  const pairs = Object.entries(properties).map(
    ([key, text]) => `${key}=${value(text).replaceAll(":", "%3A").replaceAll(",", "%2C")}`,
  );
  return `::${name}${pairs.length > 0 ? ` ${pairs.join(",")}` : ""}::${value(data)}`;
}

/** Nothing to see, and the end of whatever GitHub would make a link of: mentions, references, addresses. */
const BREAK = "<!-- -->";

/**
 * Text as Markdown that renders as the text itself, in one line, without links, mentions or references.
 *
 * Source: GitHub Flavored Markdown Spec, “Backslash escapes”, “Autolinks (extension)”; GitHub Docs, “Autolinked references and
 * URLs”.
 */
export const markdownText = (text: string): string =>
  oneLine(text)
    .trim()
    .replaceAll(/[\\`*_[\]~|$]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll(/@(?=\w)|#(?=\d)|GH-(?=\d)/gi, `$&${BREAK}`)
    .replaceAll(/:(?=\/\/)|www(?=\.)/gi, `$&${BREAK}`)
    .replace(/^\d+(?=[.)])/, `$&${BREAK}`)
    .replace(/^[-+=#]/, "\\$&");

const longestRun = (text: string): number =>
  Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));

/**
 * A code span that holds any text, in one line. Source: CommonMark, “Code spans”: a space at both ends is taken away, and
 * without a character in it there is no span.
 */
export function markdownCode(text: string): string {
  const line = oneLine(text);
  const fence = "`".repeat(longestRun(line) + 1);
  return /^[^`\s](?:.*[^`\s])?$/.test(line)
    ? `${fence}${line}${fence}`
    : `${fence} ${line} ${fence}`;
}

/** Code in a cell of a table, where a pipe ends a code span too. Source: GitHub Flavored Markdown Spec, “Tables (extension)”. */
export const markdownCellCode = (text: string): string =>
  text.includes("|")
    ? `<code>${markdownText(text).replaceAll("\\|", "&#124;")}</code>`
    : markdownCode(text);

/** A fenced block that holds any text; its lines stay. Source: CommonMark, “Fenced code blocks”. */
export function markdownBlock(text: string, language: string): string[] {
  const lines = text.replaceAll(UNSAFE, escapedInLine);
  const fence = "`".repeat(Math.max(2, longestRun(lines)) + 1);
  return [`${fence}${language}`, lines, fence];
}
