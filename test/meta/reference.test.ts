import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { pages } from "../../tools/reference/reference.ts";

it.each(pages)("$file is up to date (npm run reference generates it)", ({ file, make }) => {
  expect(readFileSync(new URL(`../../${file}`, import.meta.url), "utf8")).toBe(make());
});
