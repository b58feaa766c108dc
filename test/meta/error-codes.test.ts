import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { errorCodes } from "../../src/shared/errors.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const DECLARATION = join(root, "src/shared/errors.ts");

/** The error codes in the files below a folder, without those in comments. */
function codesIn(folder: string, extension: string): ReadonlySet<string> {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(extension))
    .map((name) => join(root, folder, name))
    .filter((file) => file !== DECLARATION);
  const text = files
    .map((file) => readFileSync(file, "utf8").replaceAll(/\/\*.*?\*\/|^ *\/\/[^\n]*$/gms, ""))
    .join("\n");
  return new Set(text.match(/BERTH-E\d{4}/g));
}

it("has no error code that no code reports", () => {
  const used = codesIn("src", ".ts");
  expect(Object.keys(errorCodes).filter((code) => !used.has(code))).toEqual([]);
});

it("has a different meaning for each error code", () => {
  const meanings = Object.values(errorCodes);
  expect(new Set(meanings).size).toBe(meanings.length);
});

it("mentions only existing error codes in the documentation", () => {
  expect([...codesIn("docs", ".md")].filter((code) => !(code in errorCodes))).toEqual([]);
});
