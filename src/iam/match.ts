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

/** True where a text's character is the one that a pattern has. */
const isSame = (pattern: string | undefined, text: string | undefined): boolean =>
  pattern === text ||
  (pattern === LITERAL_ASTERISK && text === "*") ||
  (pattern === LITERAL_QUESTION_MARK && text === "?");

/** True where the text fits a pattern in which * stands for any characters and ? for one. Linear in memory. */
export function matches(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (pattern[p] === "*") {
      star = p++;
      resume = t;
    } else if (p < pattern.length && (pattern[p] === "?" || isSame(pattern[p], text[t]))) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

/** The same without regard to case, as actions are compared. */
export function matchesAnyCase(pattern: string, text: string): boolean {
  return matches(pattern.toLowerCase(), text.toLowerCase());
}
