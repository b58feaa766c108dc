import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { intersect, type Intervals, intervals, subtract, union } from "../../src/ip/intervals.ts";

const UNIVERSE = Array.from({ length: 16 }, (_, index) => index);
const set: fc.Arbitrary<Intervals> = fc
  .array(fc.tuple(fc.nat(15), fc.nat(15)), { maxLength: 5 })
  .map((ranges) => intervals(...ranges));

const has = (of: Intervals, number: number): boolean =>
  of.some(([first, last]) => first <= number && number <= last);
const members = (of: Intervals): number[] => UNIVERSE.filter((number) => has(of, number));

describe("intervals", () => {
  it("have the same members as sets after each operation", () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        expect(members(union(a, b))).toEqual(
          UNIVERSE.filter((number) => has(a, number) || has(b, number)),
        );
        expect(members(intersect(a, b))).toEqual(
          UNIVERSE.filter((number) => has(a, number) && has(b, number)),
        );
        expect(members(subtract(a, b))).toEqual(
          UNIVERSE.filter((number) => has(a, number) && !has(b, number)),
        );
      }),
    );
  });

  it("have a normal form, so that equal sets are deeply equal", () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        expect(union(subtract(a, b), intersect(a, b))).toEqual(a);
        expect(union(a, b)).toEqual(union(b, a));
      }),
    );
  });
});
