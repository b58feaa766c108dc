import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { pages } from "../../tools/reference/reference.ts";

it.each(pages)("$file is up to date (otherwise run npm run reference)", ({ file, make }) => {
  expect(readFileSync(new URL(`../../${file}`, import.meta.url), "utf8")).toBe(make());
});
