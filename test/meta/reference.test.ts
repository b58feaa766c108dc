import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { AGREEMENT_PAGE } from "../../tools/reference/agreement-page.ts";
import { pages } from "../../tools/reference/reference.ts";

const root = new URL("../../", import.meta.url);

// Generated here and not in the tests: a page can take longer than a test may on a machine with other work.
// test/checks/agreement.test.ts compares the page for which it evaluates every recorded plan.
const generated = pages
  .filter(({ file }) => file !== AGREEMENT_PAGE)
  .map(({ file, make }) => ({ file, text: make() }));

it.each(generated)("$file is up to date (otherwise run npm run reference)", ({ file, text }) => {
  expect(readFileSync(new URL(file, root), "utf8")).toBe(text);
});

it("lists every page of docs/reference in its index", () => {
  const index = readFileSync(new URL("docs/reference/README.md", root), "utf8");
  const files = readdirSync(new URL("docs/reference", root)).filter(
    (name) => name.endsWith(".md") && name !== "README.md",
  );
  expect(files.filter((name) => !index.includes(`](${name})`))).toEqual([]);
});
