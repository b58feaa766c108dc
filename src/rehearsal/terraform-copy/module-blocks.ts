import { isObject } from "../../shared/index.ts";
import { type Block, blocksOf, labelled, type Module } from "./hcl-modules.ts";
import type { BlockKind } from "./providers.ts";

/** Kinds of blocks with a type and a name that other expressions can refer to. */
export const REFERABLE_KINDS = ["resource", "data", "ephemeral"] as const;
export type ReferableKind = (typeof REFERABLE_KINDS)[number];

/** The address of a block in its module. Managed resources have no prefix. */
export const addressOf = (kind: BlockKind, type: string, name: string): string =>
  kind === "resource" ? `${type}.${name}` : `${kind}.${type}.${name}`;

/** The address of a block of a module in the whole configuration. */
export const addressInModule = (module: string, address: string): string =>
  module === "" ? address : `${module}.${address}`;

/** A block by its kind and labels, as Terraform identifies it. */
export const blockKey = (kind: string, ...labels: readonly string[]): string =>
  [kind, ...labels].join(" ");

/** An expression without the template markers ${ } of Terraform's JSON syntax. */
export const withoutTemplate = (expression: unknown): string =>
  typeof expression === "string" ? expression.replace(/^\$\{\s*(.*?)\s*\}$/s, "$1") : "";

/** The local name in a reference to a provider, such as `aws` in `aws.west`. */
export const localNameIn = (expression: unknown): string =>
  withoutTemplate(expression).split(".")[0] ?? "";

/** The local name of the provider of a block. By default it is the first part of the type. */
export const localNameOf = (type: string, bodies: readonly Block[]): string =>
  localNameIn(bodies.findLast((body) => body["provider"] !== undefined)?.["provider"]) ||
  (type.split("_")[0] ?? type);

/** Blocks with the same type and name. Override files can add to a block. */
export interface LabelledBlocks {
  readonly type: string;
  readonly name: string;
  /** In the order in which Terraform merges them. */
  readonly bodies: Block[];
}

/** All blocks of a kind that has two labels, by type and name. */
export function blocksByTypeAndName(module: Module, kind: string): LabelledBlocks[] {
  const blocks = new Map<string, LabelledBlocks>();
  for (const { body } of module.files)
    for (const [type, names] of labelled(body[kind]))
      for (const [name, block] of labelled(names)) {
        const entry = blocks.get(`${type}.${name}`) ?? { type, name, bodies: [] };
        entry.bodies.push(block);
        blocks.set(`${type}.${name}`, entry);
      }
  return [...blocks.values()];
}

/** All strings in a value, including keys. */
export function* stringsIn(value: unknown): Iterable<string> {
  if (typeof value === "string") yield value;
  else if (Array.isArray(value)) for (const element of value) yield* stringsIn(element);
  else if (isObject(value))
    for (const [key, element] of Object.entries(value)) {
      yield key;
      yield* stringsIn(element);
    }
}

/** The blocks and locals of a module that an expression can refer to. */
export const blockKeysOf = (module: Module): string[] => [
  ...REFERABLE_KINDS.flatMap((kind) =>
    blocksByTypeAndName(module, kind).map(({ type, name }) => blockKey(kind, type, name)),
  ),
  ...module.files.flatMap(({ body }) => [
    ...["module", "variable", "output", "check"].flatMap((kind) =>
      labelled(body[kind]).map(([name]) => blockKey(kind, name)),
    ),
    ...blocksOf(body["locals"]).flatMap((block) =>
      Object.keys(block).map((name) => blockKey("locals", name)),
    ),
  ]),
];
