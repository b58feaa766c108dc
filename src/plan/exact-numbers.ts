/** Prefix of the string that replaces a number which JavaScript would round. No other string of the result begins with it. */
const NUMBER_PREFIX = String.raw`\u0000#`;
/** Prefix that is added to strings which begin with the same character. */
const TEXT_PREFIX = String.raw`\u0000s`;

/** The normal form of a decimal number, without leading and trailing zeros: equal numbers have equal texts. */
function normalized(literal: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(literal);
  if (!match) return literal;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  const power =
    BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  return `${sign}${significant}e${power}`;
}

/** True if JavaScript represents the number exactly; integers above 2^53 may be rounded. */
const isExact = (literal: string): boolean =>
  normalized(literal) === normalized(String(Number(literal)));

/** The index of the closing quotation mark of a string. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === "\\") backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

/** A JSON value in which no number is rounded. */
export interface ExactJson {
  /** A number that JavaScript would round is replaced by a string that is different from every other value. */
  readonly value: unknown;
  /** The number of members of all objects, including members with the same name. */
  readonly members: number;
}

/**
 * Parses JSON so that two numbers are equal only if the text has the same number. `JSON.parse` returns the same value for
 * 9007199254740993 and 9007199254740992 (ECMAScript, "Number.MAX_SAFE_INTEGER").
 *
 * @throws SyntaxError if the text is not JSON
 * @example parseExactly("[1, 9007199254740993]").value // [1, "\0#9007199254740993e0"]
 */
export function parseExactly(text: string): ExactJson {
  const parts: string[] = [];
  let copied = 0;
  let members = 0;
  const token = /[":]|-?\d[\d.eE+-]*/g;
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const [tokenText] = match;
    if (tokenText === ":") members += 1;
    else if (tokenText === '"') {
      if (text.startsWith(String.raw`\u0000`, match.index + 1)) {
        parts.push(text.slice(copied, match.index + 1), TEXT_PREFIX);
        copied = match.index + 1;
      }
      token.lastIndex = endOfString(text, match.index) + 1;
    } else if (!isExact(tokenText)) {
      parts.push(text.slice(copied, match.index), `"${NUMBER_PREFIX}${normalized(tokenText)}"`);
      copied = token.lastIndex;
    }
  }
  parts.push(text.slice(copied));
  return { value: JSON.parse(parts.join("")), members };
}
