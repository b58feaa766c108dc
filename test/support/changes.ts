import { join } from "node:path";
import { describe, it } from "vitest";
import { rehearse } from "../../src/rehearsal/rehearsal-run.ts";
import { changes } from "../e2e/stacks/changes.ts";
import { edited } from "../e2e/stacks/index.ts";
import { requireValue } from "./named.ts";

/** Rehearses changes of the stack `changing`. */
export function testChanges(names: readonly string[]): void {
  describe.concurrent.each(names.map((name) => [name, requireValue(changes, name)] as const))(
    "%s",
    (_name, { edits, refused, outage }) => {
      it("is rehearsed", async ({ expect }) => {
        const [from, dir] = [join(edited([]), "changing"), join(edited(edits), "changing")];
        const rehearsed = await rehearse({ dir, from });
        expect(rehearsed.errors.map((refusal) => refusal.id).slice(0, 1)).toEqual(
          refused === undefined ? [] : [refused],
        );
        expect(
          rehearsed.outages.map(({ what, from: began, until }) => ({
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
