// npm run bench: compares Berth's durations and memory with budgets and with peers, in one run on one machine. A peer
// that is not installed is installed into a temporary folder, or shown as absent. No peer is a dependency.
import { rmSync } from "node:fs";
import { benchmarkCheck } from "./check.ts";
import { benchmarkCommandLine } from "./command-line.ts";
import { benchmarkDeploy } from "./deploy.ts";
import { scratch } from "./processes.ts";
import { benchmarkSandbox } from "./sandbox.ts";
import { printTable } from "./table.ts";
import { benchmarkPlanAndApply, benchmarkRehearsal, hasTerraform } from "./terraform.ts";

const isLong = process.argv.includes("--long");

try {
  benchmarkCommandLine();
  await benchmarkSandbox();
  benchmarkCheck();
  await benchmarkRehearsal();
  if (hasTerraform()) {
    await benchmarkPlanAndApply(isLong);
    await benchmarkDeploy();
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
printTable();
if (!isLong)
  console.log(
    "\nnpm run bench -- --long also applies and destroys the foundation (two minutes more).",
  );
