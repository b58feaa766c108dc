import { join } from "node:path";
import { describe, it } from "vitest";
import { rehearse } from "../../src/rehearsal/rehearsal-run.ts";
import { changes } from "../e2e/stacks/changes.ts";
import { copyStacks } from "../e2e/stacks/index.ts";
import { requireValue } from "./named.ts";

/** Rehearses changes of the stack `changing`. */
export function testChanges(names: readonly string[]): void {
  describe.concurrent.each(names.map((name) => [name, requireValue(changes, name)] as const))(
    "%s",
    (_name, { edits, errorId, outage }) => {
      it("has the expected errors and outages", async ({ expect }) => {
        const [from, dir] = [join(copyStacks([]), "changing"), join(copyStacks(edits), "changing")];
        const result = await rehearse({ dir, from });
        expect(result.errors.map((error) => error.id).slice(0, 1)).toEqual(
          errorId === undefined ? [] : [errorId],
        );
        expect(
          result.outages.map(({ what, from: began, until }) => ({
            what,
            from: began.call,
            by: began.addresses.join(", "),
            until: until?.call,
          })),
        ).toEqual(
          outage === undefined
            ? []
            : [
                {
                  what: expect.stringMatching(outage.what),
                  from: outage.from,
                  by: expect.stringContaining(outage.by),
                  until: outage.until,
                },
              ],
        );
      });
    },
  );
}
