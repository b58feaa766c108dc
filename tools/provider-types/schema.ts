import type {
  AttributeType,
  BlockSchema,
  BlockType,
} from "../../src/constructs/provider/arguments.ts";

/** A type in the JSON of `terraform providers schema`, such as "string" or ["map", "string"]. */
type CtyType =
  | string
  | readonly [kind: string, element: CtyType | Readonly<Record<string, CtyType>>];

interface SchemaAttribute {
  readonly type?: CtyType;
  readonly required?: boolean;
  readonly optional?: boolean;
  readonly computed?: boolean;
  readonly deprecated?: boolean;
  readonly write_only?: boolean;
}

export interface SchemaBlock {
  readonly attributes?: Readonly<Record<string, SchemaAttribute>>;
  readonly block_types?: Readonly<
    Record<
      string,
      {
        readonly nesting_mode: "list" | "set" | "single";
        readonly block: SchemaBlock;
        readonly min_items?: number;
        readonly max_items?: number;
      }
    >
  >;
  readonly deprecated?: boolean;
}

/** The schema of a provider. Source: Terraform docs, "terraform providers schema". */
export interface ProviderSchema {
  readonly provider: { readonly block: SchemaBlock };
  readonly resource_schemas: Readonly<Record<string, { readonly block: SchemaBlock }>>;
  readonly data_source_schemas: Readonly<Record<string, { readonly block: SchemaBlock }>>;
}

/** An argument: an attribute that can be set, or a block. */
export interface Argument {
  readonly type: AttributeType | BlockType;
  readonly isRequired: boolean;
  /** Arguments of a block. */
  readonly block: Arguments;
}

export type Arguments = ReadonlyMap<string, Argument>;

/** The name of a type: ["map", "string"] is map(string). Undefined for types of objects. */
function attributeType(type: CtyType | undefined): AttributeType | undefined {
  if (typeof type === "string") return type as AttributeType; // the names of primitive types are the same
  if (type === undefined || typeof type[1] !== "string") return undefined;
  return `${type[0]}(${type[1]})` as AttributeType; // as above
}

/** The members of an attribute that is a list or a set of objects. */
function memberArguments(type: CtyType | undefined): Arguments | undefined {
  if (typeof type !== "object" || typeof type[1] === "string") return undefined;
  const [kind, inner] = type;
  if (kind !== "object") return memberArguments(inner as CtyType); // only the inner part of an object is a record
  return new Map(
    Object.entries(inner as Readonly<Record<string, CtyType>>).map(([name, member]) => {
      const simple = attributeType(member);
      if (simple === undefined) throw new TypeError(`${name} has a nested object type`);
      return [name, { type: simple, isRequired: false, block: new Map() }];
    }),
  );
}

const schemaOf = (block: Arguments): BlockSchema =>
  Object.fromEntries([...block].map(([name, { type }]) => [name, type]));

/** The arguments of a block, without deprecated and write-only ones, and without the ID of a resource. */
export function argumentsOf({ attributes = {}, block_types: blocks = {} }: SchemaBlock): Arguments {
  const found = new Map<string, Argument>();
  for (const [name, attribute] of Object.entries(attributes)) {
    const { type, required = false, optional = false, deprecated, write_only } = attribute;
    if (!(required || optional) || deprecated === true || write_only === true) continue;
    if (name === "id" && attribute.computed === true) continue;
    const simple = attributeType(type);
    if (simple !== undefined) {
      found.set(name, { type: simple, isRequired: required, block: new Map() });
      continue;
    }
    const block = memberArguments(type);
    if (block === undefined) throw new TypeError(`${name} has an unknown type`);
    const nesting = typeof type === "object" && type[0] === "set" ? "set" : "list";
    found.set(name, {
      type: { nesting, isAttribute: true, block: schemaOf(block) },
      isRequired: required,
      block,
    });
  }
  for (const [name, { block, nesting_mode, min_items = 0, max_items }] of Object.entries(blocks)) {
    if (block.deprecated === true) continue;
    const inner = argumentsOf(block);
    const nesting = nesting_mode === "single" ? "struct" : nesting_mode;
    found.set(name, {
      type: { nesting, ...(max_items === 1 ? { maxItems: 1 } : {}), block: schemaOf(inner) },
      isRequired: min_items > 0,
      block: inner,
    });
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The attributes that have a reference: all except lists of objects. */
export function referencesOf({ attributes = {} }: SchemaBlock): ReadonlyMap<string, AttributeType> {
  return new Map(
    Object.entries(attributes).flatMap(([name, { type, deprecated, write_only }]) => {
      const simple = attributeType(type);
      return simple === undefined || deprecated === true || write_only === true
        ? []
        : [[name, simple]];
    }),
  );
}

/** The arguments of generated types that a schema does not have, or has with another type. */
export function differences(path: string, own: BlockSchema, block: SchemaBlock): string[] {
  return Object.entries(own).flatMap(([name, type]) => {
    const attribute = block.attributes?.[name];
    const blockType = block.block_types?.[name];
    const place = `${path}.${name}`;
    if (typeof type !== "string") {
      if (blockType !== undefined) return differences(place, type.block, blockType.block);
      return memberArguments(attribute?.type) === undefined ? [`${place}: no block`] : [];
    }
    const found = attributeType(attribute?.type);
    if (attribute?.required !== true && attribute?.optional !== true) return [`${place}: missing`];
    return found === type ? [] : [`${place}: ${found}, not ${type}`];
  });
}

/** Paths of the attributes that a configuration can set, and of those that AWS sets in its blocks, such as `setting.name`. */
export function configurablePaths(block: SchemaBlock, prefix = ""): string[] {
  const { attributes = {}, block_types: blocks = {} } = block;
  return [
    ...Object.entries(attributes).flatMap(([name, { type, required, optional }]) => {
      if (prefix === "" && required !== true && optional !== true) return [];
      const members = objectMembers(type);
      return members === undefined
        ? [`${prefix}${name}`]
        : Object.keys(members).map((member) => `${prefix}${name}.${member}`);
    }),
    ...Object.entries(blocks)
      .filter(([name]) => prefix !== "" || name !== "timeouts")
      .flatMap(([name, { block: inner }]) => configurablePaths(inner, `${prefix}${name}.`)),
  ];
}

/** The members of a list or a set of objects; undefined for any other type. */
function objectMembers(type: CtyType | undefined): Readonly<Record<string, CtyType>> | undefined {
  if (typeof type !== "object" || typeof type[1] === "string") return undefined;
  return type[0] === "object"
    ? (type[1] as Readonly<Record<string, CtyType>>) // only the inner part of an object is a record
    : objectMembers(type[1] as CtyType); // as above
}
