/** Colors a text for a terminal. */
export type Paint = (color: "green" | "red" | "yellow" | "dim" | "bold", text: string) => string;

/** Leaves a text without colors. */
export const withoutColor: Paint = (_color, text) => text;

/** Maximum length of a wrapped line, with its indent. */
const WIDTH = 100;

/** Breaks a text between words into indented lines of at most 100 characters. A longer word has its own line. */
export function wrap(text: string, indent: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 + indent.length > WIDTH)
      lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.map((line) => `${indent}${line}`);
}

/** A duration such as 5s or 2m05s. */
export function duration(seconds: number): string {
  const rounded = Math.round(seconds);
  if (rounded < 60) return `${rounded}s`;
  return `${Math.floor(rounded / 60)}m${String(rounded % 60).padStart(2, "0")}s`;
}

/**
 * A count with its noun, whose plural ends in "s".
 *
 * @example countOf(2, "error"); // 2 errors
 */
export const countOf = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? "" : "s"}`;
