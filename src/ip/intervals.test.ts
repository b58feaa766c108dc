import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { intersect, type Intervals, intervals, subtract, union } from "./intervals.ts";

const UNIVERSE = Array.from({ length: 16 }, (_, index) => index);
const set: fc.Arbitrary<Intervals> = fc
  .array(fc.tuple(fc.nat(15), fc.nat(15)), { maxLength: 5 })
  .map((runs) => intervals(...runs));

const has = (of: Intervals, one: number): boolean =>
  of.some(([first, last]) => first <= one && one <= last);
const members = (of: Intervals): number[] => UNIVERSE.filter((one) => has(of, one));

describe("intervals", () => {
  it("do what sets of their members do", () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        expect(members(union(a, b))).toEqual(UNIVERSE.filter((one) => has(a, one) || has(b, one)));
        expect(members(intersect(a, b))).toEqual(
          UNIVERSE.filter((one) => has(a, one) && has(b, one)),
        );
        expect(members(subtract(a, b))).toEqual(
          UNIVERSE.filter((one) => has(a, one) && !has(b, one)),
        );
      }),
    );
  });

  it("are in order and apart, so that equal sets are written alike", () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        expect(union(subtract(a, b), intersect(a, b))).toEqual(a);
        expect(union(a, b)).toEqual(union(b, a));
      }),
    );
  });
});
