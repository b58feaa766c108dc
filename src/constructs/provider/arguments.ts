import { canInspect, listMapper, Tokenization } from "cdktn";

/** The type of an attribute in the provider's schema, for example `string` or `list(string)`. */
export type AttributeType =
  | "bool"
  | "number"
  | "string"
  | `${"list" | "map" | "set"}(${"bool" | "number" | "string"})`;

/** A block in the provider's schema. */
export interface BlockType {
  readonly nesting: "list" | "set" | "struct";
  /** A block that can occur once has an object as its value, and not a list of objects. A struct always has. */
  readonly maxItems?: 1;
  /** True for an attribute that is a list of objects. Its objects have all members: a member without a value is null. */
  readonly isAttribute?: true;
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
  missing?: null,
): Record<string, T> {
  const byProperty = new Map<string, unknown>(Object.entries(values));
  return Object.fromEntries(
    Object.entries(schema).flatMap(([name, type]) => {
      const given = byProperty.get(propertyName(name));
      const value = given === undefined ? missing : given;
      return value === undefined ? [] : [[name, map(type, value)]];
    }),
  );
}

/** Applies a function to each block of a value. Tokens are returned unchanged. */
function mapBlocks(
  { nesting, maxItems }: BlockType,
  value: unknown,
  map: (block: object) => unknown,
): unknown {
  const mapBlock = (block: unknown): unknown =>
    canInspect(block) && !Tokenization.isResolvable(block) ? map(block as object) : block; // typed by the Config interface
  return nesting === "struct" || maxItems === 1
    ? mapBlock(value)
    : listMapper(mapBlock, true)(value);
}

/** The value of a member without a value. */
const missingIn = ({ isAttribute }: BlockType): null | undefined =>
  isAttribute === true ? null : undefined;

/** Arguments as Terraform JSON. */
export const toJson = (
  schema: BlockSchema,
  values: object,
  missing?: null,
): Record<string, unknown> =>
  mapArguments(
    schema,
    values,
    (type, value) =>
      typeof type === "string"
        ? value
        : mapBlocks(type, value, (block) => toJson(type.block, block, missingIn(type))),
    missing,
  );

/** Arguments with the metadata that cdktn's HCL output needs. */
export const toHcl = (
  schema: BlockSchema,
  values: object,
  missing?: null,
): Record<string, HclArgument> =>
  mapArguments(
    schema,
    values,
    (type, value) =>
      typeof type === "string"
        ? { value, isBlock: false, ...storageOf(type) }
        : {
            value: mapBlocks(type, value, (block) => toHcl(type.block, block, missingIn(type))),
            isBlock: true,
            type: type.nesting,
            storageClassType: type.nesting,
          },
    missing,
  );

function storageOf(type: AttributeType): { type: string; storageClassType: string } {
  const [, collection, element] = /^(list|map|set)\((\w+)\)$/.exec(type) ?? [];
  const className = (element ?? type).replace("bool", "boolean");
  if (collection === undefined) return { type: "simple", storageClassType: className };
  const suffix = collection === "map" ? "Map" : "List";
  return { type: collection, storageClassType: className + suffix };
}
