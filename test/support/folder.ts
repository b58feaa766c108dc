import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let root: string | undefined;

/** A folder of the test's own; all of them go when the test process ends. */
export function testFolder(): string {
  if (root === undefined) {
    const made = mkdtempSync(join(tmpdir(), "berth-test-"));
    process.once("exit", () => rmSync(made, { recursive: true, force: true }));
    root = made;
  }
  return mkdtempSync(join(root, "t-"));
}
