// npm run mutants: rehearses each mutant of the foundation in each egress mode, and compares the outcomes with
// tools/mutants/expected.json. With --write, writes the outcomes to that file.
import { readFileSync, writeFileSync } from "node:fs";
import { styleText } from "node:util";
import { settingsOf } from "../../test/support/settings.ts";
import { type Mutant, mutantsOf, rehearseMutant, checkpointOf } from "./mutants.ts";

const MODES = ["endpoints", "nat", "nat-per-zone", "public"] as const;

/** Number of parallel rehearsals. They mostly wait. */
const CONCURRENCY = 3;

const file = new URL("expected.json", import.meta.url);
const isWriting = process.argv.includes("--write");
const only = process.argv.slice(2).find((value) => !value.startsWith("--"));

type Table = Record<string, Record<string, string>>;

const expected = JSON.parse(readFileSync(file, "utf8")) as Table; // written below
const actual: Table = {};
let unexpected = 0;

for (const egress of MODES.filter((mode) => only === undefined || mode === only)) {
  const settings = settingsOf({ egress });
  const checkpoint = await checkpointOf(settings);
  const outcomes: Record<string, string> = {};
  const queue: Mutant[] = mutantsOf(settings);
  const work = async (): Promise<void> => {
    for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
      const outcome = await rehearseMutant(mutant, checkpoint);
      outcomes[mutant.name] = outcome;
      const expectedOutcome = expected[egress]?.[mutant.name];
      const isUnexpected = !isWriting && outcome !== expectedOutcome;
      if (isUnexpected) unexpected++;
      const mark = isUnexpected ? styleText("red", "✗") : styleText("green", "✓");
      process.stdout.write(
        `${mark} ${egress.padEnd(12)} ${mutant.name} → ${outcome}${isUnexpected ? ` (expected ${expectedOutcome})` : ""}\n`,
      );
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  actual[egress] = Object.fromEntries(
    Object.entries(outcomes).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

if (isWriting) writeFileSync(file, `${JSON.stringify({ ...expected, ...actual }, undefined, 2)}\n`);
const count = Object.values(actual).flatMap(Object.keys).length;
process.stdout.write(`${count} mutants, ${unexpected} with another outcome than expected\n`);
process.exitCode = unexpected > 0 ? 1 : 0;
