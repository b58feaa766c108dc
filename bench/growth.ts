// npm run growth: draws the duration and memory of a check by the size of the plan, as docs/growth.svg.
import { writeFileSync } from "node:fs";
import { type CheckMeasurement, measureCheck } from "./plans.ts";

const SIZES = [100, 300, 1000, 3000, 10_000, 25_000, 50_000];
const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT] = [640, 300, 56, 44, 28, 56];

const measurements = SIZES.map((size) => {
  const measurement = measureCheck(size);
  process.stdout.write(
    `${measurement.resources} resources: JSON.parse ${measurement.parse.toFixed(0)} ms, check ${measurement.check.toFixed(0)} ms, ${(measurement.memory / 2 ** 20).toFixed(0)} MiB\n`,
  );
  return measurement;
});

/** Both axes are logarithmic: a straight line of slope 1 is linear growth. */
const scale = (value: number, from: number, to: number, start: number, end: number): number =>
  start +
  ((Math.log10(value) - Math.log10(from)) / (Math.log10(to) - Math.log10(from))) * (end - start);

const x = (measurement: CheckMeasurement): number =>
  scale(measurement.resources, 50, 100_000, LEFT, WIDTH - RIGHT);
const time = (ms: number): number => scale(ms, 1, 100_000, HEIGHT - BOTTOM, TOP);
const memory = (bytes: number): number => scale(bytes / 2 ** 20, 10, 10_000, HEIGHT - BOTTOM, TOP);

const line = (color: string, y: (measurement: CheckMeasurement) => number): string =>
  `<polyline fill="none" stroke="${color}" stroke-width="2" points="${measurements.map((measurement) => `${x(measurement).toFixed(1)},${y(measurement).toFixed(1)}`).join(" ")}"/>` +
  measurements
    .map(
      (measurement) =>
        `<circle cx="${x(measurement).toFixed(1)}" cy="${y(measurement).toFixed(1)}" r="3" fill="${color}"/>`,
    )
    .join("");

const text = (left: number, y: number, label: string, attributes = ""): string =>
  `<text x="${left.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${label}</text>`;

const ticks = [
  ...[100, 1000, 10_000, 50_000].map((size) => {
    const at = scale(size, 50, 100_000, LEFT, WIDTH - RIGHT);
    return `<line x1="${at}" y1="${TOP}" x2="${at}" y2="${HEIGHT - BOTTOM}" stroke="#d0d7de"/>${text(at, HEIGHT - BOTTOM + 16, size.toLocaleString("en"), 'text-anchor="middle"')}`;
  }),
  ...[1, 10, 100, 1000, 10_000, 100_000].map((number) =>
    text(
      LEFT - 8,
      time(number) + 4,
      number < 1000 ? `${number} ms` : `${number / 1000} s`,
      'text-anchor="end" fill="#0969da"',
    ),
  ),
  ...[10, 100, 1000, 10_000].map((number) =>
    text(
      WIDTH - RIGHT + 8,
      memory(number * 2 ** 20) + 4,
      number < 1000 ? `${number} MiB` : `${number / 1000} GiB`,
      'fill="#bf3989"',
    ),
  ),
];

writeFileSync(
  new URL("../docs/growth.svg", import.meta.url),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11" fill="#57606a">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>
${ticks.join("\n")}
${line("#0969da", (measurement) => time(measurement.check))}
${line("#8c959f", (measurement) => time(Math.max(1, measurement.parse)))}
${line("#bf3989", (measurement) => memory(measurement.memory))}
${text(LEFT, 16, "Duration of berth check", 'fill="#0969da"')}
${text(LEFT + 150, 16, "Duration of JSON.parse", 'fill="#8c959f"')}
${text(LEFT + 290, 16, "Memory of the process", 'fill="#bf3989"')}
${text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, "resources in the plan", 'text-anchor="middle"')}
</svg>
`,
);
