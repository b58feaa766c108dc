import { isObject } from "../../shared/index.ts";
import type { ExcludedBlocks } from "./excluded-blocks.ts";
import { type Block, blocksOf } from "./hcl-modules.ts";
import { blockKey, localNameIn } from "./module-blocks.ts";

/** Keeps the labels for which `isKept` is true, and edits their bodies. */
export function filterLabels(
  value: unknown,
  isKept: (label: string) => boolean,
  edit: (body: Block, label: string) => unknown = (body) => body,
): unknown {
  if (Array.isArray(value)) return value.map((element) => filterLabels(element, isKept, edit));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([label]) => isKept(label))
      .map(([label, body]) => [
        label,
        Array.isArray(body)
          ? body.map((element: unknown) => (isObject(element) ? edit(element, label) : element))
          : isObject(body)
            ? edit(body, label)
            : body,
      ]),
  );
}

const omit = (body: Block, names: readonly string[]): Block =>
  Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)));

/** A file in Terraform's JSON syntax without the skipped blocks. */
export function editJson(file: Block, excluded: ExcludedBlocks): unknown {
  const edited = Object.entries(file).map(([kind, value]) => [
    kind,
    editBlocks(kind, value, excluded),
  ]);
  return excluded.placeholders.replaceIn(Object.fromEntries(edited));
}

/** The blocks of a kind without the skipped blocks. */
function editBlocks(kind: string, value: unknown, excluded: ExcludedBlocks): unknown {
  const isProviderUsed = (localName: string): boolean => excluded.isProviderUsed(localName);
  const localCode = excluded.policy.runsLocalCode ? [] : ["provisioner"];
  switch (kind) {
    case "resource":
    case "data":
    case "ephemeral":
      return filterLabels(
        value,
        () => true,
        (names, type) =>
          filterLabels(
            names,
            (name) => !excluded.isRemoved(blockKey(kind, type, name)),
            (body) => omit(body, localCode),
          ),
      );
    case "provider":
      return filterLabels(value, isProviderUsed);
    case "check":
      return filterLabels(value, (name) => !excluded.isRemoved(blockKey(kind, name)));
    case "import":
    case "moved":
    case "removed":
      return blocksOf(value)
        .filter((block) => {
          const attributes = ["from", "to", "provider"].flatMap((name): [string, string][] =>
            typeof block[name] === "string" ? [[name, block[name]]] : [],
          );
          return !excluded.refersToSkipped(Object.fromEntries(attributes));
        })
        .map((block) => omit(block, localCode));
    case "module":
      return filterLabels(
        value,
        () => true,
        (call) => withoutSkippedProviders(call, isProviderUsed),
      );
    case "terraform":
      return blocksOf(value).map((block) => ({
        ...omit(block, ["encryption"]),
        ...Object.fromEntries(
          ["required_providers", "provider_meta"]
            .filter((name) => block[name] !== undefined)
            .map((name) => [name, filterLabels(block[name], isProviderUsed)]),
        ),
      }));
    default:
      return value;
  }
}

/** A module call without skipped providers in its `providers` argument. */
const withoutSkippedProviders = (
  call: Block,
  isProviderUsed: (localName: string) => boolean,
): Block =>
  isObject(call["providers"])
    ? {
        ...call,
        providers: Object.fromEntries(
          Object.entries(call["providers"]).filter(([, provider]) =>
            isProviderUsed(localNameIn(provider)),
          ),
        ),
      }
    : call;
