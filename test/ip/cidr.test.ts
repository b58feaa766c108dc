import { containsCidr, overlapCidr, parseCidr as oracleParse } from "cidr-tools";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allocator } from "../../src/ip/allocate.ts";
import {
  cidr,
  contains,
  formatCidr,
  isCidr,
  isPrivate,
  overlaps,
  parseCidr,
  size,
} from "../../src/ip/cidr.ts";

const block = fc
  .tuple(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 32 }))
  .map(([address, prefix]) => ({ base: address - (address % 2 ** (32 - prefix)), prefix }));

describe("cidr", () => {
  it("parses the blocks that it formats", () => {
    fc.assert(
      fc.property(block, (b) => {
        expect(cidr(formatCidr(b))).toEqual(b);
      }),
    );
  });

  it("agrees with cidr-tools on containment, overlap and bounds", () => {
    fc.assert(
      fc.property(block, block, (a, b) => {
        const [x, y] = [formatCidr(a), formatCidr(b)];
        expect(overlaps(a, b)).toBe(overlapCidr(x, y));
        expect(contains(a, b)).toBe(containsCidr(x, y));
        expect(BigInt(a.base)).toBe(oracleParse(x).start);
        expect(BigInt(a.base + size(a) - 1)).toBe(oracleParse(x).end);
      }),
    );
  });

  it.each([
    ["10.0.0.0", "is not an IPv4 block"],
    ["10.0.0.256/24", "above 255"],
    ["10.0.0.0/33", "above /32"],
    ["10.0.3.1/28", "host bits"],
    ["::/0", "is not an IPv4 block"],
  ])("rejects %s: %s", (text, problem) => {
    const parsed = parseCidr(text);
    expect(isCidr(parsed) ? "" : parsed.problem).toContain(problem);
  });

  it("suggests the corrected block if host bits are set", () => {
    expect(parseCidr("10.0.3.1/28")).toMatchObject({ hint: "10.0.3.0/28" });
  });

  it.each([
    ["10.0.0.0/8", true],
    ["172.31.0.0/16", true],
    ["172.32.0.0/16", false],
    ["192.168.4.0/22", true],
    ["100.64.0.0/10", true],
    ["11.0.0.0/16", false],
    ["10.0.0.0/7", false],
  ])("%s is private: %s", (text, expected) => {
    expect(isPrivate(cidr(text))).toBe(expected);
  });
});

describe("allocator", () => {
  const tiers = [
    { name: "private", extraBits: 4 },
    { name: "public", extraBits: 5 },
  ] as const;
  const parents = block.filter(({ prefix }) => prefix <= 24);

  it("stays inside the parent and never overlaps", () => {
    fc.assert(
      fc.property(parents, (parent) => {
        const blockAt = allocator(parent, tiers, 8);
        const cidrs = tiers.flatMap(({ name }) =>
          [0, 1, 2, 3, 4, 5, 6, 7].map((slot) => blockAt(name, slot)),
        );
        for (const [i, cidr] of cidrs.entries()) {
          expect(contains(parent, cidr)).toBe(true);
          expect(cidr.base % size(cidr)).toBe(0);
          for (const other of cidrs.slice(i + 1)) expect(overlaps(cidr, other)).toBe(false);
        }
      }),
    );
  });

  it("allocates the same block for a slot, for every order of tiers and requests", () => {
    fc.assert(
      fc.property(parents, fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7]), (parent, slots) => {
        const whole = allocator(parent, tiers, 8);
        const reversed = allocator(parent, tiers.toReversed(), 8);
        for (const slot of slots) expect(reversed("public", slot)).toEqual(whole("public", slot));
      }),
    );
  });

  it("rejects tiers that do not fit, and slots out of range", () => {
    expect(() => allocator(cidr("10.0.0.0/30"), tiers, 8)).toThrow("do not fit");
    expect(() => allocator(cidr("10.0.0.0/16"), [{ name: "x", extraBits: 2 }], 5)).toThrow(
      "do not fit",
    );
    const blockAt = allocator(cidr("10.0.0.0/16"), tiers, 8);
    expect(() => blockAt("public", 8)).toThrow("outside 0 to 7");
    expect(() => blockAt("public", -1)).toThrow("outside 0 to 7");
  });
});
