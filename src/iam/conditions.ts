import { matches, plainText } from "./match.ts";
import type { Conditions } from "./policy.ts";

/** Values of a request by condition key. Keys are case-insensitive. */
export type RequestContext = Readonly<Record<string, string | readonly string[]>>;

/** Values of a request by condition key in lower case. A multivalued key has a list. */
export type ContextValues = ReadonlyMap<string, string | readonly string[]>;

const NO_VALUES: ContextValues = new Map();
const valuesByContext = new WeakMap<RequestContext, ContextValues>();

/** The values of a context by key, cached because many policies are evaluated for the same context. */
export function contextValues(context: RequestContext | undefined): ContextValues {
  if (context === undefined) return NO_VALUES;
  const cached = valuesByContext.get(context);
  if (cached) return cached;
  const values = new Map(
    Object.entries(context).map(([key, value]) => [key.toLowerCase(), value] as const),
  );
  valuesByContext.set(context, values);
  return values;
}

type Test = (value: string, expected: string) => boolean;

/** Compares two parsed values. A text that cannot be parsed matches no value, also with a negated operator. */
const compare =
  <T>(read: (text: string) => T | undefined, test: (value: T, expected: T) => boolean): Test =>
  (value, expected) => {
    const [left, right] = [read(value), read(expected)];
    return left !== undefined && right !== undefined && test(left, right);
  };

function numberOf(text: string): number | undefined {
  const trimmed = text.trim();
  return /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) ? Number(trimmed) : undefined;
}

/** W3C's profile of ISO 8601, with at least a month: a year alone looks the same as seconds since 1970. */
const W3C_DATE = /^\d{4}-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?$/;

/** Converts an ISO 8601 date, or seconds since 1970, to milliseconds since 1970. A time without an offset is in UTC. */
export function timeOf(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const date = text.toUpperCase();
  const fields = W3C_DATE.exec(date);
  if (!fields) return undefined;
  const hasTime = fields[2] !== undefined;
  const time = Date.parse(hasTime && fields[5] === undefined ? `${date}Z` : date);
  return Number.isNaN(time) ? undefined : time;
}

const numbers = (test: (value: number, expected: number) => boolean): Test =>
  compare(numberOf, test);
const dates = (test: (value: number, expected: number) => boolean): Test => compare(timeOf, test);

/** Matches an ARN pattern field by field: a wildcard does not match one of the first five colons. */
const arnLike: Test = (value, expected) => {
  const fields = (arn: string): string[] => {
    const parts = arn.split(":");
    return [...parts.slice(0, 5), parts.slice(5).join(":")];
  };
  const valueFields = fields(value);
  return fields(expected).every((pattern, index) => matches(pattern, valueFields[index] ?? ""));
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

/** An address or a CIDR block; undefined if the text is neither. */
function blockOf(text: string): (Address & { readonly prefix: number }) | undefined {
  const [network = "", prefix, ...rest] = text.split("/");
  const address = addressOf(network);
  if (!address || rest.length > 0) return undefined;
  if (prefix === undefined) return { ...address, prefix: address.bits };
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= address.bits
    ? { ...address, prefix: Number(prefix) }
    : undefined;
}

/** An IPv4 block contains no IPv6 address, and an IPv6 block contains no IPv4 address. */
const isInBlock: Test = (value, expected) => {
  const [source, block] = [addressOf(value), blockOf(expected)];
  if (!source || !block || source.bits !== block.bits) return false;
  const shift = BigInt(block.bits - block.prefix);
  return source.value >> shift === block.value >> shift;
};

const not =
  (test: Test): Test =>
  (value, expected) =>
    !test(value, expected);

const equals: Test = (value, expected) => value === plainText(expected);
const equalsAnyCase: Test = (value, expected) =>
  value.toLowerCase() === plainText(expected).toLowerCase();
const like: Test = (value, expected) => matches(expected, value);

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
  IpAddress: isInBlock,
  NotIpAddress: not(isInBlock),
  // Requests carry binary values in base 64, as policies do.
  BinaryEquals: (value, expected) =>
    Buffer.from(value, "base64").equals(Buffer.from(expected, "base64")),
};

/** The parts of an operator's name. */
interface Operator {
  readonly set: "ForAllValues" | "ForAnyValue" | undefined;
  /** Without set operator and IfExists. */
  readonly name: string;
  readonly ifExists: boolean;
  readonly isNegated: boolean;
  /** Policy variables are replaced only in values of string, ARN and Boolean operators. */
  readonly hasVariables: boolean;
}

const operators = new Map<string, Operator>();

/** Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "IAM policy elements: Variables and tags". */
function operatorOf(text: string): Operator {
  const cached = operators.get(text);
  if (cached) return cached;
  const [, set, name = "", ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?(.*?)(IfExists)?$/.exec(text) ?? [];
  const operator: Operator = {
    set: set as Operator["set"], // the pattern allows no other prefix
    name,
    ifExists: ifExists !== undefined,
    isNegated: name.includes("Not"),
    hasVariables: /^(String|Arn|Bool)/.test(name),
  };
  operators.set(text, operator);
  return operator;
}

/**
 * Replaces the policy variables of a condition value; undefined if a variable has no value: the condition value then matches
 * nothing.
 *
 * @param isNegated true in an operator such as StringNotLike
 */
export type FillVariables = (value: string, isNegated: boolean) => string | undefined;

const unchanged: FillVariables = (value) => value;

/**
 * True if every condition is met. A condition with an unsupported operator is not met.
 *
 * Source: IAM User Guide, "Conditions with multiple context keys or values".
 */
export function conditionsHold(
  conditions: Conditions,
  context: RequestContext | undefined,
  fill: FillVariables = unchanged,
): boolean {
  const entries = Object.entries(conditions);
  if (entries.length === 0) return true;
  const values = contextValues(context);
  return entries.every(([name, keys]) => {
    const operator = operatorOf(name);
    return Object.entries(keys).every(([key, expected]) => {
      const filled = operator.hasVariables
        ? expected.flatMap((value) => fill(value, operator.isNegated) ?? [])
        : expected;
      const value = values.get(key.toLowerCase());
      return conditionHolds(operator, typeof value === "string" ? [value] : value, filled);
    });
  });
}

function conditionHolds(
  { set, name, ifExists, isNegated }: Operator,
  values: readonly string[] | undefined,
  expected: readonly string[],
): boolean {
  const isMissing = values === undefined || values.length === 0;
  if (name === "Null") return expected.some((value) => value.toLowerCase() === String(isMissing));
  const test = OPERATORS[name];
  if (!test) return false;
  // For a set operator, a set of empty strings is a set without values.
  if (isMissing || (set !== undefined && values.every((value) => value === "")))
    return ifExists || set === "ForAllValues" || (set === undefined && isNegated);
  const isMet = (value: string): boolean =>
    isNegated
      ? expected.every((candidate) => test(value, candidate))
      : expected.some((candidate) => test(value, candidate));
  return set === "ForAllValues" ? values.every(isMet) : values.some(isMet);
}
