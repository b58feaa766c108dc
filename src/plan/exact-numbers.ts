/** Begins a text that stands for a number which JavaScript would round. No other text that is read begins with it. */
const NUMBER = String.raw`\u0000#`;
/** Precedes a text that begins with the same character by itself. */
const TEXT = String.raw`\u0000s`;

/** A decimal number without leading and trailing zeros: the same text for the same number, however it is written. */
function normalized(literal: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(literal);
  if (!match) return literal;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const kept = digits.replace(/0+$/, "");
  if (kept === "") return "0";
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - kept.length);
  return `${sign}${kept}e${power}`;
}

/** True where JavaScript prints the number that was written: integers beyond 2^53 are rounded. */
const isExact = (literal: string): boolean =>
  normalized(literal) === normalized(String(Number(literal)));

/** The index of the quote that ends the string which begins at an index. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text[at - 1 - slashes] === "\\") slashes += 1;
    if (slashes % 2 === 0) return at;
  }
  return text.length;
}

/** JSON, read without rounding. */
export interface ExactJson {
  /** A number that JavaScript would round is a text here, which no other value equals. */
  readonly value: unknown;
  /** How many members the objects of the text have, members of one name included. */
  readonly members: number;
}

/**
 * Reads JSON so that two numbers are equal only where they are written as the same number. `JSON.parse` gives
 * 9007199254740993 and 9007199254740992 the same value (ECMAScript, "Number.MAX_SAFE_INTEGER").
 *
 * @throws SyntaxError where it is not JSON
 * @example parseExactly("[1, 9007199254740993]").value // [1, "\0#9007199254740993e0"]
 */
export function parseExactly(text: string): ExactJson {
  const parts: string[] = [];
  let copied = 0;
  let members = 0;
  const token = /[":]|-?\d[\d.eE+-]*/g;
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const [found] = match;
    if (found === ":") members += 1;
    else if (found === '"') {
      if (text.startsWith(String.raw`\u0000`, match.index + 1)) {
        parts.push(text.slice(copied, match.index + 1), TEXT);
        copied = match.index + 1;
      }
      token.lastIndex = endOfString(text, match.index) + 1;
    } else if (!isExact(found)) {
      parts.push(text.slice(copied, match.index), `"${NUMBER}${normalized(found)}"`);
      copied = token.lastIndex;
    }
  }
  parts.push(text.slice(copied));
  return { value: JSON.parse(parts.join("")), members };
}
