import { matchesWildcard } from "../shared/wildcard.ts";

/**
 * Characters for a literal asterisk and a literal question mark in a pattern, from ${*}, ${?} or the value of a policy variable.
 * Policies cannot contain these characters: they are limited to characters up to U+00FF. Source: IAM User Guide,
 * "IAM and AWS STS quotas, name requirements, and character limits".
 */
const LITERAL_ASTERISK = "\uE000";
const LITERAL_QUESTION_MARK = "\uE001";

/** Converts a text to a pattern without wildcards. */
export const literal = (text: string): string =>
  text.replaceAll("*", LITERAL_ASTERISK).replaceAll("?", LITERAL_QUESTION_MARK);

/** Converts a pattern without wildcards to its text: the opposite of `literal`. */
export const plainText = (pattern: string): string =>
  /[\uE000\uE001]/.test(pattern)
    ? pattern.replaceAll(LITERAL_ASTERISK, "*").replaceAll(LITERAL_QUESTION_MARK, "?")
    : pattern;

/** True if a character of a pattern that is not a wildcard matches a character of a text. */
const isSame = (pattern: string, text: string): boolean =>
  pattern === text ||
  (pattern === LITERAL_ASTERISK && text === "*") ||
  (pattern === LITERAL_QUESTION_MARK && text === "?");

/** True if the text matches a pattern: * matches any characters, and ? matches one character. */
export const matches = (pattern: string, text: string): boolean =>
  matchesWildcard(
    pattern,
    text,
    (character, other) => character === "?" || isSame(character, other),
  );

/** The same, case-insensitive: for actions. */
export function matchesAnyCase(pattern: string, text: string): boolean {
  return matches(pattern.toLowerCase(), text.toLowerCase());
}
