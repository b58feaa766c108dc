import { isObject, listOf } from "./plan-json.ts";
import type { ReferenceStep } from "./reference-syntax.ts";
import type { AttributePath, Resource } from "./resource.ts";
import type { ResourceBlock } from "./resource-index.ts";
import { isUnknown, type Unknown } from "./unknown.ts";

/** Attributes that identify a resource: a reference to one of them is a reference to the resource. */
export const IDENTIFYING_ATTRIBUTES: ReadonlySet<string> = new Set([
  "id",
  "arn",
  "name",
  "bucket",
  "key_id",
  "url",
  "repository_url",
  "json",
]);

/** The instances of a module that a reference means. */
export interface ModuleValue {
  readonly kind: "module";
  /** The reference as the configuration writes it. */
  readonly text: string;
  /** Address of the module instance that contains the call. */
  readonly parent: string;
  /** Name of the module call. */
  readonly call: string;
  /** Addresses of the instances. */
  readonly instances: readonly string[];
}

/** A value as far as the configuration determines it before apply. */
export type SymbolicValue =
  | { readonly kind: "constant"; readonly value: unknown }
  /** A resource instance. */
  | { readonly kind: "resource"; readonly resource: Resource }
  /** All instances of a resource block: a map by for_each, a list by count, or a single instance. */
  | { readonly kind: "block"; readonly block: ResourceBlock }
  /** An attribute of a resource instance. */
  | { readonly kind: "attribute"; readonly resource: Resource; readonly path: AttributePath }
  /** Instances of a module. */
  | ModuleValue
  | { readonly kind: "list"; readonly elements: readonly SymbolicValue[] }
  | { readonly kind: "map"; readonly entries: ReadonlyMap<string, SymbolicValue> }
  /** A template: the concatenation of its parts. */
  | { readonly kind: "text"; readonly parts: readonly SymbolicValue[] }
  /** A value encoded by jsonencode. */
  | { readonly kind: "json"; readonly value: SymbolicValue }
  /** A value that consists of the parts, or is computed from them, in a way that is not determined. */
  | {
      readonly kind: "mixed";
      readonly parts: readonly SymbolicValue[];
      /** References that cannot be resolved, as the configuration writes them. */
      readonly unresolved: readonly string[];
    };

export const mixedValue = (parts: readonly SymbolicValue[]): SymbolicValue => ({
  kind: "mixed",
  parts,
  unresolved: [],
});

/** A value that no resource determines, such as path.module. */
export const NOT_A_RESOURCE: SymbolicValue = mixedValue([]);

/** The element of a list or a resource block that does not exist: Terraform rejects the expression, and `try` skips it. */
export const NO_ELEMENT: SymbolicValue = mixedValue([]);

export const unresolvedValue = (reference: string): SymbolicValue => ({
  kind: "mixed",
  parts: [],
  unresolved: [reference],
});

export const constantValue = (value: unknown): SymbolicValue => ({ kind: "constant", value });

export const listValue = (elements: readonly SymbolicValue[]): SymbolicValue => ({
  kind: "list",
  elements,
});

/** A map; a mixed value if one of its keys is not determined. */
export function mapValue(
  entries: readonly (readonly [key: SymbolicValue, value: SymbolicValue])[],
): SymbolicValue {
  const map = new Map<string, SymbolicValue>();
  for (const [keyValue, value] of entries) {
    const key = asKey(knownValue(keyValue));
    if (key === undefined) return mixedValue(entries.map(([, entry]) => entry));
    map.set(String(key), value);
  }
  return { kind: "map", entries: map };
}

const asKey = (key: unknown): string | number | undefined =>
  typeof key === "string" || typeof key === "number" ? key : undefined;

/** The element of a key, or the attribute of a name; a mixed value if the value does not determine it. */
export function stepInto(value: SymbolicValue, step: ReferenceStep): SymbolicValue {
  const key = typeof step === "string" ? step : step.key;
  if (value === NO_ELEMENT) return value;
  switch (value.kind) {
    case "constant":
      return constantAt(value.value, key);
    case "list":
      if (value.elements.length === 0) return NO_ELEMENT;
      return value.elements[Number(key)] ?? mixedValue(value.elements);
    case "map":
      return value.entries.get(String(key)) ?? mixedValue([...value.entries.values()]);
    case "resource":
      return { kind: "attribute", resource: value.resource, path: [key] };
    case "attribute":
      return { ...value, path: [...value.path, key] };
    case "block": {
      const { instances, byKey } = value.block;
      if (typeof step === "object") {
        const instance = byKey.get(key);
        return instance ? { kind: "resource", resource: instance } : NO_ELEMENT;
      }
      const values = instances.map((resource) => stepInto({ kind: "resource", resource }, step));
      return values.length === 1 && values[0] ? values[0] : mixedValue(values);
    }
    case "mixed":
      return typeof step === "string"
        ? { ...value, parts: value.parts.map((part) => attributeOfPart(part, step)) }
        : value;
    default:
      return value;
  }
}

/** An absent attribute is not null: it may have a default that the plan does not contain. */
function constantAt(value: unknown, key: string | number): SymbolicValue {
  const entry = isObject(value) ? value[String(key)] : listOf(value)[Number(key)];
  return entry === undefined || entry === null ? NOT_A_RESOURCE : constantValue(entry);
}

/** The attribute of a part of a mixed value. A part that has no attributes may be the attribute itself. */
const attributeOfPart = (part: SymbolicValue, name: string): SymbolicValue =>
  part.kind === "resource" || part.kind === "block" || part.kind === "mixed"
    ? stepInto(part, name)
    : part;

/** The elements of a list, or of a map with their keys; undefined if they are not determined. */
export function elementsOf(
  value: SymbolicValue,
): readonly (readonly [key: string | number, element: SymbolicValue])[] | undefined {
  switch (value.kind) {
    case "list":
      return value.elements.map((element, index) => [index, element] as const);
    case "map":
      return [...value.entries];
    case "constant":
      if (Array.isArray(value.value))
        return value.value.map(
          (element: unknown, index) => [index, constantValue(element)] as const,
        );
      return isObject(value.value)
        ? Object.entries(value.value).map(
            ([key, element]) => [key, constantValue(element)] as const,
          )
        : undefined;
    case "attribute": {
      const known = knownValue(value);
      return known === undefined ? undefined : elementsOf(constantValue(known));
    }
    case "block":
      return value.block.instances.every((resource) => asKey(resource.key) !== undefined)
        ? value.block.instances.map(
            (resource) => [asKey(resource.key) ?? "", { kind: "resource", resource }] as const,
          )
        : undefined;
    default:
      return undefined;
  }
}

/** Whether a value is null; undefined if the plan does not determine it. An identifier of a resource is never null. */
export function isNull(value: SymbolicValue): boolean | undefined {
  switch (value.kind) {
    case "constant":
      return value.value === undefined ? undefined : value.value === null;
    case "attribute":
      return knownValue(value) !== undefined ||
        IDENTIFYING_ATTRIBUTES.has(String(value.path.at(-1)))
        ? false
        : undefined;
    case "text": {
      // The text of a single part is the result of tostring.
      const [part, ...others] = value.parts;
      return part && others.length === 0 ? isNull(part) : false;
    }
    case "mixed":
    case "module":
    case "block":
      return undefined;
    default:
      return false;
  }
}

/** The value if it is known before apply; undefined if it is unknown, or null. */
export function knownValue(value: SymbolicValue): unknown {
  switch (value.kind) {
    case "constant":
      return value.value ?? undefined;
    case "attribute": {
      const known = value.resource.valueWithUnknowns(...value.path);
      return containsUnknown(known) ? undefined : known;
    }
    case "text": {
      const texts = value.parts.map(knownValue);
      return texts.every((text) => text !== undefined) ? texts.map(String).join("") : undefined;
    }
    case "list": {
      const elements = value.elements.map(knownValue);
      return elements.every((element) => element !== undefined) ? elements : undefined;
    }
    case "map": {
      const entries = [...value.entries].map(([key, entry]) => [key, knownValue(entry)] as const);
      return entries.every(([, entry]) => entry !== undefined)
        ? Object.fromEntries(entries)
        : undefined;
    }
    default:
      return undefined;
  }
}

function containsUnknown(value: unknown): boolean {
  if (isUnknown(value)) return true;
  if (Array.isArray(value)) return value.some(containsUnknown);
  return isObject(value) && Object.values(value).some(containsUnknown);
}

/**
 * A value with an Unknown for each part that is not determined: the value that jsonencode has encoded, for example.
 *
 * @param textOf the text of an attribute that is known after apply, such as an ARN that is determined by a name
 * @param unknown the Unknown of such a part
 */
export function withUnknowns(
  value: SymbolicValue,
  textOf: (resource: Resource, attribute: string) => string | undefined,
  unknown: Unknown,
): unknown {
  const convert = (part: SymbolicValue): unknown => {
    switch (part.kind) {
      case "constant":
        return part.value;
      case "list":
        return part.elements.map(convert);
      case "map":
        return Object.fromEntries([...part.entries].map(([key, entry]) => [key, convert(entry)]));
      case "text": {
        const texts = part.parts.map(convert);
        return texts.some(isUnknownOrStructured) ? unknown : texts.join("");
      }
      case "attribute": {
        const known = knownValue(part);
        if (known !== undefined) return known;
        const [attribute] = part.path;
        return part.path.length === 1 && typeof attribute === "string"
          ? (textOf(part.resource, attribute) ?? unknown)
          : unknown;
      }
      default:
        return unknown;
    }
  };
  return convert(value);
}

const isUnknownOrStructured = (value: unknown): boolean =>
  isUnknown(value) || value === null || typeof value === "object";
