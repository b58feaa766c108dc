import { matchesWildcard } from "../wildcard.ts";

/** True where the text fits a pattern in which * stands for any characters and ? for one. */
export const matches = (pattern: string, text: string): boolean =>
  matchesWildcard(pattern, text, "?");

/** The same without regard to case, as actions are compared. */
export function matchesAnyCase(pattern: string, text: string): boolean {
  return matches(pattern.toLowerCase(), text.toLowerCase());
}
