// npm run mutants: every resource of the foundation removed or weakened in turn, in each egress mode, against what is
// expected (tools/mutants/expected.json). With --write, what happened becomes what is expected.
import { readFileSync, writeFileSync } from "node:fs";
import { styleText } from "node:util";
import { settingsOf } from "../../test/support/settings.ts";
import { type Mutant, mutantsOf, play, standOf } from "./mutants.ts";

const MODES = ["endpoints", "nat", "nat-per-zone", "public"] as const;

/** Rehearsals at a time: they wait more than they work. */
const AT_ONCE = 3;

const file = new URL("expected.json", import.meta.url);
const isWriting = process.argv.includes("--write");
const only = process.argv.slice(2).find((value) => !value.startsWith("--"));

type Table = Record<string, Record<string, string>>;

const expected = JSON.parse(readFileSync(file, "utf8")) as Table; // written below
const happened: Table = {};
let invalid = 0;

for (const egress of MODES.filter((mode) => only === undefined || mode === only)) {
  const settings = settingsOf({ egress });
  const stand = await standOf(settings);
  const outcomes: Record<string, string> = {};
  const queue: Mutant[] = mutantsOf(settings);
  const work = async (): Promise<void> => {
    for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
      const outcome = await play(mutant, stand);
      outcomes[mutant.name] = outcome;
      const wanted = expected[egress]?.[mutant.name];
      const isOdd = !isWriting && outcome !== wanted;
      if (isOdd) invalid++;
      const mark = isOdd ? styleText("red", "✗") : styleText("green", "✓");
      process.stdout.write(
        `${mark} ${egress.padEnd(12)} ${mutant.name} → ${outcome}${isOdd ? ` (expected ${wanted})` : ""}\n`,
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  happened[egress] = Object.fromEntries(
    Object.entries(outcomes).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

if (isWriting)
  writeFileSync(file, `${JSON.stringify({ ...expected, ...happened }, undefined, 2)}\n`);
const count = Object.values(happened).flatMap(Object.keys).length;
process.stdout.write(`${count} mutants, ${invalid} otherwise than expected\n`);
process.exitCode = invalid > 0 ? 1 : 0;
