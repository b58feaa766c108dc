import type { ContextValues } from "./conditions.ts";
import { literal } from "./match.ts";

/** The version of the policy language that has policy variables. Source: IAM User Guide, "IAM JSON policy elements: Version". */
const WITH_VARIABLES = "2012-10-17";

/** ${key}, ${key, 'default'} and the special characters ${*}, ${?} and ${$}. */
const VARIABLE = /\$\{([^}]*)\}/g;
const SPECIAL: ReadonlySet<string> = new Set(["*", "?", "$"]);

/** True where a text has policy variables that a policy of this version replaces. */
export const hasVariables = (text: string, version: string): boolean =>
  version === WITH_VARIABLES && text.includes("${");

/** The key that a variable names, in lower case, and its default. */
function readVariable(variable: string): { readonly key: string; readonly fallback?: string } {
  const parts = /^(.*?)\s*,\s*'(.*)'\s*$/s.exec(variable);
  return parts
    ? { key: (parts[1] ?? "").toLowerCase(), fallback: parts[2] ?? "" }
    : { key: variable.trim().toLowerCase() };
}

/**
 * A variable's value. A key with several values cannot be a variable.
 *
 * @returns undefined where there is neither a value nor a default
 */
function valueOf(variable: string, values: ContextValues): string | undefined {
  const { key, fallback } = readVariable(variable);
  const found = values.get(key);
  return typeof found === "string" ? found : fallback;
}

/** Keys that a text's variables name and the request has no value for, where there is no default either. */
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
 * Replaces a text's policy variables.
 *
 * ${*}, ${?} and ${$} are the characters themselves, and no wildcards. Whether an asterisk in a variable's value, such as a
 * tag's, is a wildcard AWS does not document: the caller says which of the two is the safe reading.
 *
 * Source: IAM User Guide, "IAM policy elements: Variables and tags".
 *
 * @param isLiteral true where wildcard characters in values are to match themselves alone
 * @returns undefined where a variable has no value: the text then matches nothing
 */
export function fillVariables(
  text: string,
  version: string,
  values: ContextValues,
  isLiteral: boolean,
): string | undefined {
  if (!hasVariables(text, version)) return text;
  let isMissing = false;
  const filled = text.replace(VARIABLE, (_whole, variable: string) => {
    if (SPECIAL.has(variable)) return literal(variable);
    const value = valueOf(variable, values);
    if (value === undefined) isMissing = true;
    return isLiteral ? literal(value ?? "") : (value ?? "");
  });
  return isMissing ? undefined : filled;
}
