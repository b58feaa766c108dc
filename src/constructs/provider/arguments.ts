import { canInspect, listMapper, Tokenization } from "cdktn";

/** The type of an attribute in the provider's schema, for example `string` or `list(string)`. */
export type AttributeType =
  | "bool"
  | "number"
  | "string"
  | `${"list" | "map" | "set"}(${"bool" | "number" | "string"})`;

/** A block in the provider's schema. `struct` is a block that can occur once: its value is an object, not a list of objects. */
export interface BlockType {
  readonly nesting: "list" | "set" | "struct";
  readonly block: BlockSchema;
}

/** The arguments of a resource or block, by their Terraform names. */
export type BlockSchema = Readonly<Record<string, AttributeType | BlockType>>;

/** An argument as cdktn's HCL output reads it. */
interface HclArgument {
  readonly value: unknown;
  readonly isBlock: boolean;
  readonly type: string;
  readonly storageClassType: string;
}

/** The name of an argument in TypeScript: `cidr_block` becomes `cidrBlock`. */
export const propertyName = (name: string): string =>
  name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** Maps the arguments that have a value, by their Terraform names. */
function mapArguments<T>(
  schema: BlockSchema,
  values: object,
  map: (type: AttributeType | BlockType, value: unknown) => T,
): Record<string, T> {
  const byProperty = new Map<string, unknown>(Object.entries(values));
  return Object.fromEntries(
    Object.entries(schema).flatMap(([name, type]) => {
      const value = byProperty.get(propertyName(name));
      return value === undefined ? [] : [[name, map(type, value)]];
    }),
  );
}

/** Applies a function to each block of a value. Tokens are returned unchanged. */
function mapBlocks(
  { nesting }: BlockType,
  value: unknown,
  map: (block: object) => unknown,
): unknown {
  const mapBlock = (block: unknown): unknown =>
    canInspect(block) && !Tokenization.isResolvable(block) ? map(block as object) : block; // typed by the Config interface
  return nesting === "struct" ? mapBlock(value) : listMapper(mapBlock, true)(value);
}

/** Arguments as Terraform JSON. */
export const toJson = (schema: BlockSchema, values: object): Record<string, unknown> =>
  mapArguments(schema, values, (type, value) =>
    typeof type === "string" ? value : mapBlocks(type, value, (block) => toJson(type.block, block)),
  );

/** Arguments with the metadata that cdktn's HCL output needs. */
export const toHcl = (schema: BlockSchema, values: object): Record<string, HclArgument> =>
  mapArguments(schema, values, (type, value) =>
    typeof type === "string"
      ? { value, isBlock: false, ...storageOf(type) }
      : {
          value: mapBlocks(type, value, (block) => toHcl(type.block, block)),
          isBlock: true,
          type: type.nesting,
          storageClassType: type.nesting,
        },
  );

function storageOf(type: AttributeType): { type: string; storageClassType: string } {
  const [, collection, element] = /^(list|map|set)\((\w+)\)$/.exec(type) ?? [];
  const className = (element ?? type).replace("bool", "boolean");
  if (collection === undefined) return { type: "simple", storageClassType: className };
  const suffix = collection === "map" ? "Map" : "List";
  return { type: collection, storageClassType: className + suffix };
}
