import { isJson, type Json, listOf } from "./plan-json.ts";

/** A step of a reference: a name, or a key in brackets. */
export type Step = string | { readonly key: string | number };

/** References that are remembered: configurations repeat them, and instances repeat configurations. */
const KEPT = 10_000;

const known = new Map<string, readonly Step[]>();

/** Reads a reference such as `module.a["x"].subnet_ids`. */
export function stepsOf(reference: string): readonly Step[] {
  const before = known.get(reference);
  if (before) return before;
  const steps: Step[] = [];
  for (const [, name, text, number] of reference.matchAll(
    /([\p{L}_][\p{L}\p{N}_-]*)|\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]/gu,
  )) {
    if (name !== undefined) steps.push(name);
    else if (text !== undefined) steps.push({ key: text.replace(/\\(.)/g, "$1") });
    else if (number !== undefined) steps.push({ key: Number(number) });
  }
  if (known.size > KEPT) known.clear();
  known.set(reference, steps);
  return steps;
}

const longest = new WeakMap<Json, string[]>();

/** The references of an expression; Terraform lists each with all that it begins with, and only the longest says all. */
export function referencesOf(expression: Json): string[] {
  const before = longest.get(expression);
  if (before) return before;
  const texts = listOf(expression["references"]).filter((entry) => typeof entry === "string");
  const found = texts.filter((value, index) => {
    const last = texts[index - 1];
    return last === undefined || !(last.startsWith(`${value}.`) || last.startsWith(`${value}[`));
  });
  longest.set(expression, found);
  return found;
}

/** The expression that an attribute was written with, or the nearest one around it; undefined where none is written. */
export function expressionAt(
  expressions: unknown,
  path: readonly (string | number)[],
): Json | undefined {
  let here: unknown = expressions;
  for (const step of path) {
    if (isJson(here) && ("references" in here || "constant_value" in here)) return here;
    const next: unknown =
      typeof step === "number" ? listOf(here)[step] : isJson(here) ? here[step] : undefined;
    if (next === undefined && isJson(here) && typeof step === "number") continue; // a block that comes once
    here = next;
  }
  return isJson(here) ? here : undefined;
}
