import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const source = fileURLToPath(new URL("../../src", import.meta.url));

/** The files of src that match a pattern. */
const filesWith = (pattern: RegExp): string[] =>
  readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter(
      (file) => file.endsWith(".ts") && pattern.test(readFileSync(join(source, file), "utf8")),
    )
    .toSorted();

it("AWS's packages are loaded at the first call", () => {
  expect(filesWith(/^import (?!type).*from "@(aws-sdk|smithy)\//m)).toEqual([
    "aws-client/signature.ts",
  ]);
  expect(filesWith(/from "[./]+\/signature\.ts"/)).toEqual([]);
  expect(filesWith(/import\("\.\/signature\.ts"\)/)).toEqual(["aws-client/client.ts"]);
});
