import { readFileSync } from "node:fs";
import { join } from "node:path";
import { filterLabels } from "./edit-json.ts";
import { type Edit, edited, itemsOf, tokensOf } from "../../hcl/index.ts";
import { type Block, labelled, type LoadedModule, type ModuleFile } from "./hcl-modules.ts";
import { addressInModule, addressOf, blockKey } from "./module-blocks.ts";
import { replaceCopiedFile } from "./replace-copied-file.ts";

const COMPANION_FILE = "zzzz_berth_deferred.tf.json";

/** A data source in a configuration. */
export interface DataSource {
  readonly type: string;
  /** The address in the configuration, without the keys of count and for_each. */
  readonly address: string;
}

/** The data sources that a file defines, as [type, name]. */
const definedIn = ({ body }: ModuleFile): (readonly [type: string, name: string])[] =>
  labelled(body["data"]).flatMap(([type, names]) =>
    labelled(names).map(([name]) => [type, name] as const),
  );

/** The data sources of a configuration. A module that is called twice has each of its data sources twice. */
export const dataSourcesIn = (modules: readonly LoadedModule[]): DataSource[] =>
  modules.flatMap(({ module, addresses }) =>
    [
      ...new Map(module.files.flatMap(definedIn).map((key) => [key.join("."), key])).values(),
    ].flatMap(([type, name]) =>
      addresses.map((call) => ({
        type,
        address: addressInModule(call, addressOf("data", type, name)),
      })),
    ),
  );

/**
 * Makes Terraform read data sources during the apply: their arguments are known in a plan, and their results are unknown.
 * They get a dependency on a `terraform_data` that the plan creates. All calls of a module are affected.
 *
 * Source: Terraform, "Query data sources", section "Data source dependencies".
 *
 * @param modules a copy of a configuration, complete
 * @param addresses the data sources, none of which has been passed before
 * @param companion the name of the `terraform_data`
 */
export function deferReads(
  modules: readonly LoadedModule[],
  addresses: ReadonlySet<string>,
  companion: string,
): void {
  const dependency = `terraform_data.${companion}`;
  for (const { module, addresses: calls } of modules) {
    // Terraform rejects depends_on in override files, which are the last ones.
    const pending = new Set(
      module.files
        .flatMap(definedIn)
        .filter(([type, name]) =>
          calls.some((call) => addresses.has(addressInModule(call, addressOf("data", type, name)))),
        )
        .map(([type, name]) => blockKey("data", type, name)),
    );
    if (pending.size === 0) continue;
    for (const file of module.files) {
      const keys = new Set(
        definedIn(file)
          .map(([type, name]) => blockKey("data", type, name))
          .filter((key) => pending.delete(key)),
      );
      if (keys.size === 0) continue;
      const text = file.path.endsWith(".json")
        ? JSON.stringify(addedInJson(file.body, keys, dependency), undefined, 2)
        : addedInHcl(readFileSync(file.path, "utf8"), keys, dependency);
      replaceCopiedFile(file.path, text);
    }
    replaceCopiedFile(
      join(module.directory, COMPANION_FILE),
      JSON.stringify({ resource: { terraform_data: { [companion]: {} } } }),
    );
  }
}

/** A file in HCL's native syntax in which these data sources have the dependency. */
function addedInHcl(text: string, keys: ReadonlySet<string>, dependency: string): string {
  const tokens = tokensOf(text);
  const insert = (at: number, inserted: string): Edit => ({ start: at, end: at, text: inserted });
  const edits = itemsOf(text, tokens).flatMap((block): Edit[] => {
    if (!keys.has(blockKey(block.name, ...block.labels))) return [];
    const existing = itemsOf(text, tokens, block.from, block.to).find(
      ({ name }) => name === "depends_on",
    );
    const opening = tokens[existing ? existing.from : block.from - 1];
    if (!opening) return [];
    if (existing) return [insert(opening.end, `${dependency}, `)];
    // A block of one line becomes one of several lines.
    return [insert(opening.end, `\n  depends_on = [${dependency}]\n`), insert(block.end - 1, "\n")];
  });
  return edited(text, edits);
}

/** A file in Terraform's JSON syntax in which these data sources have the dependency. */
const addedInJson = (file: Block, keys: ReadonlySet<string>, dependency: string): Block => ({
  ...file,
  data: filterLabels(
    file["data"],
    () => true,
    (names, type) =>
      filterLabels(
        names,
        () => true,
        (body, name) => {
          if (!keys.has(blockKey("data", type, name))) return body;
          const { depends_on: existing = [] } = body;
          return { ...body, depends_on: [dependency, existing].flat() };
        },
      ),
  ),
});
