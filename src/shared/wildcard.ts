/**
 * True where a text fits a pattern in which `*` stands for any characters, line breaks too. The time is at most the product
 * of both lengths, whatever the pattern: a regular expression made of it can take exponentially long.
 *
 * @param stands true where another character of the pattern stands for a character of the text. @default equality
 * @example matchesWildcard("module.web.*", "module.web.aws_lb.this"); // true
 */
export function matchesWildcard(
  pattern: string,
  text: string,
  stands: (pattern: string, text: string) => boolean = (a, b) => a === b,
): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (pattern[p] === "*") {
      star = p++;
      resume = t;
    } else if (p < pattern.length && stands(pattern[p] ?? "", text[t] ?? "")) {
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

/** For `matchesWildcard`: `?` stands for any one character. */
export const questionMark = (pattern: string, text: string): boolean =>
  pattern === "?" || pattern === text;
