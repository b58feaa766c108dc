/**
 * True if a text matches a pattern in which `*` matches any characters, including line breaks. The time is at most
 * proportional to the product of both lengths; an equivalent regular expression can take exponential time.
 *
 * @param matchesCharacter compares a character of the pattern, except `*`, with a character of the text. @default equality
 * @example matchesWildcard("module.web.*", "module.web.aws_lb.this"); // true
 */
export function matchesWildcard(
  pattern: string,
  text: string,
  matchesCharacter: (pattern: string, text: string) => boolean = (a, b) => a === b,
): boolean {
  let patternIndex = 0;
  let textIndex = 0;
  let starIndex = -1;
  let retryIndex = 0;
  while (textIndex < text.length) {
    if (pattern[patternIndex] === "*") {
      if (patternIndex === pattern.length - 1) return true;
      starIndex = patternIndex++;
      retryIndex = textIndex;
    } else if (
      patternIndex < pattern.length &&
      matchesCharacter(pattern[patternIndex] ?? "", text[textIndex] ?? "")
    ) {
      patternIndex++;
      textIndex++;
    } else if (starIndex >= 0) {
      patternIndex = starIndex + 1;
      textIndex = ++retryIndex;
    } else {
      return false;
    }
  }
  while (pattern[patternIndex] === "*") patternIndex++;
  return patternIndex === pattern.length;
}

/** A `matchesCharacter` function: `?` matches any single character. */
export const questionMark = (pattern: string, text: string): boolean =>
  pattern === "?" || pattern === text;
