import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { testFolder } from "./folder.ts";

/** The provider block of a root module. */
export const PROVIDER = 'provider "aws" {\n  region = "eu-west-1"\n}\n';

/** Creates a temporary folder with these files. */
export function folder(files: Readonly<Record<string, string>>): string {
  const root = testFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

/** The data of a command's result in JSON output. */
export interface Result {
  readonly verdict: string;
  readonly [key: string]: unknown;
}

/** The result in the JSON output of a command. */
export const resultOf = (stdout: string): Result =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly type: string; readonly data: Result })
    .find((line) => line.type === "result")?.data ?? { verdict: "none" };
