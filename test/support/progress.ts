import type { Reporter, TestCase } from "vitest/node";
import { runsTerraform } from "./files-with-terraform.ts";

/** Prints the start and end of each test with Terraform, because some take minutes. */
export class Progress implements Reporter {
  onTestCaseReady(test: TestCase): void {
    if (isLong(test)) process.stderr.write(`started   ${test.fullName}\n`);
  }

  onTestCaseResult(test: TestCase): void {
    if (!isLong(test)) return;
    const seconds = Math.round((test.diagnostic()?.duration ?? 0) / 1000);
    process.stderr.write(`${test.result().state.padEnd(9)} ${test.fullName} (${seconds} s)\n`);
  }
}

const isLong = (test: TestCase): boolean => runsTerraform(test.module.moduleId);
