import { describe, expect, it } from "vitest";
import { forbiddenWords, forbiddenWordsIn, entries } from "../../tools/lint/forbidden-words.mjs";

/** Joins the parts of a forbidden word, because this file must not contain it. */
const joined = (...parts: readonly string[]): string => parts.join("");

describe("the list of forbidden words", () => {
  it("has the entries that were agreed", () => {
    expect(entries.length).toBe(212);
  });

  it("finds a forbidden word in a sentence", () => {
    const word = joined("no", "body");
    expect(forbiddenWordsIn("docs/page.md", `First line.\nThe task has ${word}.`)).toEqual([
      { file: "docs/page.md", line: 2, found: [word], text: `The task has ${word}.` },
    ]);
  });

  it("finds a forbidden name in code", () => {
    const name = joined("la", "ws");
    expect(forbiddenWordsIn("src/code.ts", `const ${name} = 1;`)).not.toEqual([]);
  });

  it("accepts plain sentences", () => {
    expect(forbiddenWordsIn("docs/page.md", "The task cannot reach Amazon S3.")).toEqual([]);
  });
});

it("src, test, tools, bench, start, docs and the top-level pages have no forbidden word", () => {
  expect(
    forbiddenWords().map(({ file, line, found }) => `${file}:${line}: ${found.join(", ")}`),
  ).toEqual([]);
});
