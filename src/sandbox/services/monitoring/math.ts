import { countOf } from "../../../shared/index.ts";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import type { TimeSeries } from "./metrics.ts";

/**
 * Metric math: arithmetic, comparisons and some functions. Source: Amazon CloudWatch User Guide, "Using math expressions with
 * CloudWatch metrics".
 */
type Node =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "id"; readonly name: string }
  /** The keyword REPEAT of the function FILL. */
  | { readonly kind: "repeat" }
  | { readonly kind: "list"; readonly items: readonly Node[] }
  | { readonly kind: "operator"; readonly symbol: string; readonly items: readonly Node[] }
  | { readonly kind: "call"; readonly name: string; readonly items: readonly Node[] };

/** A number, a time series, or a list of them. */
type Value = number | TimeSeries | readonly Value[];

/** A parsed metric math expression. */
export interface Expression {
  readonly root: Node;
  /** IDs of the queries that the expression uses. */
  readonly ids: readonly string[];
}

const invalid = (text: string, detail: string): AwsError =>
  new AwsError("ValidationError", `Error in expression '${text}': ${detail}`);

/** Operators by their precedence, the weakest first. */
const OPERATORS: readonly (readonly string[])[] = [
  ["OR", "||"],
  ["AND", "&&"],
  ["==", "!=", "<=", ">=", "<", ">"],
  ["+", "-"],
  ["*", "/"],
  ["^"],
];

const OPERATIONS: Readonly<Record<string, (a: number, b: number) => number>> = {
  OR: (a, b) => Number(a !== 0 || b !== 0),
  "||": (a, b) => Number(a !== 0 || b !== 0),
  AND: (a, b) => Number(a !== 0 && b !== 0),
  "&&": (a, b) => Number(a !== 0 && b !== 0),
  "==": (a, b) => Number(a === b),
  "!=": (a, b) => Number(a !== b),
  "<=": (a, b) => Number(a <= b),
  ">=": (a, b) => Number(a >= b),
  "<": (a, b) => Number(a < b),
  ">": (a, b) => Number(a > b),
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "^": (a, b) => a ** b,
};

const UNARY: Readonly<Record<string, (value: number) => number>> = {
  ABS: Math.abs,
  CEIL: Math.ceil,
  FLOOR: Math.floor,
};

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const AGGREGATES: Readonly<Record<string, (values: readonly number[]) => number>> = {
  AVG: average,
  MAX: (values) => Math.max(...values),
  MIN: (values) => Math.min(...values),
  SUM: (values) => values.reduce((sum, value) => sum + value, 0),
};

/** The functions, with the smallest and largest number of their arguments. */
const FUNCTIONS = new Map<string, readonly [min: number, max: number]>([
  ...Object.keys(UNARY).map((name) => [name, [1, 1]] as const),
  ...Object.keys(AGGREGATES).map((name) => [name, [1, Infinity]] as const),
  ["FILL", [2, 2]] as const,
  ["IF", [2, 3]] as const,
]);

/**
 * Parses an expression.
 *
 * @throws AwsError ValidationError, and NotImplemented for a function that the sandbox does not have
 */
export function parseExpression(text: string): Expression {
  const tokens =
    text.match(/\d+(?:\.\d+)?|[A-Za-z_]\w*|==|!=|<=|>=|&&|\|\||[-+*/^()[\],<>]|\S/g) ?? [];
  const ids = new Set<string>();
  let position = 0;
  const accept = (...symbols: readonly string[]): string | undefined =>
    symbols.includes(tokens[position] ?? "") ? tokens[position++] : undefined;
  const expectToken = (symbol: string): void => {
    if (accept(symbol) === undefined) throw invalid(text, `'${symbol}' is expected`);
  };
  const list = (end: string, item: () => Node): Node[] => {
    const items: Node[] = [];
    if (accept(end) !== undefined) return items;
    do items.push(item());
    while (accept(",") !== undefined);
    expectToken(end);
    return items;
  };
  const argument = (): Node => (accept("REPEAT") === undefined ? binary(0) : { kind: "repeat" });
  const call = (name: string): Node => {
    const arity = FUNCTIONS.get(name);
    if (!arity) throw notImplemented(`the metric math function ${name}`);
    const items = list(")", argument);
    if (items.length < arity[0] || items.length > arity[1])
      throw invalid(text, `the function ${name} cannot have ${countOf(items.length, "argument")}`);
    if (items.some(({ kind }, index) => kind === "repeat" && (name !== "FILL" || index !== 1)))
      throw invalid(text, "REPEAT is only the second argument of FILL");
    return { kind: "call", name, items };
  };
  const primary = (): Node => {
    const token = tokens[position++] ?? "";
    if (/^\d/.test(token)) return { kind: "number", value: Number(token) };
    if (token === "-") return { kind: "operator", symbol: "-", items: [primary()] };
    if (token === "[") return { kind: "list", items: list("]", () => binary(0)) };
    if (token === "(") {
      const inner = binary(0);
      expectToken(")");
      return inner;
    }
    if (!/^[A-Za-z]/.test(token)) throw invalid(text, `unexpected '${token}'`);
    if (accept("(") !== undefined) return call(token);
    if (/^[A-Z]/.test(token)) throw notImplemented(`the metric math keyword ${token}`);
    ids.add(token);
    return { kind: "id", name: token };
  };
  const binary = (level: number): Node => {
    const symbols = OPERATORS[level];
    if (!symbols) return primary();
    let left = binary(level + 1);
    for (let symbol = accept(...symbols); symbol !== undefined; symbol = accept(...symbols))
      left = { kind: "operator", symbol, items: [left, binary(level + 1)] };
    return left;
  };
  const root = binary(0);
  if (position < tokens.length) throw invalid(text, `unexpected '${tokens[position]}'`);
  return { root, ids: [...ids] };
}

const isSeries = (value: Value): value is TimeSeries => value instanceof Map;

/** Combines numbers and series value by value. A time at which a series has no value has no result. */
function combine(
  values: readonly Value[],
  combineNumbers: (numbers: readonly number[]) => number,
): number | TimeSeries {
  const flat = values.flat(9) as readonly (number | TimeSeries)[]; // lists are flattened
  const series = flat.filter(isSeries);
  const at = (time: number): readonly (number | undefined)[] =>
    flat.map((value) => (isSeries(value) ? value.get(time) : value));
  if (series.length === 0) return combineNumbers(flat.filter((value) => typeof value === "number"));
  const result = new Map<number, number>();
  for (const time of series[0]?.keys() ?? []) {
    const numbers = at(time).filter((value) => value !== undefined);
    const number = numbers.length === flat.length ? combineNumbers(numbers) : NaN;
    if (Number.isFinite(number)) result.set(time, number);
  }
  return result;
}

/**
 * Evaluates an expression.
 *
 * @param valuesOf the values of a query by its ID
 * @param times the periods of the range, which FILL completes
 */
export function evaluateExpression(
  { root }: Expression,
  valuesOf: (id: string) => number | TimeSeries,
  times: readonly number[],
): number | TimeSeries {
  const evaluate = (node: Node): Value => {
    switch (node.kind) {
      case "number":
        return node.value;
      case "id":
        return valuesOf(node.name);
      case "repeat":
        throw new TypeError("REPEAT has no value");
      case "list":
        return node.items.map(evaluate);
      case "operator": {
        const run = OPERATIONS[node.symbol] ?? OPERATIONS["+"];
        const items =
          node.items.length === 1 ? [0, ...node.items.map(evaluate)] : node.items.map(evaluate);
        return combine(items, ([a = 0, b = 0]) => run?.(a, b) ?? NaN);
      }
      case "call":
        return callFunction(node.name, node.items, evaluate, times);
    }
  };
  return combine([evaluate(root)], ([value = NaN]) => value);
}

function callFunction(
  name: string,
  items: readonly Node[],
  evaluate: (node: Node) => Value,
  times: readonly number[],
): Value {
  const [first, second] = items;
  if (name === "FILL" && first && second) {
    const series = evaluate(first);
    if (!isSeries(series)) return series;
    const isRepeated = second.kind === "repeat";
    const filling = isRepeated ? undefined : evaluate(second);
    const filled = new Map<number, number>();
    let previous: number | undefined;
    for (const time of times) {
      const value = series.get(time) ?? (isRepeated ? previous : valueAt(filling ?? 0, time));
      if (value !== undefined) filled.set(time, value);
      previous = series.get(time) ?? previous;
    }
    return filled;
  }
  const values = items.map(evaluate);
  if (name === "IF")
    return combine(values, ([condition = 0, whenTrue = 0, whenFalse = NaN]) =>
      condition === 0 ? whenFalse : whenTrue,
    );
  const unary = UNARY[name];
  if (unary) return combine(values, ([value = 0]) => unary(value));
  const aggregateNumbers = AGGREGATES[name];
  if (!aggregateNumbers) throw notImplemented(`the metric math function ${name}`);
  const [value] = values;
  // Of one series, the function returns a number. A series without values has no result.
  return values.length === 1 && value !== undefined && isSeries(value)
    ? value.size === 0
      ? NaN
      : aggregateNumbers([...value.values()])
    : combine(values, aggregateNumbers);
}

const valueAt = (value: Value, time: number): number | undefined =>
  typeof value === "number" ? value : isSeries(value) ? value.get(time) : undefined;
