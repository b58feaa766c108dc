import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let root: string | undefined;

/** Creates a temporary folder. It is deleted when the test process ends. */
export function testFolder(): string {
  if (root === undefined) {
    const created = mkdtempSync(join(tmpdir(), "berth-test-"));
    process.once("exit", () => rmSync(created, { recursive: true, force: true }));
    root = created;
  }
  return mkdtempSync(join(root, "t-"));
}
