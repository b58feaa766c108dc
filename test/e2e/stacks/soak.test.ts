import { describe, it } from "vitest";
import { rehearseWithFaults, problemsOf } from "../../../tools/soak/soak.ts";

/** npm run soak tests further seeds. */
describe.concurrent.each([1, 2, 3])("a rehearsal with injected faults, seed %i", (seed) => {
  it("succeeds, with a complete state and no remaining resources", async ({ expect }) => {
    const { result } = await rehearseWithFaults(seed);
    expect(problemsOf(result)).toEqual([]);
    expect(result.faults).toMatchObject({ seed, interrupts: 1 });
    expect(result.faults?.count).toBeGreaterThan(0);
  });
});
