import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { pages } from "../../tools/reference/reference.ts";

const root = new URL("../../", import.meta.url);

it.each(pages)("$file is up to date (otherwise run npm run reference)", ({ file, make }) => {
  expect(readFileSync(new URL(file, root), "utf8")).toBe(make());
});

it("lists every page of docs/reference in its index", () => {
  const index = readFileSync(new URL("docs/reference/README.md", root), "utf8");
  const files = readdirSync(new URL("docs/reference", root)).filter((name) => name !== "README.md");
  expect(files.filter((name) => !index.includes(`](${name})`))).toEqual([]);
});
