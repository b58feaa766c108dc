import { parseExactly, isObject, type Json, listOf } from "../../plan/index.ts";

// No function here is recursive: a plan can be nested deeper than the call stack.

const SENSITIVE = "!sensitive";
const UNKNOWN = "!unknown";

/**
 * A value of a plan with Terraform's masks. A mask is true for a whole value, or has the shape of the value and is true for
 * some of its parts.
 */
export interface MaskedValue {
  readonly value: unknown;
  readonly unknown: unknown;
  readonly sensitive: unknown;
}

/** The path of a value in an attribute: the value's key, and the path of its parent. */
export interface Path {
  readonly key: string | number;
  readonly parent: Path | undefined;
}

/** The keys of a path, from the outermost to the innermost. */
export function pathKeys(path: Path | undefined): (string | number)[] {
  const steps: (string | number)[] = [];
  for (let step = path; step; step = step.parent) steps.push(step.key);
  return steps.reverse();
}

/** A path as text, such as `ingress[0].from_port`; empty for the whole value. */
export const formatPath = (steps: readonly unknown[]): string =>
  steps.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? String(step) : `${text}.${String(step)}`;
  }, "");

const propertyOf = (value: unknown, key: string | number): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string | number, unknown>)[key]
    : undefined; // an object or an array with this key

/** The mask of a part of a value. */
const maskOf = (mask: unknown, key: string | number): unknown =>
  typeof mask === "object" && mask !== null ? propertyOf(mask, key) : mask;

const memberOf = (
  { value, unknown, sensitive }: MaskedValue,
  key: string | number,
): MaskedValue => ({
  value: propertyOf(value, key),
  unknown: maskOf(unknown, key),
  sensitive: maskOf(sensitive, key),
});

/** Whether a mask contains true. With this cache, each mask is traversed once. */
const maskCache = new WeakMap<object, boolean>();

/** True if a mask is true, or contains true. */
function hasTrueValue(mask: unknown): boolean {
  if (typeof mask !== "object" || mask === null) return mask === true;
  const before = maskCache.get(mask);
  if (before !== undefined) return before;
  interface Visit {
    readonly mask: object;
    readonly parent: Visit | undefined;
  }
  const stack: Visit[] = [{ mask, parent: undefined }];
  const visited: object[] = [];
  for (let visit = stack.pop(); visit; visit = stack.pop()) {
    visited.push(visit.mask);
    for (const part of Object.values(visit.mask)) {
      if (part === true || (typeof part === "object" && part !== null && maskCache.get(part))) {
        for (let ancestor: Visit | undefined = visit; ancestor; ancestor = ancestor.parent)
          maskCache.set(ancestor.mask, true);
        return true;
      }
      if (typeof part === "object" && part !== null) stack.push({ mask: part, parent: visit });
    }
  }
  for (const empty of visited) maskCache.set(empty, false);
  return false;
}

const isList = ({ value, unknown }: MaskedValue): boolean =>
  Array.isArray(value) || Array.isArray(unknown);

const hasMembers = ({ value, unknown }: MaskedValue): boolean =>
  isObject(value) || hasTrueValue(unknown);

const isMasked = ({ unknown, sensitive }: MaskedValue): boolean =>
  sensitive === true || unknown === true;

/** True for null and for a missing value: in an object, Terraform treats them as equal. */
const isAbsent = (side: MaskedValue): boolean =>
  !isMasked(side) && !isList(side) && !hasMembers(side) && (side.value ?? null) === null;

function keysOf(...sides: readonly MaskedValue[]): string[] {
  const objects = sides.flatMap(({ value, unknown }) => [value, unknown]).filter(isObject);
  return [...new Set(objects.flatMap((entry) => Object.keys(entry)))].sort();
}

const lengthOf = ({ value, unknown }: MaskedValue): number =>
  Math.max(listOf(value).length, listOf(unknown).length);

/** Names of attributes that contain an IAM, ECR or similar policy as text. */
const POLICY_ATTRIBUTE = /(^|_)policy(_document|_json|_text)?$/;

function countMembers(value: unknown): number {
  let members = 0;
  const stack = [value];
  while (stack.length > 0) {
    const part = stack.pop();
    if (typeof part !== "object" || part === null) continue;
    const parts = Object.values(part);
    if (!Array.isArray(part)) members += parts.length;
    for (const inner of parts) stack.push(inner);
  }
  return members;
}

/**
 * The policy in a text. The order of keys in a policy has no meaning, so two texts that differ only in this order are the
 * same policy. A text with a duplicate key is not parsed: JSON parsers differ in which of the two values they use.
 *
 * Source: IAM User Guide, "Grammar of the IAM JSON policy language".
 */
function policyIn(key: string | number | undefined, text: unknown): Json | undefined {
  if (typeof key !== "string" || typeof text !== "string") return undefined;
  if (!POLICY_ATTRIBUTE.test(key) || !/^\s*\{/.test(text)) return undefined;
  try {
    const { value, members } = parseExactly(text);
    return isObject(value) && countMembers(value) === members ? value : undefined;
  } catch {
    return undefined; // a text that is not JSON is compared as text
  }
}

/**
 * A value as text, independent of the order of keys. Sensitive and unknown values become words that are not valid JSON, so
 * that no other value has the same text. A null in an object is omitted.
 *
 * @param key the attribute's name. It determines whether a text is parsed as a policy
 */
export function canonical(side: MaskedValue, key?: string | number): string {
  interface Entry extends MaskedValue {
    readonly key: string | number | undefined;
  }
  const parts: string[] = [];
  const stack: (string | Entry)[] = [{ ...side, key }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (typeof top === "string") {
      parts.push(top);
      continue;
    }
    const entry = top;
    const policy = policyIn(entry.key, entry.value);
    if (entry.sensitive === true) parts.push(SENSITIVE);
    else if (entry.unknown === true) parts.push(UNKNOWN);
    else if (isList(entry)) {
      parts.push("[");
      stack.push("]");
      for (let index = lengthOf(entry) - 1; index >= 0; index -= 1)
        stack.push(",", { ...memberOf(entry, index), key: index });
    } else if (hasMembers(entry)) {
      parts.push("{");
      stack.push("}");
      for (const name of keysOf(entry).reverse()) {
        const inner = memberOf(entry, name);
        if (!isAbsent(inner)) stack.push(",", { ...inner, key: name }, `${JSON.stringify(name)}:`);
      }
    } else if (policy) {
      parts.push("!policy");
      stack.push({ value: policy, unknown: false, sensitive: false, key: undefined });
    } else parts.push(JSON.stringify(entry.value ?? null));
  }
  return parts.join("");
}

/** A value without masks as text, independent of the order of keys. */
export const canonicalValue = (value: unknown): string =>
  canonical({ value, unknown: false, sensitive: false });

/** A value of a resource that an update changes. */
export interface Difference {
  readonly path: Path | undefined;
  readonly before: MaskedValue;
  readonly after: MaskedValue;
}

/** The values that an update changes. A list is a single value, because the items around a changed item matter too. */
export function differencesOf(before: MaskedValue, after: MaskedValue): Difference[] {
  const differences: Difference[] = [];
  const stack: Difference[] = [{ path: undefined, before, after }];
  for (let pair = stack.pop(); pair; pair = stack.pop()) {
    const sides = [pair.before, pair.after] as const;
    if (!sides.some(isMasked) && sides.every(({ value }) => isObject(value))) {
      for (const key of keysOf(...sides))
        stack.push({
          path: { key, parent: pair.path },
          before: memberOf(pair.before, key),
          after: memberOf(pair.after, key),
        });
      continue;
    }
    // The change of a sensitive value is a difference, but the values are not part of the fingerprint.
    const [textBefore, textAfter] = sides.map((side) =>
      canonical({ ...side, sensitive: false }, pair.path?.key),
    );
    if (textBefore !== textAfter) differences.push(pair);
  }
  return differences;
}

/** Paths of the parts of a value for which a condition is true. */
function pathsWhere(
  side: MaskedValue,
  from: Path | undefined,
  condition: (side: MaskedValue) => boolean,
): Path[] {
  const paths: Path[] = [];
  const stack: (readonly [MaskedValue, Path | undefined])[] = [[side, from]];
  for (let top = stack.pop(); top; top = stack.pop()) {
    const [inner, path] = top;
    if (condition(inner)) paths.push(path ?? { key: "", parent: undefined });
    else if (inner.unknown !== true && (isList(inner) || hasMembers(inner))) {
      const keys = isList(inner)
        ? Array.from({ length: lengthOf(inner) }, (_, index) => index)
        : keysOf(inner);
      for (const key of keys) stack.push([memberOf(inner, key), { key, parent: path }]);
    }
  }
  return paths;
}

/** Paths of the sensitive parts of a value. */
export const sensitivePaths = (side: MaskedValue, from?: Path): Path[] =>
  pathsWhere(
    side,
    from,
    (inner) => inner.sensitive === true && !isAbsent({ ...inner, sensitive: false }),
  );

/** Paths of the unknown parts of a value that are not sensitive. */
export const unknownPaths = (side: MaskedValue): Path[] =>
  pathsWhere(side, undefined, (inner) => inner.unknown === true && inner.sensitive !== true);
