import { matches } from "./match.ts";
import type { Conditions } from "./policy.ts";

/** What is known of a request: condition key → its values. Keys are compared without regard to case. */
export type RequestContext = Readonly<Record<string, string | readonly string[]>>;

type Test = (value: string, wanted: string) => boolean;

const numbers =
  (test: (value: number, wanted: number) => boolean): Test =>
  (value, wanted) =>
    value.trim() !== "" && wanted.trim() !== "" && test(Number(value), Number(wanted));

const dates = (test: (value: number, wanted: number) => boolean): Test => {
  const time = (text: string): number =>
    /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  return (value, wanted) => test(time(value), time(wanted));
};

/** An ARN pattern is matched field by field: a wildcard does not cross the first five colons. */
const arnLike: Test = (value, wanted) => {
  const fields = (arn: string): string[] => {
    const parts = arn.split(":");
    return [...parts.slice(0, 5), parts.slice(5).join(":")];
  };
  const [have, want] = [fields(value), fields(wanted)];
  return want.every((pattern, index) => matches(pattern, have[index] ?? ""));
};

const ipIn: Test = (value, wanted) => {
  const address = (text: string): number | undefined => {
    const octets = text.split(".").map(Number);
    return octets.length === 4 && octets.every((octet) => octet >= 0 && octet <= 255)
      ? octets.reduce((sum, octet) => sum * 256 + octet, 0)
      : undefined;
  };
  const [network = "", prefix = "32"] = wanted.split("/");
  const [have, base] = [address(value), address(network)];
  if (have === undefined || base === undefined) return false;
  const size = 2 ** (32 - Number(prefix));
  return Math.floor(have / size) === Math.floor(base / size);
};

const not =
  (test: Test): Test =>
  (value, wanted) =>
    !test(value, wanted);

const equals: Test = (value, wanted) => value === wanted;
const equalsAnyCase: Test = (value, wanted) => value.toLowerCase() === wanted.toLowerCase();
const like: Test = (value, wanted) => matches(wanted, value);

/** Source: IAM User Guide, "IAM JSON policy elements: Condition operators". */
const OPERATORS: Readonly<Record<string, Test>> = {
  StringEquals: equals,
  StringNotEquals: not(equals),
  StringEqualsIgnoreCase: equalsAnyCase,
  StringNotEqualsIgnoreCase: not(equalsAnyCase),
  StringLike: like,
  StringNotLike: not(like),
  ArnEquals: arnLike,
  ArnLike: arnLike,
  ArnNotEquals: not(arnLike),
  ArnNotLike: not(arnLike),
  Bool: equalsAnyCase,
  NumericEquals: numbers((a, b) => a === b),
  NumericNotEquals: numbers((a, b) => a !== b),
  NumericLessThan: numbers((a, b) => a < b),
  NumericLessThanEquals: numbers((a, b) => a <= b),
  NumericGreaterThan: numbers((a, b) => a > b),
  NumericGreaterThanEquals: numbers((a, b) => a >= b),
  DateEquals: dates((a, b) => a === b),
  DateNotEquals: dates((a, b) => a !== b),
  DateLessThan: dates((a, b) => a < b),
  DateLessThanEquals: dates((a, b) => a <= b),
  DateGreaterThan: dates((a, b) => a > b),
  DateGreaterThanEquals: dates((a, b) => a >= b),
  IpAddress: ipIn,
  NotIpAddress: not(ipIn),
  BinaryEquals: equals,
};

const isNegated = (operator: string): boolean => /Not/.test(operator);

/**
 * True where every condition holds. An operator that is not known holds never.
 *
 * Source: IAM User Guide, "Conditions with multiple context keys or values".
 */
export function holds(conditions: Conditions, context: RequestContext): boolean {
  const known = new Map(
    Object.entries(context).map(([key, value]) => [
      key.toLowerCase(),
      typeof value === "string" ? [value] : value,
    ]),
  );
  return Object.entries(conditions).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) =>
      oneHolds(operator, known.get(key.toLowerCase()), wanted),
    ),
  );
}

function oneHolds(
  name: string,
  values: readonly string[] | undefined,
  wanted: readonly string[],
): boolean {
  const [, set, bare = "", ifExists] =
    /^(ForAllValues:|ForAnyValue:)?(.*?)(IfExists)?$/.exec(name) ?? [];
  if (bare === "Null") return wanted.includes(String(values === undefined || values.length === 0));
  const test = OPERATORS[bare];
  if (!test) return false;
  if (values === undefined || values.length === 0) {
    return (
      ifExists !== undefined || set === "ForAllValues:" || (set === undefined && isNegated(bare))
    );
  }
  const one = (value: string): boolean =>
    isNegated(bare) ? wanted.every((w) => test(value, w)) : wanted.some((w) => test(value, w));
  return set === "ForAllValues:" ? values.every(one) : values.some(one);
}
