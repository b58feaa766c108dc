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

/** Configurations of which the prover lacks a fact that the sandbox has. */
const DIFFERING: Readonly<Record<string, readonly string[]>> = {
  "mutants of the stacks": ["blue/green by task sets: task-sets aws_ecs_task_set.blue: removed"],
};

const groups: readonly (readonly [string, () => Compared[]])[] = [
  ["mutants of the foundation", ofFoundation],
  ["the stacks and their broken twins", ofStacks],
  ["states of the stacks", ofStates],
  ["mutants of the stacks", ofStackMutants],
];

describe.each(groups)("the prover and the sandbox on %s", (what, compare) => {
  const comparisons = compare();

  it("never part in the way that must not be: proved, and the sandbox stops", () => {
    expect(comparisons.length).toBeGreaterThan(10);
    expect(comparisons.filter(isWrong)).toEqual([]);
  });

  it("agree on everything but what is known", () => {
    const differing = comparisons.filter((compared) => !agree(compared));
    expect(differing.map(({ name }) => name)).toEqual(DIFFERING[what] ?? []);
  });
});

describe("false alarms", () => {
  it("there are none where the sandbox launches", () => {
    const alarms = groups
      .flatMap(([, compare]) => compare())
      .filter(({ sandbox, prover }) => sandbox === "launches" && prover === "fail");
    expect(alarms).toEqual([]);
  });

  it.each(ofStacks())("$name: $prover", ({ sandbox, prover, ids }) => {
    const [, wanted] = sandbox.split(": ");
    expect([prover, wanted === undefined || ids.includes(wanted)]).toEqual([
      wanted === undefined ? "pass" : "fail",
      true,
    ]);
  });
});
