import { measureCheck, measureSharedVpcCheck } from "./plans.ts";
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
  benchmarkSharedVpc();
}

/** The duration must grow with the number of services, not with its square. */
function benchmarkSharedVpc(): void {
  const durations = [100, 400, 1000].map((services) => ({
    services,
    check: median([1, 2, 3].map(() => measureSharedVpcCheck(services).check)),
  }));
  const [, of400] = durations;
  for (const { services, check } of durations)
    addRow(`berth check, one shared VPC: ${services.toLocaleString("en")} services`, check, {
      ...(services === 1000 && of400 ? { peer: of400.check } : {}),
      budget: services === 1000 ? "≤ 2 s, ≤ 3.5× the time for 400 services" : "≤ 2 s",
      isMet: (duration) =>
        duration <= 2000 && (services !== 1000 || !of400 || duration <= 3.5 * of400.check),
    });
}
