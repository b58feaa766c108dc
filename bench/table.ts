/** One line of the benchmark's table. */
interface Row {
  readonly benchmark: string;
  readonly berth: string;
  readonly peer: string;
  readonly ratio: string;
  readonly budget: string;
  readonly result: string;
}

const HEADER: Row = {
  benchmark: "benchmark",
  berth: "berth",
  peer: "peer",
  ratio: "ratio",
  budget: "budget",
  result: "",
};
const COLUMNS = ["benchmark", "berth", "peer", "ratio", "budget"] as const;

const rows: Row[] = [];

/** How one benchmark is shown and judged. */
export interface BenchmarkOptions {
  /** The peer's value; undefined if the peer is not installed. */
  readonly peer?: number | undefined;
  /** @default milliseconds or seconds */
  readonly format?: (value: number) => string;
  /** Whether a higher value is better. @default false */
  readonly isHigherBetter?: boolean;
  readonly budget: string;
  /** Whether the budget is met; undefined if that depends on a peer that is not installed. */
  readonly isMet: (value: number, ratio: number | undefined) => boolean | undefined;
}

export const formatMs = (value: number): string =>
  value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value.toFixed(value < 10 ? 1 : 0)} ms`;
export const formatMiB = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
const formatRatio = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)}×`;

/** Adds a line to the table that {@link printTable} prints. */
export function addRow(benchmark: string, value: number, options: BenchmarkOptions): void {
  const { peer, format = formatMs, isHigherBetter = false, budget, isMet } = options;
  const ratio = peer === undefined ? undefined : isHigherBetter ? value / peer : peer / value;
  const met = isMet(value, ratio);
  rows.push({
    benchmark,
    berth: format(value),
    peer: peer === undefined ? "absent" : format(peer),
    ratio: ratio === undefined ? "" : formatRatio(ratio),
    budget,
    result: met === undefined ? "no peer" : met ? "met" : "MISSED",
  });
  process.stderr.write(`  ${benchmark}\n`);
}

export function printTable(): void {
  const widths = COLUMNS.map((column) =>
    Math.max(...[HEADER, ...rows].map((row) => row[column].length)),
  );
  for (const row of [HEADER, ...rows]) {
    const cells = COLUMNS.map((column, index) => row[column].padEnd(widths[index] ?? 0)).join("  ");
    console.log(`${cells}  ${row.result}`.trimEnd());
  }
}
