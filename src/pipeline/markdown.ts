import { markdownBlock } from "../shared/index.ts";

/** Maximum characters in a comment or an issue. Source: GitHub REST API, "body is too long (maximum is 65536 characters)". */
const GITHUB_LIMIT = 65_536;

/** Maximum characters that Berth writes. The margin allows for other ways to count characters. */
export const MAX_TEXT_LENGTH: number = GITHUB_LIMIT - 1536;

/** A text in a collapsed section. */
export const collapsed = (summary: string, text: string): string[] => [
  `<details><summary>${summary}</summary>`,
  "",
  ...markdownBlock(text, "text"),
  "",
  "</details>",
  "",
];

/**
 * Truncates a text at the end of a line, and closes code blocks and sections that are still open. Otherwise they would
 * include the text that follows.
 */
export function truncate(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const notice = "\n\n**Truncated. The workflow run has the full text.**\n";
  const prefix = text.slice(0, Math.max(0, maxLength - notice.length - 64));
  const completeLines = prefix.slice(0, prefix.lastIndexOf("\n") + 1);
  const fence = completeLines.split("\n").reduce<string | undefined>((open, line) => {
    const [run] = /^`{3,}/.exec(line) ?? [];
    if (run === undefined) return open;
    return open === undefined ? run : line.trim() === open ? undefined : open;
  }, undefined);
  const details =
    (completeLines.match(/<details>/g)?.length ?? 0) -
    (completeLines.match(/<\/details>/g)?.length ?? 0);
  return `${completeLines}${fence === undefined ? "" : `${fence}\n`}${"\n</details>\n".repeat(Math.max(0, details))}${notice}`;
}
