import { describe, it } from "vitest";
import { soak, wrongs } from "../../../tools/soak/soak.ts";

/** npm run soak goes on from here. */
describe.concurrent.each([1, 2, 3])("a life under faults, seed %i", (seed) => {
  it("converges, with nothing lost and nothing left", async ({ expect }) => {
    const { rehearsed } = await soak(seed);
    expect(wrongs(rehearsed)).toEqual([]);
    expect(rehearsed.faults).toMatchObject({ seed, interrupts: 1 });
    expect(rehearsed.faults?.count).toBeGreaterThan(0);
  });
});
