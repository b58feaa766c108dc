import { matches, plainText } from "./match.ts";
import type { Conditions } from "./policy.ts";

/** What is known of a request: condition key → its values. Keys are compared without regard to case. */
export type RequestContext = Readonly<Record<string, string | readonly string[]>>;

/** Values of a request's condition keys, by the key in lower case. A list is of a key that may have several values. */
export type ContextValues = ReadonlyMap<string, string | readonly string[]>;

const NO_VALUES: ContextValues = new Map();
const valuesByContext = new WeakMap<RequestContext, ContextValues>();

/** A context's values by key. The same context, asked of many policies, is read once. */
export function contextValues(context: RequestContext | undefined): ContextValues {
  if (context === undefined) return NO_VALUES;
  const known = valuesByContext.get(context);
  if (known) return known;
  const values = new Map(
    Object.entries(context).map(([key, value]) => [key.toLowerCase(), value] as const),
  );
  valuesByContext.set(context, values);
  return values;
}

type Test = (value: string, wanted: string) => boolean;

/** Compares what both texts are read as; a text that cannot be read matches nothing, negated or not. */
const compare =
  <T>(read: (text: string) => T | undefined, test: (value: T, wanted: T) => boolean): Test =>
  (value, wanted) => {
    const [left, right] = [read(value), read(wanted)];
    return left !== undefined && right !== undefined && test(left, right);
  };

function numberOf(text: string): number | undefined {
  const trimmed = text.trim();
  return /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) ? Number(trimmed) : undefined;
}

/** W3C's profile of ISO 8601, from the month on: a year alone is digits, as seconds since 1970 are. */
const W3C_DATE = /^\d{4}-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?$/;

/** Milliseconds since 1970 of an ISO 8601 date or of seconds since 1970. A time without an offset is in UTC. */
export function timeOf(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const date = text.toUpperCase();
  const fields = W3C_DATE.exec(date);
  if (!fields) return undefined;
  const hasTime = fields[2] !== undefined;
  const time = Date.parse(hasTime && fields[5] === undefined ? `${date}Z` : date);
  return Number.isNaN(time) ? undefined : time;
}

const numbers = (test: (value: number, wanted: number) => boolean): Test => compare(numberOf, test);
const dates = (test: (value: number, wanted: number) => boolean): Test => compare(timeOf, test);

/** An ARN pattern is matched field by field: a wildcard does not cross the first five colons. */
const arnLike: Test = (value, wanted) => {
  const fields = (arn: string): string[] => {
    const parts = arn.split(":");
    return [...parts.slice(0, 5), parts.slice(5).join(":")];
  };
  const [have, want] = [fields(value), fields(wanted)];
  return want.every((pattern, index) => matches(pattern, have[index] ?? ""));
};

interface Address {
  /** 32 for IPv4, 128 for IPv6. */
  readonly bits: number;
  readonly value: bigint;
}

function ipv4Of(text: string): bigint | undefined {
  const octets = text.split(".");
  return octets.length === 4 &&
    octets.every((octet) => /^\d{1,3}$/.test(octet) && Number(octet) < 256)
    ? octets.reduce((sum, octet) => sum * 256n + BigInt(octet), 0n)
    : undefined;
}

/** Source: RFC 4291, "IP Version 6 Addressing Architecture", section 2.2. */
function ipv6Of(text: string): bigint | undefined {
  const dotted = /^(.*:)([\d.]+)$/.exec(text);
  const embedded = dotted?.[2]?.includes(".") === true ? ipv4Of(dotted[2]) : undefined;
  if (text.includes(".") && embedded === undefined) return undefined;
  const whole =
    embedded === undefined
      ? text
      : `${dotted?.[1] ?? ""}${(embedded >> 16n).toString(16)}:${(embedded & 0xffffn).toString(16)}`;
  const halves = whole.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array<string>(missing).fill("0"), ...tail];
  if (!groups.every((group) => /^[\da-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((sum, group) => sum * 0x10000n + BigInt(`0x${group}`), 0n);
}

function addressOf(text: string): Address | undefined {
  const isIpv6 = text.includes(":");
  const value = isIpv6 ? ipv6Of(text) : ipv4Of(text);
  return value === undefined ? undefined : { bits: isIpv6 ? 128 : 32, value };
}

/** An address or a block in CIDR notation; undefined where the text is neither. */
function blockOf(text: string): (Address & { readonly prefix: number }) | undefined {
  const [network = "", prefix, ...rest] = text.split("/");
  const address = addressOf(network);
  if (!address || rest.length > 0) return undefined;
  if (prefix === undefined) return { ...address, prefix: address.bits };
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= address.bits
    ? { ...address, prefix: Number(prefix) }
    : undefined;
}

/** A block has addresses of its own family alone: no IPv4 block has an IPv6 address. */
const ipIn: Test = (value, wanted) => {
  const [source, block] = [addressOf(value), blockOf(wanted)];
  if (!source || !block || source.bits !== block.bits) return false;
  const shift = BigInt(block.bits - block.prefix);
  return source.value >> shift === block.value >> shift;
};

const not =
  (test: Test): Test =>
  (value, wanted) =>
    !test(value, wanted);

const equals: Test = (value, wanted) => value === plainText(wanted);
const equalsAnyCase: Test = (value, wanted) =>
  value.toLowerCase() === plainText(wanted).toLowerCase();
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
  // Requests carry binary values in base 64, as policies do.
  BinaryEquals: (value, wanted) =>
    Buffer.from(value, "base64").equals(Buffer.from(wanted, "base64")),
};

/** The parts of an operator's name. */
interface Operator {
  readonly set: "ForAllValues" | "ForAnyValue" | undefined;
  /** Without set operator and IfExists. */
  readonly name: string;
  readonly ifExists: boolean;
  readonly isNegated: boolean;
  /** Policy variables are replaced in values of string, ARN and Boolean operators alone. */
  readonly hasVariables: boolean;
}

const operators = new Map<string, Operator>();

/** Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "IAM policy elements: Variables and tags". */
function operatorOf(text: string): Operator {
  const known = operators.get(text);
  if (known) return known;
  const [, set, name = "", ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?(.*?)(IfExists)?$/.exec(text) ?? [];
  const operator: Operator = {
    set: set as Operator["set"], // the pattern has no others
    name,
    ifExists: ifExists !== undefined,
    isNegated: name.includes("Not"),
    hasVariables: /^(String|Arn|Bool)/.test(name),
  };
  operators.set(text, operator);
  return operator;
}

/**
 * Replaces policy variables in a condition's value; undefined where one of them has no value, which nothing equals.
 *
 * @param isNegated true in an operator such as StringNotLike
 */
export type FillVariables = (value: string, isNegated: boolean) => string | undefined;

const unchanged: FillVariables = (value) => value;

/**
 * True where every condition holds. An operator that is not known holds never.
 *
 * Source: IAM User Guide, "Conditions with multiple context keys or values".
 */
export function holds(
  conditions: Conditions,
  context: RequestContext | undefined,
  fill: FillVariables = unchanged,
): boolean {
  const entries = Object.entries(conditions);
  if (entries.length === 0) return true;
  const values = contextValues(context);
  return entries.every(([name, keys]) => {
    const operator = operatorOf(name);
    return Object.entries(keys).every(([key, wanted]) => {
      const filled = operator.hasVariables
        ? wanted.flatMap((value) => fill(value, operator.isNegated) ?? [])
        : wanted;
      const value = values.get(key.toLowerCase());
      return conditionHolds(operator, typeof value === "string" ? [value] : value, filled);
    });
  });
}

function conditionHolds(
  { set, name, ifExists, isNegated }: Operator,
  values: readonly string[] | undefined,
  wanted: readonly string[],
): boolean {
  const isMissing = values === undefined || values.length === 0;
  if (name === "Null") return wanted.some((value) => value.toLowerCase() === String(isMissing));
  const test = OPERATORS[name];
  if (!test) return false;
  // For a set operator, empty texts alone are a set without values.
  if (isMissing || (set !== undefined && values.every((value) => value === "")))
    return ifExists || set === "ForAllValues" || (set === undefined && isNegated);
  const fits = (value: string): boolean =>
    isNegated
      ? wanted.every((candidate) => test(value, candidate))
      : wanted.some((candidate) => test(value, candidate));
  return set === "ForAllValues" ? values.every(fits) : values.some(fits);
}
