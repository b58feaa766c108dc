import { describe, expect, it } from "vitest";
import {
  agree,
  type Compared,
  isWrong,
  ofFoundation,
  ofStackMutants,
  ofStacks,
  ofStates,
} from "./agreement.ts";

const groups: readonly (readonly [string, () => Compared[]])[] = [
  ["mutants of the foundation", ofFoundation],
  ["the stacks and their broken twins", ofStacks],
  ["states of the stacks", ofStates],
  ["mutants of the stacks", ofStackMutants],
];

describe.each(groups)("the prover and the sandbox on %s", (_what, compare) => {
  const all = compare();

  it("never part in the way that must not be: proved, and the sandbox stops", () => {
    expect(all.length).toBeGreaterThan(10);
    expect(all.filter(isWrong)).toEqual([]);
  });

  it("agree on 98 of 100 and more", () => {
    expect(all.filter((one) => !agree(one)).length).toBeLessThanOrEqual(all.length * 0.02);
  });
});

describe("false alarms", () => {
  it("there are none where the sandbox launches", () => {
    const alarms = groups
      .flatMap(([, compare]) => compare())
      .filter(({ sandbox, prover }) => sandbox === "launches" && prover === "refuted");
    expect(alarms).toEqual([]);
  });

  it.each(ofStacks())("$name: $prover", ({ sandbox, prover, ids }) => {
    const [, wanted] = sandbox.split(": ");
    expect([prover, wanted === undefined || ids.includes(wanted)]).toEqual([
      wanted === undefined ? "proved" : "refuted",
      true,
    ]);
  });
});
