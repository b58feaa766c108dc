import { parseExactly } from "../../plan/exact-numbers.ts";
import { isJson, type Json, listOf } from "../../plan/plan-json.ts";

// Nothing here calls itself: a plan may be nested deeper than the call stack.

const SENSITIVE = "!sensitive";
const UNKNOWN = "!unknown";

/** A value of a plan with Terraform's masks over it: true for a whole value, or a shape in which something is true. */
export interface MaskedValue {
  readonly value: unknown;
  readonly unknown: unknown;
  readonly sensitive: unknown;
}

/** Where a value is in an attribute: its own key, and what it is in. */
export interface Path {
  readonly key: string | number;
  readonly parent: Path | undefined;
}

export function pathKeys(path: Path | undefined): (string | number)[] {
  const steps: (string | number)[] = [];
  for (let step = path; step; step = step.parent) steps.push(step.key);
  return steps.reverse();
}

/** A path as people write it, such as `ingress[0].from_port`; empty for the whole value. */
export const formatPath = (steps: readonly unknown[]): string =>
  steps.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? String(step) : `${text}.${String(step)}`;
  }, "");

const propertyOf = (value: unknown, key: string | number): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string | number, unknown>)[key]
    : undefined; // an object or an array, with a key of its own

/** What a mask says of a part of its value. */
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

/** Masks that hold something true, and masks that do not: a mask is walked once. */
const maskCache = new WeakMap<object, boolean>();

/** True where a mask is true somewhere. */
function hasTrueValue(mask: unknown): boolean {
  if (typeof mask !== "object" || mask === null) return mask === true;
  const before = maskCache.get(mask);
  if (before !== undefined) return before;
  interface Visit {
    readonly mask: object;
    readonly parent: Visit | undefined;
  }
  const stack: Visit[] = [{ mask, parent: undefined }];
  const seen: object[] = [];
  for (let visit = stack.pop(); visit; visit = stack.pop()) {
    seen.push(visit.mask);
    for (const part of Object.values(visit.mask)) {
      if (part === true || (typeof part === "object" && part !== null && maskCache.get(part))) {
        for (let up: Visit | undefined = visit; up; up = up.parent) maskCache.set(up.mask, true);
        return true;
      }
      if (typeof part === "object" && part !== null) stack.push({ mask: part, parent: visit });
    }
  }
  for (const empty of seen) maskCache.set(empty, false);
  return false;
}

const isList = ({ value, unknown }: MaskedValue): boolean =>
  Array.isArray(value) || Array.isArray(unknown);

const isObject = ({ value, unknown }: MaskedValue): boolean =>
  isJson(value) || hasTrueValue(unknown);

const isMasked = ({ unknown, sensitive }: MaskedValue): boolean =>
  sensitive === true || unknown === true;

/** True for a null, and for what is not there: Terraform does not tell them apart in an object. */
const isAbsent = (side: MaskedValue): boolean =>
  !isMasked(side) && !isList(side) && !isObject(side) && (side.value ?? null) === null;

function keysOf(...sides: readonly MaskedValue[]): string[] {
  const known = sides.flatMap(({ value, unknown }) => [value, unknown]).filter(isJson);
  return [...new Set(known.flatMap((entry) => Object.keys(entry)))].sort();
}

const lengthOf = ({ value, unknown }: MaskedValue): number =>
  Math.max(listOf(value).length, listOf(unknown).length);

/** Attributes that hold an IAM, ECR or similar policy as text. */
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
 * The policy that a text holds. AWS does not say that the order of keys in a policy matters ("Grammar of the IAM JSON
 * policy language" says that it does not), so two texts that differ in it alone are the same policy. A text in which a
 * key comes twice stays a text: readers differ about which of the two counts.
 */
function policyIn(key: string | number | undefined, text: unknown): Json | undefined {
  if (typeof key !== "string" || typeof text !== "string") return undefined;
  if (!POLICY_ATTRIBUTE.test(key) || !/^\s*\{/.test(text)) return undefined;
  try {
    const { value, members } = parseExactly(text);
    return isJson(value) && countMembers(value) === members ? value : undefined;
  } catch {
    return undefined; // a text that is no JSON is compared as it is
  }
}

/**
 * A value as text that does not depend on the order of keys. What is sensitive or unknown is a word that no JSON can be,
 * so that no value can pass for it; a null in an object is what is not there.
 *
 * @param key the attribute's name, which says whether a text is a policy
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
      for (let at = lengthOf(entry) - 1; at >= 0; at -= 1)
        stack.push(",", { ...memberOf(entry, at), key: at });
    } else if (isObject(entry)) {
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

/** A value without masks as text that does not depend on the order of keys. */
export const canonicalValue = (value: unknown): string =>
  canonical({ value, unknown: false, sensitive: false });

/** A value of a changed resource that is another after the change. */
export interface Difference {
  readonly path: Path | undefined;
  readonly before: MaskedValue;
  readonly after: MaskedValue;
}

/** What an update changes, value by value. A list counts as one value: what stands beside a changed item matters. */
export function differencesOf(before: MaskedValue, after: MaskedValue): Difference[] {
  const found: Difference[] = [];
  const stack: Difference[] = [{ path: undefined, before, after }];
  for (let pair = stack.pop(); pair; pair = stack.pop()) {
    const sides = [pair.before, pair.after] as const;
    if (!sides.some(isMasked) && sides.every(({ value }) => isJson(value))) {
      for (const key of keysOf(...sides))
        stack.push({
          path: { key, parent: pair.path },
          before: memberOf(pair.before, key),
          after: memberOf(pair.after, key),
        });
      continue;
    }
    // A secret that changes is a change, though neither its old nor its new value is written down.
    const [entry, other] = sides.map((side) =>
      canonical({ ...side, sensitive: false }, pair.path?.key),
    );
    if (entry !== other) found.push(pair);
  }
  return found;
}

/** Paths below a value at which a mask is true. */
function pathsWhere(
  side: MaskedValue,
  from: Path | undefined,
  isTrue: (side: MaskedValue) => boolean,
): Path[] {
  const found: Path[] = [];
  const stack: (readonly [MaskedValue, Path | undefined])[] = [[side, from]];
  for (let top = stack.pop(); top; top = stack.pop()) {
    const [inner, path] = top;
    if (isTrue(inner)) found.push(path ?? { key: "", parent: undefined });
    else if (inner.unknown !== true && (isList(inner) || isObject(inner))) {
      const keys = isList(inner)
        ? Array.from({ length: lengthOf(inner) }, (_, at) => at)
        : keysOf(inner);
      for (const key of keys) stack.push([memberOf(inner, key), { key, parent: path }]);
    }
  }
  return found;
}

/** Paths of the secrets in a value. */
export const sensitivePaths = (side: MaskedValue, from?: Path): Path[] =>
  pathsWhere(
    side,
    from,
    (inner) => inner.sensitive === true && !isAbsent({ ...inner, sensitive: false }),
  );

/** Paths of what is not known in a value, but for secrets. */
export const unknownPaths = (side: MaskedValue): Path[] =>
  pathsWhere(side, undefined, (inner) => inner.unknown === true && inner.sensitive !== true);
