// npm run soak [minutes] [first seed]: rehearsals with injected faults, one after the other until the time is over. Each has
// another seed, which is printed, so that a failure can be reproduced.
import { rehearseWithFaults, problemsOf } from "./soak.ts";

const [minutes = 30, first = 1] = process.argv.slice(2).map(Number);
const end = performance.now() + minutes * 60_000;

let [runs, faults, failed] = [0, 0, 0];
for (let seed = first; performance.now() < end; seed++) {
  const { name, result } = await rehearseWithFaults(seed);
  const problems = problemsOf(result);
  runs++;
  faults += result.faults?.count ?? 0;
  if (problems.length > 0) failed++;
  process.stdout.write(
    `${problems.length === 0 ? "✓" : "✗"} seed ${seed} ${name}: ${result.calls} calls, ${result.faults?.count} faults, ${Math.round(result.seconds)} s\n`,
  );
  for (const problem of problems) process.stdout.write(`    ${problem}\n`);
}
process.stdout.write(`${runs} rehearsals, ${faults} faults, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;
