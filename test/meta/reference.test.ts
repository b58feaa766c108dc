import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { pages } from "../../tools/reference/reference.ts";

it.each(pages)("$file is what the code says (npm run reference renews it)", ({ file, make }) => {
  expect(readFileSync(new URL(`../../${file}`, import.meta.url), "utf8")).toBe(make());
});
