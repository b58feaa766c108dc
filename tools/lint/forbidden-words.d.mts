/** A line with forbidden words. */
export interface ForbiddenWordsLine {
  readonly file: string;
  readonly line: number;
  readonly found: readonly string[];
  readonly text: string;
}
export const entries: readonly string[];
export function forbiddenWordsIn(file: string, text: string): ForbiddenWordsLine[];
export function forbiddenWords(paths?: readonly string[]): ForbiddenWordsLine[];
