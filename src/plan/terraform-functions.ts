import { isObject } from "./plan-json.ts";
import { PURE_FUNCTIONS } from "./pure-functions.ts";
import {
  constantValue,
  elementsOf,
  IDENTIFYING_ATTRIBUTES,
  isNull,
  knownValue,
  listValue,
  mapValue,
  mixedValue,
  NO_ELEMENT,
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
    case "map":
      return isSet(value.entries) ? undefined : [value];
    case "resource":
    case "text":
    case "json":
      return [value];
    default:
      return undefined;
  }
}

/** True for entries that may be a set: each element is its own key, as in the result of toset. */
const isSet = (entries: ReadonlyMap<string, SymbolicValue>): boolean =>
  [...entries].every(([key, value]) => knownValue(value) === key);

/** True if the text ends within a string of JSON. */
const endsInString = (json: string): boolean =>
  json.replaceAll(/\\./gs, "").split('"').length % 2 === 0;

/** The value that a JSON text encodes: the argument of jsonencode, or a template that is JSON for any values of its parts. */
export function decodedJson(text: SymbolicValue): SymbolicValue | undefined {
  if (text.kind === "json") return text.value;
  const known = knownValue(text);
  if (known === undefined && text.kind !== "text") return undefined;
  const parts = known === undefined ? partsOf(text) : [constantValue(known)];
  // Until the text is decoded, a character of a private use area replaces each part that is not known.
  const values = parts.map(knownValue);
  if (values.some((value) => typeof value === "string" && /[\u{f0000}-\u{ffffd}]/u.test(value)))
    return undefined;
  const decodedParts: SymbolicValue[] = [];
  let json = "";
  for (const [index, part] of parts.entries()) {
    const value = values[index];
    const placeholder = String.fromCodePoint(0xf0000 + index);
    const isInString = value === undefined && endsInString(json);
    json +=
      value === undefined ? (isInString ? placeholder : `"${placeholder}"`) : formatValue(value);
    // Outside of a string, the part is a number, a boolean or JSON.
    decodedParts.push(isInString ? part : part.kind === "json" ? part.value : mixedValue([part]));
  }
  try {
    return withParts(JSON.parse(json), decodedParts);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The parts of a text, without texts among them. */
const partsOf = (text: SymbolicValue): readonly SymbolicValue[] =>
  text.kind === "text" && knownValue(text) === undefined ? text.parts.flatMap(partsOf) : [text];

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

/** Whether a value is neither null nor an empty text; undefined if the plan does not determine it. */
function isPresent(value: SymbolicValue): boolean | undefined {
  if (isNull(value) === true) return false;
  const known = knownValue(value);
  if (known !== undefined) return known !== "";
  switch (value.kind) {
    case "attribute":
      return isNull(value) === false ? true : undefined;
    case "text":
      return value.parts.some((part) => isPresent(part) === true) ? true : undefined;
    case "resource":
    case "list":
    case "map":
    case "json":
      return true;
    default:
      return undefined;
  }
}

/** The first value that is neither null nor an empty text. */
function firstPresent(values: readonly SymbolicValue[]): SymbolicValue | undefined {
  for (const value of values) {
    const present = isPresent(value);
    if (present !== false) return present === true ? value : undefined;
  }
  return undefined;
}

/** The first value that has no error. */
function firstWithoutError(values: readonly SymbolicValue[]): SymbolicValue | undefined {
  const value = values.find((candidate) => candidate !== NO_ELEMENT);
  return value?.kind === "mixed" || value?.kind === "module" ? undefined : value;
}

/** A text that is equal for equal values only, and different for different ones; undefined if the plan does not determine that. */
function identityOf(value: SymbolicValue): string | undefined {
  const known = knownValue(value);
  if (known !== undefined) return JSON.stringify(known);
  const isIdentifier =
    value.kind === "attribute" && IDENTIFYING_ATTRIBUTES.has(String(value.path.at(-1)));
  return isIdentifier ? `${value.resource.address} ${value.path.join(".")}` : undefined;
}

/** The first of equal elements; undefined if it is not determined which elements are equal. */
function distinctElements(
  elements: readonly SymbolicValue[],
): readonly SymbolicValue[] | undefined {
  const byIdentity = new Map<string, SymbolicValue>();
  for (const element of elements) {
    const identity = identityOf(element);
    if (identity === undefined) return undefined;
    if (!byIdentity.has(identity)) byIdentity.set(identity, element);
  }
  return [...byIdentity.values()];
}

/** A text with the values in the place of the verbs `%s`, `%d` and `%v`. Source: Terraform Language Documentation, "format Function". */
function formatted([format, ...values]: readonly SymbolicValue[]): SymbolicValue | undefined {
  const text = format && knownValue(format);
  if (typeof text !== "string") return undefined;
  const pieces = text.split(/(%.)/s);
  const parts: SymbolicValue[] = [];
  for (const piece of pieces)
    if (piece === "%%") parts.push(constantValue("%"));
    else if (/^%[sdv]$/.test(piece)) {
      const value = values.shift();
      if (!value || typeof knownValue(value) === "object") return undefined;
      parts.push(value);
    } else if (piece.startsWith("%")) return undefined;
    else if (piece !== "") parts.push(constantValue(piece));
  return values.length === 0 ? { kind: "text", parts } : undefined;
}

/** The text of elements with a separator between them. */
function joined(separator: SymbolicValue, elements: readonly SymbolicValue[]): SymbolicValue {
  return {
    kind: "text",
    parts: elements.flatMap((element, index) => (index === 0 ? [element] : [separator, element])),
  };
}

/** All combinations of an element of each list, the last list varying fastest. */
const combinations = (
  lists: readonly (readonly SymbolicValue[])[],
): readonly (readonly SymbolicValue[])[] =>
  lists.reduce<readonly (readonly SymbolicValue[])[]>(
    (prefixes, list) => prefixes.flatMap((prefix) => list.map((element) => [...prefix, element])),
    [[]],
  );

const elementValues = (value: SymbolicValue | undefined): readonly SymbolicValue[] | undefined =>
  value && elementsOf(value)?.map(([, element]) => element);

const allElements = (
  args: readonly SymbolicValue[],
): readonly (readonly SymbolicValue[])[] | undefined => {
  const lists = args.map(elementValues);
  return lists.every((list) => list !== undefined) ? lists : undefined;
};

/** A set of texts, as a map in which each element is its own key. */
function toSet(elements: readonly SymbolicValue[] | undefined): SymbolicValue | undefined {
  const known = elements?.map(knownValue);
  return known?.every((element) => typeof element === "string") === true
    ? {
        kind: "map",
        entries: new Map(known.map((element) => [element, constantValue(element)] as const)),
      }
    : undefined;
}

/** Functions of Terraform that Berth evaluates. Source: Terraform Language Documentation, "Built-in Functions". */
const FUNCTIONS: Readonly<Record<string, Evaluate>> = {
  coalesce: firstPresent,
  coalescelist: (args) => asList(allElements(args)?.find((elements) => elements.length > 0)),
  compact: ([list]) => {
    const elements = elementValues(list);
    const present = elements?.map(isPresent);
    return present?.every((answer) => answer !== undefined) === true
      ? asList(elements?.filter((_, index) => present[index] === true))
      : undefined;
  },
  concat: (args) => asList(concatenated(args)),
  contains: ([list, value]) => {
    const identity = value && identityOf(value);
    const identities = elementValues(list)?.map(identityOf);
    if (identity === undefined || !identities) return undefined;
    if (identities.includes(identity)) return constantValue(true);
    // An identifier that is known after apply may equal a known text.
    const areKnown = [value, ...(elementValues(list) ?? [])].every(
      (element) => element && knownValue(element) !== undefined,
    );
    return areKnown ? constantValue(false) : undefined;
  },
  distinct: ([list]) => {
    const elements = elementValues(list);
    return asList(elements && distinctElements(elements));
  },
  flatten: ([value]) => (value ? asList(flattened(value)) : undefined),
  format: formatted,
  formatlist: ([format, ...args]) => {
    const lists = args.map(elementsOf);
    const length = lists.find((list) => list !== undefined)?.length;
    if (!format || length === undefined) return undefined;
    if (lists.some((list) => list !== undefined && list.length !== length)) return undefined;
    const texts = Array.from({ length }, (_, index) =>
      formatted([format, ...args.map((arg, place) => lists[place]?.[index]?.[1] ?? arg)]),
    );
    return texts.every((text) => text !== undefined) ? listValue(texts) : undefined;
  },
  join: ([separator, ...args]) => {
    const elements = concatenated(args);
    return separator && elements && joined(separator, elements);
  },
  jsondecode: ([text]) => text && decodedJson(text),
  jsonencode: ([value]) => value && { kind: "json", value },
  keys: ([map]) => {
    const elements = map && elementsOf(map);
    return elements && constantValue(elements.map(([key]) => String(key)).sort());
  },
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
  one: ([list]) => {
    const elements = elementValues(list);
    if (!elements || elements.length > 1) return undefined;
    return elements[0] ?? constantValue(null);
  },
  replace: ([value, pattern, replacement]) => {
    const [from, to] = [pattern && knownValue(pattern), replacement && knownValue(replacement)];
    return value && typeof from === "string" && typeof to === "string"
      ? replaced(value, from, to)
      : undefined;
  },
  reverse: ([list]) => asList(elementValues(list)?.toReversed()),
  sensitive: ([value]) => value,
  setproduct: (args) => {
    const lists = allElements(args);
    return lists && listValue(combinations(lists).map(listValue));
  },
  setunion: (args) => toSet(concatenated(args)),
  slice: ([list, start, end]) => {
    const [from, to] = [start && knownValue(start), end && knownValue(end)];
    return typeof from === "number" && typeof to === "number"
      ? asList(elementValues(list)?.slice(from, to))
      : undefined;
  },
  sort: ([list]) => {
    const texts = list && knownValue(list);
    return Array.isArray(texts) && texts.every((text) => typeof text === "string")
      ? constantValue(texts.toSorted())
      : undefined;
  },
  // The list has another order than the set, but Terraform allows no index on a set, so no expression depends on it.
  tolist: ([list]) => list,
  tomap: ([map]) => map,
  toset: ([value]) => toSet(elementValues(value)),
  tonumber: ([value]) => {
    const number = value && knownValue(value);
    const isNumber = typeof number === "number" || (typeof number === "string" && number !== "");
    return isNumber && Number.isFinite(Number(number)) ? constantValue(Number(number)) : undefined;
  },
  tostring: ([value]) => value && { kind: "text", parts: [value] },
  try: firstWithoutError,
  values: ([map]) => {
    const elements = map && elementsOf(map);
    return asList(
      elements
        ?.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))
        .map(([, element]) => element),
    );
  },
  zipmap: ([keys, values]) => {
    const [names, elements] = [elementValues(keys), elementValues(values)];
    return names && elements && names.length === elements.length
      ? mapValue(names.map((name, index) => [name, elements[index] ?? NO_ELEMENT] as const))
      : undefined;
  },
};

/** The result of a function that needs the values of all its arguments; undefined if one of them is not known. */
function evaluatePure(name: string, args: readonly SymbolicValue[]): SymbolicValue | undefined {
  const values = args.map(knownValue);
  const result = values.includes(undefined) ? undefined : PURE_FUNCTIONS[name]?.(...values);
  return result === undefined ? undefined : constantValue(result);
}

/** The value of a call; a mixed value of its arguments if Berth does not evaluate the function. */
export const evaluateFunction = (name: string, args: readonly SymbolicValue[]): SymbolicValue =>
  FUNCTIONS[name]?.(args) ?? evaluatePure(name, args) ?? mixedValue(args);

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

/** Whether a value equals null; undefined if none of the operands is null, or if the plan does not determine it. */
function equalityWithNull([a, b]: readonly SymbolicValue[]): boolean | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (isNull(a) === true) return isNull(b);
  return isNull(b) === true ? isNull(a) : undefined;
}

/** The value of an operator with known operands; a mixed value of them otherwise. */
export function evaluateOperation(
  operator: string,
  operands: readonly SymbolicValue[],
): SymbolicValue {
  if (operator === "==" || operator === "!=") {
    const isEqual = equalityWithNull(operands);
    if (isEqual !== undefined) return constantValue(isEqual === (operator === "=="));
  }
  const [a, b] = operands.map(knownValue);
  if (operator === "-" && operands.length === 1)
    return typeof a === "number" ? constantValue(-a) : mixedValue(operands);
  const result = OPERATORS[operator]?.(a, b);
  return result === undefined ? mixedValue(operands) : constantValue(result);
}
