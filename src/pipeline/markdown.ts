import { markdownBlock } from "../shared/escape.ts";

/** Characters that GitHub takes in a comment or an issue. Source: GitHub REST API, "body is too long (maximum is 65536 characters)". */
const GITHUB_LIMIT = 65_536;

/** What we fill of that: characters are counted in more than one way. */
export const MAX_TEXT_LENGTH: number = GITHUB_LIMIT - 1536;

/** A text that is shown when it is asked for. */
export const collapsed = (summary: string, text: string): string[] => [
  `<details><summary>${summary}</summary>`,
  "",
  ...markdownBlock(text, "text"),
  "",
  "</details>",
  "",
];

/** Cuts a text to some characters at the end of a line, and closes what that leaves open: else it swallows what follows. */
export function truncate(text: string, room: number): string {
  if (text.length <= room) return text;
  const notice = "\n\n**Cut here: the run that wrote this has all of it.**\n";
  const kept = text.slice(0, Math.max(0, room - notice.length - 64));
  const whole = kept.slice(0, kept.lastIndexOf("\n") + 1);
  const fence = whole.split("\n").reduce<string | undefined>((open, line) => {
    const [run] = /^`{3,}/.exec(line) ?? [];
    if (run === undefined) return open;
    return open === undefined ? run : line.trim() === open ? undefined : open;
  }, undefined);
  const details =
    (whole.match(/<details>/g)?.length ?? 0) - (whole.match(/<\/details>/g)?.length ?? 0);
  return `${whole}${fence === undefined ? "" : `${fence}\n`}${"\n</details>\n".repeat(Math.max(0, details))}${notice}`;
}
