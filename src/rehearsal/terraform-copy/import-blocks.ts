import { readFileSync } from "node:fs";
import { missingImportIn, notImplementedIn } from "../../failures/index.ts";
import { edited, itemsOf, tokensOf } from "../../hcl/index.ts";
import type { Diagnostic } from "../../terraform/index.ts";
import { blocksOf, type Module } from "./hcl-modules.ts";
import { withoutTemplate } from "./module-blocks.ts";
import { replaceCopiedFile } from "./replace-copied-file.ts";
import { configurationAddress } from "./state-resources.ts";

const targetOf = (to: unknown): string => configurationAddress(withoutTemplate(to));

/** Addresses of the resources that the import blocks of a module adopt, without the keys of count and for_each. */
const importTargetsOf = (module: Module): string[] =>
  module.files.flatMap(({ body }) => blocksOf(body["import"]).map(({ to }) => targetOf(to)));

/**
 * Removes the import blocks with which Terraform has failed: the object does not exist in the sandbox, or the sandbox cannot
 * read it. Terraform then creates the object as the configuration says.
 *
 * @param module the root module of a copy: only a root module can have import blocks
 * @returns the addresses of the resources whose import blocks were removed, without keys
 */
export function removeFailedImports(
  module: Module,
  problems: readonly Diagnostic[],
): readonly string[] {
  const targets = new Set(importTargetsOf(module));
  const failed = new Set(problems.flatMap((problem) => targetsIn(problem, targets)));
  if (failed.size === 0) return [];
  for (const { path, body } of module.files) {
    const isFailed = (to: unknown): boolean => failed.has(targetOf(to));
    if (!blocksOf(body["import"]).some(({ to }) => isFailed(to))) continue;
    replaceCopiedFile(
      path,
      path.endsWith(".json")
        ? JSON.stringify(
            { ...body, import: blocksOf(body["import"]).filter(({ to }) => !isFailed(to)) },
            undefined,
            2,
          )
        : withoutImports(readFileSync(path, "utf8"), isFailed),
    );
  }
  return [...failed];
}

/** The targets of import blocks that an error of Terraform concerns. */
function targetsIn(
  { address, summary, detail }: Diagnostic,
  targets: ReadonlySet<string>,
): readonly string[] {
  const text = `${summary} ${detail}`;
  const missing = missingImportIn(text);
  if (missing !== undefined)
    return [configurationAddress(missing)].filter((target) => targets.has(target));
  // Terraform names no resource if the provider cannot read an object that it imports.
  return address === undefined && notImplementedIn(text) !== undefined ? [...targets] : [];
}

function withoutImports(text: string, isRemoved: (to: string) => boolean): string {
  const tokens = tokensOf(text);
  return edited(
    text,
    itemsOf(text, tokens)
      .filter(
        (block) =>
          block.kind === "block" &&
          block.name === "import" &&
          itemsOf(text, tokens, block.from, block.to).some(
            ({ name, from, to }) =>
              name === "to" && isRemoved(text.slice(tokens[from]?.start, tokens[to - 1]?.end)),
          ),
      )
      .map(({ start, end }) => ({ start, end, text: "" })),
  );
}
