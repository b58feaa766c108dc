import { join } from "node:path";
import { describe, it } from "vitest";
import type { RehearsalResult } from "../../src/rehearsal/options.ts";
import { rehearse } from "../../src/rehearsal/rehearsal-run.ts";
import { textOf } from "../../src/rehearsal/report/text.ts";
// oxlint-disable-next-line import/no-unassigned-import -- it extends Vitest's expect, as users have it
import "../../src/vitest.ts";
import { copyStacks, type StackExample } from "../e2e/stacks/index.ts";

/** The failures of a rehearsal, by what fails. */
const failureIdsOf = ({
  errors,
  services,
  requests,
}: RehearsalResult): Record<"apply" | "service" | "request", unknown[]> => ({
  apply: errors.map((error) => error.id),
  service: services.flatMap((service) => service.findings.map((found) => found.id)),
  request: requests.flatMap((request) => (request.finding ? [request.finding.id] : [])),
});

/** Rehearses each stack, and its broken version. */
export function testStackLifecycles(examples: Readonly<Record<string, StackExample>>): void {
  describe.concurrent.each(Object.entries(examples))(
    "%s",
    (_name, { folders, options, broken }) => {
      it("passes all phases", async ({ expect }) => {
        const root = copyStacks([]);
        const result = await rehearse({
          ...options,
          dir: folders.map((folder) => join(root, folder)),
        });
        expect(result).toLaunch();
        expect(textOf(result)).toContain("no resources left");
        expect(result.phases.map((phase) => phase.outcome)).toEqual([
          "pass",
          "pass",
          "pass",
          "pass",
        ]);
      });

      it("fails with the expected failure in the broken version", async ({ expect }) => {
        const root = copyStacks(broken.edits);
        const dir = folders.map((folder) => join(root, folder));
        const result = await rehearse({ ...options, ...broken.options, dir, until: "traffic" });
        expect(result).not.toLaunch();
        expect(result.verdict).toBe("fail");
        expect(failureIdsOf(result)[broken.at]).toContain(broken.id);
      });
    },
  );
}
