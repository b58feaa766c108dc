// npm run growth: draws the duration and memory of a check by the size of the plan, as docs/growth.svg.
import { cpus } from "node:os";
import { writeFileSync } from "node:fs";
import { type CheckMeasurement, measureCheck, measureSharedVpcCheck } from "./plans.ts";

const SIZES = [100, 300, 1000, 3000, 10_000, 25_000, 50_000];
const SHARED_VPC_SERVICES = [10, 30, 100, 400, 1000, 3000];
const [WIDTH, HEIGHT] = [760, 330];
/** Distances of a panel's axes to its edges. */
const [LEFT, RIGHT, TOP, BOTTOM] = [58, 84, 52, 62];

function report(name: string, measurement: CheckMeasurement): CheckMeasurement {
  process.stdout.write(
    `${name}, ${measurement.resources} resources: JSON.parse ${measurement.parse.toFixed(0)} ms, check ${measurement.check.toFixed(0)} ms, ${(measurement.memory / 2 ** 20).toFixed(0)} MiB\n`,
  );
  return measurement;
}

const measurements = SIZES.map((size) => report("a VPC for each service", measureCheck(size)));
/** Services in one VPC. */
const sharedVpcMeasurements = SHARED_VPC_SERVICES.map((services) =>
  report(`${services} services in one VPC`, measureSharedVpcCheck(services)),
);

/** A line of a panel: its name, its color, its dashes, and its value for a measurement. */
interface Line {
  readonly name: string;
  readonly color: string;
  readonly dashes?: string;
  readonly valueOf: (measurement: CheckMeasurement) => number;
  /** @default the plans with a VPC for each service */
  readonly measurements?: readonly CheckMeasurement[];
}

interface Panel {
  readonly title: string;
  readonly x: number;
  readonly width: number;
  /** First and last value of the vertical axis. Both are powers of ten. */
  readonly range: readonly [number, number];
  readonly format: (value: number) => string;
  readonly lines: readonly Line[];
}

/** The position of a value on a logarithmic axis. */
const logarithmic = (
  value: number,
  [first, last]: readonly [number, number],
  [start, end]: readonly [number, number],
): number => start + (Math.log10(value / first) / Math.log10(last / first)) * (end - start);

const text = (x: number, y: number, content: string, attributes = ""): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${content}</text>`;

/** Distance of the names of two lines, in pixels. */
const LINE_HEIGHT = 14;

/** The names of the lines beside their last points, one below the other where they would overlap. */
function drawNames(
  drawn: readonly { readonly line: Line; readonly last: readonly [x: number, y: number] }[],
): string[] {
  const x = Math.max(...drawn.map(({ last }) => last[0]));
  let previous = 0;
  return drawn
    .toSorted((a, b) => a.last[1] - b.last[1])
    .map(({ line, last }) => {
      previous = Math.max(previous + LINE_HEIGHT, last[1] + 4);
      return text(x + 8, previous, line.name, `fill="${line.color}" font-weight="600"`);
    });
}

function drawPanel({ title, x, width, range, format, lines }: Panel): string {
  const [left, right, bottom] = [x + LEFT, x + width - RIGHT, HEIGHT - BOTTOM];
  const xOf = (resources: number): number => logarithmic(resources, [50, 60_000], [left, right]);
  const yOf = (value: number): number =>
    logarithmic(Math.max(range[0], value), range, [bottom, TOP]);
  const decades = Array.from(
    { length: Math.round(Math.log10(range[1] / range[0])) + 1 },
    (_, index) => range[0] * 10 ** index,
  );
  const drawn = lines.map((line) => {
    const points = (line.measurements ?? measurements).map(
      (measurement) => [xOf(measurement.resources), yOf(line.valueOf(measurement))] as const,
    );
    return { line, points, last: points.at(-1) ?? ([right, bottom] as const) };
  });
  return [
    text(left, 22, title, 'font-size="14" font-weight="600" fill="#1f2328"'),
    ...decades.map(
      (value) =>
        `<line x1="${left}" y1="${yOf(value)}" x2="${right}" y2="${yOf(value)}" stroke="#d0d7de"/>${text(left - 8, yOf(value) + 4, format(value), 'text-anchor="end"')}`,
    ),
    ...[100, 1000, 10_000, 50_000].map(
      (size) =>
        `<line x1="${xOf(size)}" y1="${TOP}" x2="${xOf(size)}" y2="${bottom}" stroke="#eaeef2"/>${text(xOf(size), bottom + 18, size.toLocaleString("en"), 'text-anchor="middle"')}`,
    ),
    text(
      (left + right) / 2,
      bottom + 38,
      "resources in the plan (log scale)",
      'text-anchor="middle"',
    ),
    ...drawn.flatMap(({ line: { color, dashes }, points }) => [
      `<polyline fill="none" stroke="${color}" stroke-width="2" ${dashes === undefined ? "" : `stroke-dasharray="${dashes}"`} points="${points.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(" ")}"/>`,
      ...points.map(
        ([px, py]) => `<circle cx="${px.toFixed(1)}" cy="${py.toFixed(1)}" r="3" fill="${color}"/>`,
      ),
    ]),
    ...drawNames(drawn),
  ].join("\n");
}

const panels: readonly Panel[] = [
  {
    title: "Duration (log scale)",
    x: 0,
    width: 400,
    range: [1, 100_000],
    format: (value) => (value < 1000 ? `${value} ms` : `${value / 1000} s`),
    lines: [
      { name: "berth check", color: "#0969da", valueOf: ({ check }) => check },
      {
        name: "one VPC",
        color: "#1a7f37",
        valueOf: ({ check }) => check,
        measurements: sharedVpcMeasurements,
      },
      { name: "JSON.parse", color: "#57606a", dashes: "5 4", valueOf: ({ parse }) => parse },
    ],
  },
  {
    title: "Memory of the process (log scale)",
    x: 390,
    width: 370,
    range: [10, 1000],
    format: (value) => `${value} MiB`,
    lines: [{ name: "berth check", color: "#8250df", valueOf: ({ memory }) => memory / 2 ** 20 }],
  },
];

writeFileSync(
  new URL("../docs/growth.svg", import.meta.url),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="Segoe UI,Helvetica,Arial,DejaVu Sans,sans-serif" font-size="12" fill="#57606a" role="img" aria-label="Duration and memory of berth check for plans of 100 to 50,000 resources">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>
${panels.map(drawPanel).join("\n")}
${text(LEFT, HEIGHT - 8, `Measured with Node.js ${process.versions.node.split(".")[0]} on ${cpus().length} cores.`)}
</svg>
`,
);
