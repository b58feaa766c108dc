import { join } from "node:path";
import { describe, it } from "vitest";
import type { RehearsalResult } from "../../src/rehearsal/options.ts";
import { rehearse } from "../../src/rehearsal/rehearsal-run.ts";
import { textOf } from "../../src/rehearsal/report/text.ts";
// oxlint-disable-next-line import/no-unassigned-import -- it extends Vitest's expect, as users have it
import "../../src/vitest.ts";
import { edited, type Shape } from "../e2e/stacks/index.ts";

/** What broke where, of all that a rehearsal says. */
const said = ({
  errors,
  services,
  requests,
}: RehearsalResult): Record<"apply" | "service" | "visit", unknown[]> => ({
  apply: errors.map((refusal) => refusal.id),
  service: services.flatMap((service) => service.findings.map((found) => found.id)),
  visit: requests.flatMap((visit) => (visit.finding ? [visit.finding.id] : [])),
});

/** Rehearses stacks, each as it is and as its broken twin. */
export function live(shapes: Readonly<Record<string, Shape>>): void {
  describe.concurrent.each(Object.entries(shapes))("%s", (_name, { folders, options, broken }) => {
    it("launches, plans again empty, and leaves nothing", async ({ expect }) => {
      const root = edited([]);
      const rehearsed = await rehearse({
        ...options,
        dir: folders.map((folder) => join(root, folder)),
      });
      expect(rehearsed).toLaunch();
      expect(textOf(rehearsed)).toContain("no resources left");
      expect(rehearsed.phases.map((phase) => phase.outcome)).toEqual([
        "pass",
        "pass",
        "pass",
        "pass",
      ]);
    });

    it("fails as its broken twin", async ({ expect }) => {
      const root = edited(broken.edits);
      const dir = folders.map((folder) => join(root, folder));
      const rehearsed = await rehearse({ ...options, ...broken.options, dir, until: "traffic" });
      expect(rehearsed).not.toLaunch();
      expect(rehearsed.verdict).toBe("fail");
      expect(said(rehearsed)[broken.at]).toContain(broken.id);
    });
  });
}
