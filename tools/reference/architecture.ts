import { readFileSync } from "node:fs";
import { folders } from "../lint/allowed-imports.mjs";

const BEGIN = "<!-- folders: begin (npm run reference) -->";
const END = "<!-- folders: end -->";

/** All folders that a folder can reach by allowed imports. */
function reachable(from: string, seen = new Set<string>()): ReadonlySet<string> {
  for (const folder of folders[from]?.mayImport ?? []) {
    if (seen.has(folder)) continue;
    seen.add(folder);
    reachable(folder, seen);
  }
  return seen;
}

/** The imports of a folder that no longer path implies: with all of them the graph is not readable. */
const drawnImports = (mayImport: readonly string[]): readonly string[] =>
  mayImport.filter(
    (folder) => !mayImport.some((other) => other !== folder && reachable(other).has(folder)),
  );

/** The allowed imports as a Mermaid graph, which GitHub renders. */
function importGraph(): string {
  const edges = Object.entries(folders).flatMap(([folder, { mayImport }]) =>
    drawnImports(mayImport).map((imported) => `  ${folder} --> ${imported}`),
  );
  return ["```mermaid", "graph TD", ...edges.reverse(), "```"].join("\n");
}

/** A Markdown table with columns of equal width, as oxfmt formats it. */
function alignedTable(rows: readonly (readonly string[])[]): string {
  const [header = []] = rows;
  const widths = header.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [first = "", ...others] = rows.map(line);
  return [first, line(widths.map((width) => "-".repeat(width))), ...others].join("\n");
}

const folderTable = (): string =>
  alignedTable([
    ["folder", "purpose", "may import"],
    ...Object.entries(folders).map(([folder, { purpose, mayImport }]) => [
      `\`${folder}\``,
      purpose,
      mayImport.join(", ") || "nothing",
    ]),
  ]);

/** ARCHITECTURE.md with the graph and the table of folders as tools/lint/allowed-imports.mjs has them. */
export function architecturePage(): string {
  const text = readFileSync(new URL("../../ARCHITECTURE.md", import.meta.url), "utf8");
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin === -1 || end < begin)
    throw new Error(`ARCHITECTURE.md has no markers ${BEGIN} and ${END}`);
  const generated = [BEGIN, importGraph(), folderTable()].join("\n\n");
  return `${text.slice(0, begin)}${generated}\n\n${text.slice(end)}`;
}
