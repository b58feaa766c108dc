import type { ContextValues } from "./conditions.ts";
import { literal } from "./match.ts";

/** The version of the policy language with policy variables. Source: IAM User Guide, "IAM JSON policy elements: Version". */
const VERSION_WITH_VARIABLES = "2012-10-17";

/** ${key}, ${key, 'default'} and the special characters ${*}, ${?} and ${$}. */
const VARIABLE = /\$\{([^}]*)\}/g;
const SPECIAL: ReadonlySet<string> = new Set(["*", "?", "$"]);

/** True if a text contains policy variables, and the version of the policy supports them. */
export const hasVariables = (text: string, version: string): boolean =>
  version === VERSION_WITH_VARIABLES && text.includes("${");

/** The condition key of a variable in lower case, and the default value. */
function parseVariable(variable: string): { readonly key: string; readonly fallback?: string } {
  const parts = /^(.*?)\s*,\s*'(.*)'\s*$/s.exec(variable);
  return parts
    ? { key: (parts[1] ?? "").toLowerCase(), fallback: parts[2] ?? "" }
    : { key: variable.trim().toLowerCase() };
}

/**
 * The value of a variable. A multivalued key cannot be used as a variable.
 *
 * @returns undefined if the request has no value and the variable has no default
 */
function valueOf(variable: string, values: ContextValues): string | undefined {
  const { key, fallback } = parseVariable(variable);
  const value = values.get(key);
  return typeof value === "string" ? value : fallback;
}

/** The variables of a text for which the request has no value, and that have no default. */
export const variablesWithoutValue = (
  text: string,
  version: string,
  values: ContextValues,
): readonly string[] =>
  hasVariables(text, version)
    ? [...text.matchAll(VARIABLE)]
        .map(([, variable = ""]) => variable)
        .filter((variable) => !SPECIAL.has(variable) && valueOf(variable, values) === undefined)
    : [];

/**
 * Replaces the policy variables of a text.
 *
 * ${*}, ${?} and ${$} are literal characters. AWS does not document whether an asterisk in the value of a variable, such as a
 * tag, is a wildcard: the caller decides by `isLiteral`.
 *
 * Source: IAM User Guide, "IAM policy elements: Variables and tags".
 *
 * @param isLiteral true if wildcard characters in values match only themselves
 * @returns undefined if a variable has no value: the text then matches nothing
 */
export function fillVariables(
  text: string,
  version: string,
  values: ContextValues,
  isLiteral: boolean,
): string | undefined {
  if (!hasVariables(text, version)) return text;
  let isMissing = false;
  const filled = text.replace(VARIABLE, (_match, variable: string) => {
    if (SPECIAL.has(variable)) return literal(variable);
    const value = valueOf(variable, values);
    if (value === undefined) isMissing = true;
    return isLiteral ? literal(value ?? "") : (value ?? "");
  });
  return isMissing ? undefined : filled;
}
