// npm run soak [minutes] [first seed]: whole lives under faults, one after the other, as many as fit. Each is another
// seed, which is said, so that a failure can be had again.
import { soak, wrongs } from "./soak.ts";

const [minutes = 30, first = 1] = process.argv.slice(2).map(Number);
const end = performance.now() + minutes * 60_000;

let [runs, faults, failed] = [0, 0, 0];
for (let seed = first; performance.now() < end; seed++) {
  const { name, rehearsed } = await soak(seed);
  const wrong = wrongs(rehearsed);
  runs++;
  faults += rehearsed.faults?.count ?? 0;
  if (wrong.length > 0) failed++;
  process.stdout.write(
    `${wrong.length === 0 ? "✓" : "✗"} seed ${seed} ${name}: ${rehearsed.calls} calls, ${rehearsed.faults?.count} faults, ${Math.round(rehearsed.seconds)} s\n`,
  );
  for (const value of wrong) process.stdout.write(`    ${value}\n`);
}
process.stdout.write(`${runs} lives, ${faults} faults, ${failed} that went wrong\n`);
process.exitCode = failed > 0 ? 1 : 0;
