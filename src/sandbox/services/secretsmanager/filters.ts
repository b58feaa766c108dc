import type * as sm from "@aws-sdk/client-secrets-manager";
import { notImplemented, AwsError } from "../../protocol/errors.ts";
import type { Secret } from "./tables.ts";

const splitText = (text: string): string[] =>
  text.split(/[^\p{L}\p{N}]+/u).filter((part) => part !== "");

/** The texts of a secret that a filter key searches. */
function searchedTexts(secret: Secret, key: string): readonly string[] {
  switch (key) {
    case "name":
      return [secret.name];
    case "description":
      return [secret.description ?? "", ...splitText(secret.description ?? "")];
    case "tag-key":
      return Object.keys(secret.tags);
    case "tag-value":
      return Object.values(secret.tags);
    case "all":
      return [secret.name, secret.description ?? "", ...Object.entries(secret.tags).flat()].flatMap(
        (text) => [text, ...splitText(text)],
      );
    default:
      throw notImplemented(`the secret filter ${key}`);
  }
}

/** Whether a value matches by prefix. Upper and lower case are the same in descriptions and in searches of all attributes. */
function matchesValue(secret: Secret, key: string, value: string): boolean {
  if (value.startsWith("!")) return !matchesValue(secret, key, value.slice(1));
  const ignoresCase = key === "description" || key === "all";
  const fold = (text: string): string => (ignoresCase ? text.toLowerCase() : text);
  const texts = searchedTexts(secret, key).map(fold);
  const parts = key === "all" ? value.split(/\s+/) : [value];
  return parts.every((part) => texts.some((text) => text.startsWith(fold(part))));
}

/**
 * The secrets that match every filter. A secret matches a filter if it matches one of the filter's values.
 *
 * Source: AWS Secrets Manager API Reference, Filter; User Guide, "Find secrets in AWS Secrets Manager".
 */
export function filterSecrets(
  secrets: readonly Secret[],
  filters: readonly sm.Filter[] = [],
): Secret[] {
  for (const { Key: key, Values: values } of filters) {
    if (key === undefined) throw new AwsError("InvalidParameterException", "Invalid filter key");
    if (values === undefined || values.length === 0)
      throw new AwsError("InvalidParameterException", `Invalid filter values for key: ${key}`);
  }
  return secrets.filter((secret) =>
    filters.every(({ Key: key = "", Values: values = [] }) =>
      values.some((value) => matchesValue(secret, key, value)),
    ),
  );
}
