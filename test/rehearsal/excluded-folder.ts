import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { testFolder } from "../support/folder.ts";
import type { CodePolicy } from "../../src/rehearsal/terraform-copy/code-policy.ts";
import { exclude, type Exclusions } from "../../src/rehearsal/terraform-copy/exclusions.ts";
import { readConfiguration } from "../../src/rehearsal/terraform-copy/hcl-modules.ts";

export const runsLocalCode: CodePolicy = { allowedProviders: [], runsLocalCode: true };
export const skipsLocalCode: CodePolicy = { allowedProviders: [], runsLocalCode: false };

/** Writes files into a temporary folder. */
export function folderOf(files: Readonly<Record<string, string>>): string {
  const root = testFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

export interface ExcludedFolder extends Exclusions {
  /** The content of a file after the exclusions, without empty lines and indentation. */
  text(name: string): string;
}

/** Applies the exclusions of a policy to a configuration. */
export async function excludeFrom(
  files: Readonly<Record<string, string>>,
  policy: CodePolicy = runsLocalCode,
  product: "terraform" | "tofu" = "terraform",
): Promise<ExcludedFolder> {
  const root = folderOf(files);
  const exclusions = await exclude(await readConfiguration(root, product), policy, product);
  return {
    ...exclusions,
    text: (name) =>
      readFileSync(join(root, name), "utf8")
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== "")
        .join("\n"),
  };
}

/** The addresses of all exclusions. */
export const excludedAddresses = ({ placeholders, others }: Exclusions): string[] =>
  [...placeholders.values(), ...others].map(({ address }) => address).sort();
