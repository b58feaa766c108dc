import { isObject } from "./plan-json.ts";
import {
  constantValue,
  elementsOf,
  IDENTIFYING_ATTRIBUTES,
  knownValue,
  listValue,
  mixedValue,
  type SymbolicValue,
} from "./symbolic-value.ts";
import { formatValue } from "./unknown.ts";

type Evaluate = (args: readonly SymbolicValue[]) => SymbolicValue | undefined;

/** The elements of lists, one list after another; undefined if one of them is not determined. */
function concatenated(args: readonly SymbolicValue[]): SymbolicValue[] | undefined {
  const lists = args.map(elementsOf);
  return lists.every((list) => list !== undefined)
    ? lists.flatMap((list) => list.map(([, element]) => element))
    : undefined;
}

const asList = (elements: readonly SymbolicValue[] | undefined): SymbolicValue | undefined =>
  elements && listValue(elements);

/** The elements of nested lists; undefined if one of them is not determined. */
function flattened(value: SymbolicValue): readonly SymbolicValue[] | undefined {
  switch (value.kind) {
    case "list":
    case "constant": {
      const elements =
        value.kind === "list" || Array.isArray(value.value) ? elementsOf(value) : undefined;
      if (!elements) return [value];
      const parts = elements.map(([, element]) => flattened(element));
      return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
    }
    case "attribute": {
      const known = knownValue(value);
      if (known !== undefined) return flattened(constantValue(known));
      // An unknown value may be a list, but an ID, an ARN and a name are not.
      return IDENTIFYING_ATTRIBUTES.has(String(value.path.at(-1))) ? [value] : undefined;
    }
    case "resource":
    case "text":
    case "json":
      return [value];
    default:
      return undefined;
  }
}

/** The value that a JSON text encodes: the argument of jsonencode, or a template that is JSON for any values of its parts. */
function decodedJson(text: SymbolicValue): SymbolicValue | undefined {
  if (text.kind === "json") return text.value;
  const known = knownValue(text);
  const parts = text.kind === "text" && known === undefined ? text.parts : [constantValue(known)];
  // Until the text is decoded, a character of a private use area replaces each part that is not known.
  const placeholder = (index: number): string => String.fromCodePoint(0xf0000 + index);
  const values = parts.map(knownValue);
  if (values.some((value) => typeof value === "string" && /[\u{f0000}-\u{ffffd}]/u.test(value)))
    return undefined;
  try {
    return withParts(
      JSON.parse(
        values
          .map((value, index) => (value === undefined ? placeholder(index) : formatValue(value)))
          .join(""),
      ),
      parts,
    );
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A decoded value with the parts of its template in the place of their characters. */
function withParts(value: unknown, parts: readonly SymbolicValue[]): SymbolicValue {
  if (Array.isArray(value)) return listValue(value.map((element) => withParts(element, parts)));
  if (isObject(value))
    return {
      kind: "map",
      entries: new Map(
        Object.entries(value).map(([key, entry]) => [key, withParts(entry, parts)] as const),
      ),
    };
  if (typeof value !== "string") return constantValue(value);
  const pieces = value.split(/([\u{f0000}-\u{ffffd}])/u).filter((piece) => piece !== "");
  const values = pieces.map((piece) => {
    const code = piece.codePointAt(0) ?? 0;
    return (code >= 0xf0000 ? parts[code - 0xf0000] : undefined) ?? constantValue(piece);
  });
  const [only, ...others] = values;
  if (only === undefined) return constantValue("");
  return others.length === 0 ? only : { kind: "text", parts: values };
}

/** The placeholder of a part of a text that is not known. */
const PLACEHOLDER = "\u{f0000}";

/**
 * The text with a replacement. A pattern between slashes is a regular expression. Undefined for a reference to a group, such as `$1`,
 * and for syntax that regular expressions of JavaScript do not have.
 */
function replacedText(text: string, from: string, to: string): string | undefined {
  const [, expression] = /^\/(.*)\/$/s.exec(from) ?? [];
  if (expression === undefined) return text.replaceAll(from, () => to);
  if (to.includes("$")) return undefined;
  try {
    // With the flag "u", JavaScript rejects syntax that only Terraform has, such as [[:alpha:]].
    return text.replaceAll(new RegExp(expression, "gu"), to);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * The result of `replace`. It is determined too for the ARN of a task definition, such as `replace(arn, "/:\\d+$/", ":*")`, which ends
 * with the revision.
 */
function replaced(value: SymbolicValue, from: string, to: string): SymbolicValue | undefined {
  const known = knownValue(value);
  if (typeof known === "string") {
    const text = replacedText(known, from, to);
    return text === undefined ? undefined : constantValue(text);
  }
  if (value.kind !== "attribute" || value.resource.type !== "aws_ecs_task_definition")
    return undefined;
  if (value.path.length !== 1 || value.path[0] !== "arn") return undefined;
  const [text, other] = [1, 23].map((revision) =>
    replacedText(`${PLACEHOLDER}:${revision}`, from, to),
  );
  const [prefix, suffix, ...others] = text?.split(PLACEHOLDER) ?? [];
  if (text !== other || prefix === undefined || suffix === undefined || others.length > 0)
    return undefined;
  return {
    kind: "text",
    parts: [
      constantValue(prefix),
      { ...value, path: ["arn_without_revision"] },
      constantValue(suffix),
    ],
  };
}

/** Functions of Terraform that Berth evaluates. Source: Terraform Language Documentation, "Built-in Functions". */
const FUNCTIONS: Readonly<Record<string, Evaluate>> = {
  concat: (args) => asList(concatenated(args)),
  flatten: ([value]) => (value ? asList(flattened(value)) : undefined),
  jsondecode: ([text]) => text && decodedJson(text),
  jsonencode: ([value]) => value && { kind: "json", value },
  length: ([value]) => {
    const elements = value && elementsOf(value);
    return elements && constantValue(elements.length);
  },
  lookup: ([map, key, fallback]) => {
    const name = key && knownValue(key);
    const elements = map && elementsOf(map);
    if (!elements || name === undefined) return undefined;
    return elements.find(([entry]) => entry === name)?.[1] ?? fallback;
  },
  element: ([list, index]) => {
    const elements = list && elementsOf(list);
    const number = index && knownValue(index);
    return elements && typeof number === "number" && elements.length > 0
      ? elements[number % elements.length]?.[1]
      : undefined;
  },
  merge: (args) => {
    const maps = args.map(elementsOf);
    return maps.every((map) => map !== undefined)
      ? {
          kind: "map",
          entries: new Map(
            maps.flatMap((map) => map.map(([key, value]) => [String(key), value] as const)),
          ),
        }
      : undefined;
  },
  nonsensitive: ([value]) => value,
  replace: ([value, pattern, replacement]) => {
    const [from, to] = [pattern && knownValue(pattern), replacement && knownValue(replacement)];
    return value && typeof from === "string" && typeof to === "string"
      ? replaced(value, from, to)
      : undefined;
  },
  sensitive: ([value]) => value,
  // The list has another order than the set, but Terraform allows no index on a set, so no expression depends on it.
  tolist: ([list]) => list,
  tomap: ([map]) => map,
  toset: ([value]) => {
    const elements = value && elementsOf(value);
    if (!elements) return undefined;
    const known = elements.map(([, element]) => knownValue(element));
    return known.every((element) => typeof element === "string")
      ? {
          kind: "map",
          entries: new Map(known.map((element) => [element, constantValue(element)] as const)),
        }
      : undefined;
  },
  tonumber: ([value]) => {
    const number = value && knownValue(value);
    const isNumber = typeof number === "number" || (typeof number === "string" && number !== "");
    return isNumber && Number.isFinite(Number(number)) ? constantValue(Number(number)) : undefined;
  },
  tostring: ([value]) => value && { kind: "text", parts: [value] },
  values: ([map]) => {
    const elements = map && elementsOf(map);
    return asList(
      elements
        ?.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))
        .map(([, element]) => element),
    );
  },
};

/** The value of a call; a mixed value of its arguments if Berth does not evaluate the function. */
export const evaluateFunction = (name: string, args: readonly SymbolicValue[]): SymbolicValue =>
  FUNCTIONS[name]?.(args) ?? mixedValue(args);

type Operator = (a: unknown, b: unknown) => unknown;

const ofNumbers =
  (operator: (a: number, b: number) => unknown): Operator =>
  (a, b) =>
    typeof a === "number" && typeof b === "number" ? operator(a, b) : undefined;

const ofBooleans =
  (operator: (a: boolean, b: boolean) => boolean): Operator =>
  (a, b) =>
    typeof a === "boolean" && typeof b === "boolean" ? operator(a, b) : undefined;

/** Values of different types may be equal after a conversion, so they are not compared. */
const ofScalars =
  (operator: (a: unknown, b: unknown) => boolean): Operator =>
  (a, b) =>
    a !== undefined && typeof a === typeof b && typeof a !== "object" ? operator(a, b) : undefined;

const OPERATORS: Readonly<Record<string, Operator>> = {
  "&&": ofBooleans((a, b) => a && b),
  "||": ofBooleans((a, b) => a || b),
  "!": (a) => (typeof a === "boolean" ? !a : undefined),
  "==": ofScalars((a, b) => a === b),
  "!=": ofScalars((a, b) => a !== b),
  "<": ofNumbers((a, b) => a < b),
  ">": ofNumbers((a, b) => a > b),
  "<=": ofNumbers((a, b) => a <= b),
  ">=": ofNumbers((a, b) => a >= b),
  "+": ofNumbers((a, b) => a + b),
  "-": ofNumbers((a, b) => a - b),
  "*": ofNumbers((a, b) => a * b),
  "/": ofNumbers((a, b) => a / b),
  "%": ofNumbers((a, b) => a % b),
};

/** The value of an operator with known operands; a mixed value of them otherwise. */
export function evaluateOperation(
  operator: string,
  operands: readonly SymbolicValue[],
): SymbolicValue {
  const [a, b] = operands.map(knownValue);
  const result = OPERATORS[operator]?.(a, b);
  return result === undefined ? mixedValue(operands) : constantValue(result);
}
