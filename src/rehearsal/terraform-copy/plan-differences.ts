import { isObject } from "../../shared/index.ts";
import type { Difference } from "../result.ts";

interface Change {
  readonly actions?: readonly string[];
  readonly before?: unknown;
  readonly after?: unknown;
  readonly after_unknown?: unknown;
  readonly before_sensitive?: unknown;
  readonly after_sensitive?: unknown;
  readonly replace_paths?: readonly (readonly (string | number)[])[];
}

const valueAt = (value: unknown, key: string | number): unknown =>
  Array.isArray(value) ? value[Number(key)] : isObject(value) ? value[key] : undefined;

const keysOf = (value: unknown): string[] =>
  Array.isArray(value) ? [...value.keys()].map(String) : isObject(value) ? Object.keys(value) : [];

const formatValue = (value: unknown): string =>
  value === undefined ? "(absent)" : JSON.stringify(value);

type Attribute = Difference["attributes"][number];

/** Attributes that differ. Nested attributes are compared one by one. Sensitive values are hidden. */
function attributesOf(change: Change): Attribute[] {
  const replacePaths = new Set((change.replace_paths ?? []).map((path) => path.join(".")));
  const differences: Attribute[] = [];
  const visit = (
    path: string,
    before: unknown,
    after: unknown,
    unknown: unknown,
    masks: readonly unknown[],
  ): void => {
    if (unknown !== true && JSON.stringify(before) === JSON.stringify(after)) return;
    const isHidden = masks.includes(true);
    const keys = [...new Set([...keysOf(before), ...keysOf(after), ...keysOf(unknown)])];
    const isLeaf =
      keys.length === 0 ||
      (!isObject(before) && !Array.isArray(before) && !isObject(after) && !Array.isArray(after));
    if (isHidden || unknown === true || isLeaf) {
      differences.push({
        path,
        before: isHidden ? "(sensitive)" : formatValue(before),
        after: isHidden
          ? "(sensitive)"
          : unknown === true
            ? "(known after apply)"
            : formatValue(after),
        replaces: [...replacePaths].some((value) => path === value || path.startsWith(`${value}.`)),
      });
      return;
    }
    for (const key of keys)
      visit(
        path === "" ? key : `${path}.${key}`,
        valueAt(before, key),
        valueAt(after, key),
        valueAt(unknown, key),
        masks.map((mask) => valueAt(mask, key)),
      );
  };
  visit("", change.before, change.after, change.after_unknown, [
    change.before_sensitive,
    change.after_sensitive,
  ]);
  return differences.filter((entry) => entry.path !== "");
}

/**
 * The changes of a plan, attribute by attribute.
 *
 * Source: Terraform, "JSON Output Format", plan representation.
 */
export function differencesIn(plan: unknown): Difference[] {
  const { resource_changes: resources = [], output_changes: outputs = {} } = plan as {
    readonly resource_changes?: readonly { readonly address: string; readonly change: Change }[];
    readonly output_changes?: Readonly<Record<string, Change>>;
  }; // the format that Terraform documents
  const isChange = ({ actions = [] }: Change): boolean =>
    actions.some((action) => action !== "no-op" && action !== "read");
  return [
    ...resources
      .filter(({ change }) => isChange(change))
      .map(({ address, change }) => ({
        address,
        actions: change.actions ?? [],
        attributes: attributesOf(change),
      })),
    ...Object.entries(outputs)
      .filter(([, change]) => isChange(change))
      .map(([name, change]) => ({
        address: `output.${name}`,
        actions: change.actions ?? [],
        attributes: attributesOf({
          ...change,
          before: { value: change.before },
          after: { value: change.after },
          after_unknown: { value: change.after_unknown },
          before_sensitive: { value: change.before_sensitive },
          after_sensitive: { value: change.after_sensitive },
        }),
      })),
  ];
}
