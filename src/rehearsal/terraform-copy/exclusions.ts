import { readFileSync } from "node:fs";
import { join } from "node:path";
import { UserError, isObject } from "../../shared/index.ts";
import type { Engine } from "../../terraform/index.ts";
import type { LocalCode } from "../result.ts";
import type { CodePolicy } from "./code-policy.ts";
import { editHcl } from "./edit-hcl.ts";
import { editJson } from "./edit-json.ts";
import { ExcludedBlocks, type Skipped } from "./excluded-blocks.ts";
import {
  blocksOf,
  type LoadedModule,
  type Module,
  type ModuleTree,
  readModule,
} from "./hcl-modules.ts";
import { addressInModule, blockKey, blockKeysOf } from "./module-blocks.ts";
import { replaceCopiedFile } from "./replace-copied-file.ts";

/** A block or function call that was removed from a configuration. */
export interface Exclusion extends Skipped {
  /** The address in the configuration, such as module.dns.cloudflare_record.www. */
  readonly address: string;
  /** The address in its module, such as cloudflare_record.www. */
  readonly written: string;
}

/** What a policy excludes from a configuration. */
export interface Exclusions {
  /** Exclusions by the address of the placeholder in Terraform's graph. */
  readonly placeholders: ReadonlyMap<string, Exclusion>;
  /** Exclusions without a placeholder, such as check blocks. */
  readonly others: readonly Exclusion[];
  readonly localCode: readonly Omit<LocalCode, "stack">[];
  /** Allowed providers in use. They may access real systems. */
  readonly allowedProviders: readonly string[];
  /** Providers that do not run. */
  readonly skippedProviders: readonly string[];
}

const PLACEHOLDER_FILE = "zzzz_berth_skipped.tf.json";

/** Whether Terraform must not read the module as it is written. */
const needsEdit = (module: Module, excluded: ExcludedBlocks): boolean =>
  excluded.skipped.size > 0 ||
  excluded.skippedProviders.size > 0 ||
  excluded.localCode.some((code) => code.skipped) ||
  module.files.some(({ body }) =>
    blocksOf(body["terraform"]).some((block) => block["encryption"] !== undefined),
  );

/** Writes the module without the skipped blocks. */
function writeModule(module: Module, excluded: ExcludedBlocks): void {
  for (const { path, body } of module.files) {
    const text = readFileSync(path, "utf8");
    const newText = path.endsWith(".json")
      ? JSON.stringify(editJson(body, excluded), undefined, 2)
      : editHcl(text, excluded);
    if (newText !== text) replaceCopiedFile(path, newText);
  }
  const { placeholders } = excluded;
  const bodies = placeholders.bodies();
  if (Object.keys(bodies).length > 0)
    replaceCopiedFile(
      join(module.directory, PLACEHOLDER_FILE),
      JSON.stringify(
        { resource: { terraform_data: placeholders.replaceIn(bodies) } },
        undefined,
        2,
      ),
    );
}

/** True if the written module is the original one without the skipped blocks, and with the placeholders. */
function isWrittenCorrectly(
  original: Module,
  excluded: ExcludedBlocks,
  written: Module,
  stillExcluded: ExcludedBlocks,
): boolean {
  const expected = [
    ...blockKeysOf(original).filter((key) => !excluded.isRemoved(key)),
    ...Object.keys(excluded.placeholders.bodies()).map((name) =>
      blockKey("resource", "terraform_data", name),
    ),
  ];
  return (
    stillExcluded.skipped.size + stillExcluded.skippedProviders.size === 0 &&
    !stillExcluded.localCode.some((code) => code.skipped) &&
    expected.sort().join("\n") === blockKeysOf(written).sort().join("\n")
  );
}

/**
 * Reads the written module again with HashiCorp's parser. Blocks that it still contains would run.
 *
 * @throws UserError BERTH-E5005 if a skipped block remains, or another block is missing
 */
async function verify(
  excluded: ExcludedBlocks,
  loaded: LoadedModule,
  policy: CodePolicy,
  product: Engine["product"],
): Promise<void> {
  const { directory } = loaded.module;
  const names = [
    ...excluded.skippedProviders,
    ...[...excluded.skipped.values()].map((skipped) => skipped.address),
  ];
  let problem = "";
  try {
    const written = await readModule(directory, product);
    const stillExcluded = new ExcludedBlocks({ ...loaded, module: written }, policy);
    if (isWrittenCorrectly(loaded.module, excluded, written, stillExcluded)) return;
  } catch (error) {
    problem = `: ${(error as Error).message}`;
  }
  throw new UserError(
    "BERTH-E5005",
    `cannot remove the blocks that must not run from the configuration (${names.join(", ")})${problem}`,
    {
      where: directory,
      fix: "move these blocks to a separate file, or run them for real: --allow-provider for a provider, no --no-exec for local code",
    },
  );
}

/**
 * Removes the blocks that must not run from a configuration: blocks of other providers and, if the policy forbids
 * local code, blocks that act on this machine. A `terraform_data` resource replaces a block that expressions refer to, so
 * that Terraform's graph shows which resources depend on it. Skipped providers are removed from required_providers:
 * Terraform neither installs nor starts them.
 *
 * @param tree a copy of a configuration, complete
 * @throws UserError BERTH-E5005 if a block must not run and cannot be removed
 */
export async function exclude(
  { modules, fetched }: Pick<ModuleTree, "modules" | "fetched">,
  policy: CodePolicy,
  product: Engine["product"],
): Promise<Exclusions> {
  const placeholders = new Map<string, Exclusion>();
  const others: Exclusion[] = [];
  const localCode: Omit<LocalCode, "stack">[] = fetched.map(({ address, source }) => ({
    kind: "module",
    address,
    what: source,
    effect: "uses-network",
    skipped: false,
  }));
  const allowedProviders = new Set<string>();
  const skippedProviders = new Set<string>();
  for (const loaded of modules) {
    const excluded = new ExcludedBlocks(loaded, policy);
    localCode.push(...excluded.localCode);
    for (const source of excluded.allowedProviders) allowedProviders.add(source);
    for (const source of excluded.skippedProviders) skippedProviders.add(source);
    if (needsEdit(loaded.module, excluded)) {
      writeModule(loaded.module, excluded);
      await verify(excluded, loaded, policy, product);
    }
    for (const module of loaded.addresses)
      for (const skipped of excluded.skipped.values()) {
        const { address: written, placeholder } = skipped;
        const exclusion = { ...skipped, written, address: addressInModule(module, written) };
        if (placeholder === undefined) others.push(exclusion);
        else placeholders.set(addressInModule(module, `terraform_data.${placeholder}`), exclusion);
      }
  }
  for (const source of allowedProviders)
    localCode.push({
      kind: "provider",
      address: source,
      what: source,
      effect: "uses-network",
      skipped: false,
    });
  return {
    placeholders,
    others,
    localCode,
    allowedProviders: [...allowedProviders].sort(),
    skippedProviders: [...skippedProviders].sort(),
  };
}

/** A plan, or a part of one, in which the addresses of placeholders are replaced by those of the skipped blocks. */
export function withWrittenAddresses<T>(value: T, { placeholders }: Exclusions): T {
  if (placeholders.size === 0) return value;
  const written = new Map(
    [...placeholders.values()].map((exclusion) => [exclusion.placeholder, exclusion.written]),
  );
  const text = JSON.stringify(value).replaceAll(
    /terraform_data\.(berth_skipped_[\w-]+)/g,
    (address, placeholder: string) => written.get(placeholder) ?? address,
  );
  return JSON.parse(text, (_, part: unknown) => {
    const address = isObject(part) ? written.get(part["name"] as string | undefined) : undefined;
    const [type, name] = address?.split(".").slice(-2) ?? [];
    return isObject(part) && name !== undefined ? { ...part, type, name } : part;
  }) as T; // the same type, with other addresses
}
