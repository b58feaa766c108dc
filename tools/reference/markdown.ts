/** The text as a cell of a Markdown table. */
export const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

/** The text with its angle brackets escaped, so that `<name>` is not an HTML element. Code in backticks remains. */
export const escapeHtml = (text: string): string =>
  text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith("`") ? part : part.replaceAll("<", "&lt;")))
    .join("");

/** A Markdown table. A column without any text is omitted. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const columns = header
    .map((_, column) => column)
    .filter((column) => rows.some((row) => (row[column] ?? "") !== ""));
  const line = (cells: readonly string[]): string =>
    `| ${columns.map((column) => cell(cells[column] ?? "")).join(" | ")} |`;
  return [line(header), `|${columns.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}
