import fc from "fast-check";
import { expect, it } from "vitest";
import { imageStatusOf } from "../../src/aws/images.ts";
import { matchesWildcard, questionMark } from "../../src/shared/wildcard.ts";

/** Fits by the definition: the slow and plain way. */
function fits(pattern: string, text: string): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text === "";
  if (first === "*")
    return Array.from({ length: text.length + 1 }, (_, index) => text.slice(index)).some((tail) =>
      fits(rest.join(""), tail),
    );
  return text !== "" && (first === "?" || first === text[0]) && fits(rest.join(""), text.slice(1));
}

it("matches as the definition of * and ? says", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "\n"), maxLength: 8 });
  const patterns = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 6 });
  fc.assert(
    fc.property(patterns, letters, (pattern, text) => {
      expect(matchesWildcard(pattern, text, questionMark)).toBe(fits(pattern, text));
    }),
  );
});

it("takes ? as it is written where it stands for nothing", () => {
  expect(matchesWildcard('a["b?c"]', 'a["b?c"]')).toBe(true);
  expect(matchesWildcard('a["b?c"]', 'a["bxc"]')).toBe(false);
});

// The test's time limit fails what is exponential in the number of stars.
it("ends for patterns of many stars", () => {
  const pattern = `${"*a".repeat(200)}!`;
  const text = "a".repeat(5000);
  expect(matchesWildcard(pattern, text)).toBe(false);
  expect(imageStatusOf({ [pattern]: "missing" }, text)).toBeUndefined();
});
