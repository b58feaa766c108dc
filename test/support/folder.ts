import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let root: string | undefined;

/** Creates an empty folder for a test. All of them are deleted when the test process ends. */
export function testFolder(): string {
  if (root === undefined) {
    const parent = mkdtempSync(join(tmpdir(), "berth-test-"));
    process.once("exit", () => rmSync(parent, { recursive: true, force: true }));
    root = parent;
  }
  return mkdtempSync(join(root, "t-"));
}
