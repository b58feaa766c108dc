import { matchesWildcard } from "../shared/wildcard.ts";

/**
 * Characters that stand for a literal asterisk and question mark in a pattern, where ${*}, ${?} or the value of a policy
 * variable put them. No policy can have them itself: documents have characters up to U+00FF alone. Source: IAM User Guide,
 * "IAM and AWS STS quotas, name requirements, and character limits".
 */
const LITERAL_ASTERISK = "\uE000";
const LITERAL_QUESTION_MARK = "\uE001";

/** A text in which no character is a wildcard of `matches`. */
export const literal = (text: string): string =>
  text.replaceAll("*", LITERAL_ASTERISK).replaceAll("?", LITERAL_QUESTION_MARK);

/** A pattern's text where no wildcards are meant: the opposite of `literal`. */
export const plainText = (pattern: string): string =>
  /[\uE000\uE001]/.test(pattern)
    ? pattern.replaceAll(LITERAL_ASTERISK, "*").replaceAll(LITERAL_QUESTION_MARK, "?")
    : pattern;

/** True where a pattern's character, which is no wildcard, stands for a text's character. */
const isSame = (pattern: string, text: string): boolean =>
  pattern === text ||
  (pattern === LITERAL_ASTERISK && text === "*") ||
  (pattern === LITERAL_QUESTION_MARK && text === "?");

/** True where the text fits a pattern in which * stands for any characters and ? for one. */
export const matches = (pattern: string, text: string): boolean =>
  matchesWildcard(
    pattern,
    text,
    (character, other) => character === "?" || isSame(character, other),
  );

/** The same without regard to case, as actions are compared. */
export function matchesAnyCase(pattern: string, text: string): boolean {
  return matches(pattern.toLowerCase(), text.toLowerCase());
}
