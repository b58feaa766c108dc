import type { ExcludedBlocks } from "./excluded-blocks.ts";
import { type Edit, edited, type Item, itemsOf, type Token, tokensOf } from "../../hcl/index.ts";
import { blockKey } from "./module-blocks.ts";

/** A file in HCL's native syntax without the skipped blocks. */
export function editHcl(text: string, excluded: ExcludedBlocks): string {
  const tokens = tokensOf(text);
  const removals = itemsOf(text, tokens).flatMap((item) =>
    item.kind === "block" ? removalsIn(item, { text, tokens, excluded }) : [],
  );
  return edited(text, [...removals, ...excluded.placeholders.edits(tokens)]);
}

interface File {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly excluded: ExcludedBlocks;
}

const remove = ({ start, end }: Pick<Item, "start" | "end">): Edit => ({ start, end, text: "" });

/** The text of an attribute's value. */
const valueOf = ({ from, to }: Item, { text, tokens }: File): string =>
  text.slice(tokens[from]?.start, tokens[to - 1]?.end);

/** Edits that remove a block at the top level of a file, or parts of it. */
function removalsIn(block: Item, file: File): Edit[] {
  const { text, tokens, excluded } = file;
  if (excluded.isRemoved(blockKey(block.name, ...block.labels))) return [remove(block)];
  const itemsIn = (item: Item): Item[] => itemsOf(text, tokens, item.from, item.to);
  const items = itemsIn(block);
  switch (block.name) {
    case "provider":
      return excluded.isProviderUsed(block.labels[0] ?? "") ? [] : [remove(block)];
    case "import":
    case "moved":
    case "removed": {
      const attributes = items
        .filter(({ name }) => /^(from|to|provider)$/.test(name))
        .map((attribute): [string, string] => [attribute.name, valueOf(attribute, file)]);
      if (excluded.refersToSkipped(Object.fromEntries(attributes))) return [remove(block)];
      return excluded.policy.runsLocalCode
        ? []
        : items.filter(({ name }) => name === "provisioner").map(remove);
    }
    case "resource":
      return excluded.policy.runsLocalCode
        ? []
        : items.filter(({ kind, name }) => kind === "block" && name === "provisioner").map(remove);
    case "module":
      return items
        .filter(({ name }) => name === "providers")
        .flatMap((attribute) => providerEntryRemovals(attribute, file));
    case "terraform":
      return items.flatMap((item) => {
        if (item.name === "encryption") return [remove(item)];
        if (item.name === "provider_meta")
          return excluded.isProviderUsed(item.labels[0] ?? "") ? [] : [remove(item)];
        return item.name === "required_providers"
          ? itemsIn(item)
              .filter(({ name }) => !excluded.isProviderUsed(name))
              .map(remove)
          : [];
      });
    default:
      return [];
  }
}

/** Edits that remove skipped providers from the `providers` argument of a module call. */
function providerEntryRemovals({ from }: Item, { tokens, excluded }: File): Edit[] {
  const edits: Edit[] = [];
  const end = tokens[from]?.close ?? from;
  let first = from + 1;
  for (let index = first; index <= end; index++) {
    const token = tokens[index];
    if (index < end && token?.text !== "," && token?.kind !== "newline") continue;
    const entry = tokens.slice(first, index);
    const value = entry[entry.findIndex(({ text }) => text === "=" || text === ":") + 1];
    const [start] = entry;
    if (start && value && !excluded.isProviderUsed(value.text))
      edits.push({
        start: start.start,
        end: token?.text === "," ? token.end : (entry.at(-1)?.end ?? start.end),
        text: "",
      });
    first = index + 1;
  }
  return edits;
}
