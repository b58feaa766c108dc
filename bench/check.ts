import { measureCheck } from "./plans.ts";
import { median } from "./processes.ts";
import { addRow, formatMiB } from "./table.ts";

export function benchmarkCheck(): void {
  const measurements = [measureCheck(10_000), measureCheck(10_000), measureCheck(10_000)];
  const parse = median(measurements.map((measurement) => measurement.parse));
  addRow(
    "berth check of 10,000 resources; peer: JSON.parse of the same plan",
    median(measurements.map((measurement) => measurement.check)),
    {
      peer: parse,
      budget: "≤ 1.5 s, ≤ 4× the peer",
      isMet: (check) => check <= 1500 && check <= 4 * parse,
    },
  );
  addRow(
    "berth check of 10,000 resources: memory",
    median(measurements.map((measurement) => measurement.memory)),
    {
      format: formatMiB,
      budget: "≤ 512 MiB",
      isMet: (bytes) => bytes <= 512 * 2 ** 20,
    },
  );
}
