import { isObject, type Json, listOf } from "./plan-json.ts";

/** A step of a reference: a name, or a key in brackets. */
export type ReferenceStep = string | { readonly key: string | number };

/** The cache size: configurations repeat references, and the instances of a resource share its references. */
const MAX_CACHED_REFERENCES = 10_000;

const parsedReferences = new Map<string, readonly ReferenceStep[]>();

/**
 * Parses a reference.
 *
 * @example parseReference('module.a["x"].subnet_ids') // ["module", "a", { key: "x" }, "subnet_ids"]
 */
export function parseReference(reference: string): readonly ReferenceStep[] {
  const cached = parsedReferences.get(reference);
  if (cached) return cached;
  const steps: ReferenceStep[] = [];
  for (const [, name, text, number] of reference.matchAll(
    /([\p{L}_][\p{L}\p{N}_-]*)|\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]/gu,
  )) {
    if (name !== undefined) steps.push(name);
    else if (text !== undefined) steps.push({ key: text.replace(/\\(.)/g, "$1") });
    else if (number !== undefined) steps.push({ key: Number(number) });
  }
  if (parsedReferences.size > MAX_CACHED_REFERENCES) parsedReferences.clear();
  parsedReferences.set(reference, steps);
  return steps;
}

const expressionReferences = new WeakMap<Json, string[]>();

/** The references of an expression. Terraform lists each reference followed by its prefixes; the prefixes are omitted. */
export function referencesOf(expression: Json): string[] {
  const cached = expressionReferences.get(expression);
  if (cached) return cached;
  const texts = listOf(expression["references"]).filter((entry) => typeof entry === "string");
  const references = texts.filter((text, index) => {
    const previous = texts[index - 1];
    return (
      previous === undefined ||
      !(previous.startsWith(`${text}.`) || previous.startsWith(`${text}[`))
    );
  });
  expressionReferences.set(expression, references);
  return references;
}

/** The expression of an attribute, or the nearest expression that contains it; undefined if it has no expression. */
export function expressionAt(
  expressions: unknown,
  path: readonly (string | number)[],
): Json | undefined {
  let current: unknown = expressions;
  for (const step of path) {
    if (isObject(current) && ("references" in current || "constant_value" in current))
      return current;
    const next: unknown =
      typeof step === "number"
        ? listOf(current)[step]
        : isObject(current)
          ? current[step]
          : undefined;
    // A block that a provider allows once is an object, without an index.
    if (next === undefined && isObject(current) && typeof step === "number") continue;
    current = next;
  }
  return isObject(current) ? current : undefined;
}
