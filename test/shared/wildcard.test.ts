import fc from "fast-check";
import { expect, it } from "vitest";
import { imageStatusOf } from "../../src/aws/images.ts";
import { matchesWildcard, questionMark } from "../../src/shared/wildcard.ts";

/** Reference implementation: slow and simple. */
function matchesByDefinition(pattern: string, text: string): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text === "";
  if (first === "*")
    return Array.from({ length: text.length + 1 }, (_, index) => text.slice(index)).some((tail) =>
      matchesByDefinition(rest.join(""), tail),
    );
  return (
    text !== "" &&
    (first === "?" || first === text[0]) &&
    matchesByDefinition(rest.join(""), text.slice(1))
  );
}

it("matchesWildcard agrees with the reference implementation", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "\n"), maxLength: 8 });
  const patterns = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 6 });
  fc.assert(
    fc.property(patterns, letters, (pattern, text) => {
      expect(matchesWildcard(pattern, text, questionMark)).toBe(matchesByDefinition(pattern, text));
    }),
  );
});

it("? is an ordinary character by default", () => {
  expect(matchesWildcard('a["b?c"]', 'a["b?c"]')).toBe(true);
  expect(matchesWildcard('a["b?c"]', 'a["bxc"]')).toBe(false);
});

// An exponential algorithm exceeds the time limit of the test.
it("patterns with many stars take polynomial time", () => {
  const pattern = `${"*a".repeat(200)}!`;
  const text = "a".repeat(5000);
  expect(matchesWildcard(pattern, text)).toBe(false);
  expect(imageStatusOf({ [pattern]: "missing" }, text)).toBeUndefined();
});
