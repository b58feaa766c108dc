import { isObject } from "../../shared/json.ts";

/**
 * The comparisons of event patterns and filter policies. Sources: Amazon EventBridge User Guide, "Comparison operators for use in event
 * patterns"; Amazon SNS Developer Guide, "Amazon SNS subscription filter policies"; of "exactly", aws/event-ruler, the library of
 * EventBridge.
 */
const MATCH_TYPES: ReadonlySet<string> = new Set([
  "anything-but",
  "cidr",
  "equals-ignore-case",
  "exactly",
  "exists",
  "numeric",
  "prefix",
  "suffix",
  "wildcard",
]);

/**
 * Why an event pattern of EventBridge or a filter policy of SNS is invalid; undefined if it is valid.
 *
 * Sources of the texts: aws/aws-cdk#36904 (empty list), awslabs/aws-deployment-framework#455 (neither object nor list); of the others,
 * aws/event-ruler.
 */
export function patternProblem(pattern: Readonly<Record<string, unknown>>): string | undefined {
  for (const [key, value] of Object.entries(pattern)) {
    const problem = fieldProblem(key, value);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function fieldProblem(key: string, value: unknown): string | undefined {
  if (isObject(value)) return patternProblem(value);
  if (!Array.isArray(value)) return `"${key}" must be an object or an array`;
  if (value.length === 0) return "Empty arrays are not allowed";
  const isAlternative = key === "$or" && value.every(isObject);
  for (const element of value) {
    const problem =
      isAlternative && isObject(element) ? patternProblem(element) : matchProblem(element);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function matchProblem(element: unknown): string | undefined {
  if (Array.isArray(element)) return "Match value must be String, number, true, false, or null";
  if (!isObject(element)) return undefined;
  const unknown = Object.keys(element).find((name) => !MATCH_TYPES.has(name));
  return unknown === undefined ? undefined : `Unrecognized match type ${unknown}`;
}
