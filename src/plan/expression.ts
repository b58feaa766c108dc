import { isObject, type Json } from "./plan-json.ts";
import { parseReference, type ReferenceStep, referencesOf } from "./reference-syntax.ts";

/** A reference such as `module.network.subnet_ids[0]`. */
export interface ReferenceExpression {
  readonly kind: "reference";
  /** The reference as the configuration writes it. */
  readonly text: string;
  readonly steps: readonly ReferenceStep[];
}

/** A for expression: `[for key, value in collection : result if condition]`, or with `keyResult =>` in braces. */
export interface ForExpression {
  readonly kind: "for";
  readonly keyName: string | undefined;
  readonly valueName: string;
  readonly collection: Expression;
  /** Set for an object. */
  readonly keyResult: Expression | undefined;
  readonly result: Expression;
  readonly condition: Expression | undefined;
  /** True if the results of one key are a list (`...`). */
  readonly isGrouped: boolean;
}

/** A call of a function. */
export interface CallExpression {
  readonly kind: "call";
  readonly name: string;
  readonly args: readonly Expression[];
  /** True if the elements of the last argument are arguments (`...`). */
  readonly expandsLast?: boolean;
}

/**
 * An expression of the configuration. Source: Terraform Language Documentation, "Expressions".
 *
 * `references` is an expression of which only the references are known: the JSON of a plan contains no more.
 */
export type Expression =
  | { readonly kind: "constant"; readonly value: unknown }
  | ReferenceExpression
  | { readonly kind: "references"; readonly references: readonly ReferenceExpression[] }
  | { readonly kind: "step"; readonly of: Expression; readonly name: string }
  | { readonly kind: "index"; readonly of: Expression; readonly key: Expression }
  | {
      readonly kind: "splat";
      readonly of: Expression;
      readonly steps: readonly ReferenceStep[];
    }
  | { readonly kind: "list"; readonly elements: readonly Expression[] }
  | {
      readonly kind: "object";
      readonly entries: readonly (readonly [key: Expression, value: Expression])[];
    }
  | { readonly kind: "template"; readonly parts: readonly Expression[] }
  | ForExpression
  | {
      readonly kind: "conditional";
      readonly condition: Expression;
      readonly whenTrue: Expression;
      readonly whenFalse: Expression;
    }
  | CallExpression
  | {
      readonly kind: "operation";
      readonly operator: string;
      readonly operands: readonly Expression[];
    };

export const referenceExpression = (text: string): ReferenceExpression => ({
  kind: "reference",
  text,
  steps: parseReference(text),
});

const referenceLists = new WeakMap<readonly string[], Expression>();

/** An expression of which only the references are known. */
export function expressionOfReferences(references: readonly string[]): Expression {
  let expression = referenceLists.get(references);
  if (!expression) {
    expression = { kind: "references", references: references.map(referenceExpression) };
    referenceLists.set(references, expression);
  }
  return expression;
}

const planExpressions = new WeakMap<Json, Expression>();

/** The expression of an attribute, argument or output in the JSON of a plan; undefined if it is not an object. */
export function expressionOfPlan(json: unknown): Expression | undefined {
  if (!isObject(json)) return undefined;
  const cached = planExpressions.get(json);
  if (cached) return cached;
  const expression: Expression =
    "constant_value" in json && !("references" in json)
      ? { kind: "constant", value: json["constant_value"] }
      : expressionOfReferences(referencesOf(json));
  planExpressions.set(json, expression);
  return expression;
}
