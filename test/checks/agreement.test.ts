import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { AGREEMENT_PAGE, agreementPage } from "../../tools/reference/agreement-page.ts";
import {
  agree,
  type Comparison,
  isWronglyPassed,
  ofFoundation,
  ofStackMutants,
  ofStacks,
  ofStates,
} from "./agreement.ts";

/** Configurations whose outcome depends on a fact that the sandbox has and the plan does not contain. */
const KNOWN_DIFFERENCES: Readonly<Record<string, readonly string[]>> = {
  "mutants of the stacks": ["blue/green by task sets: task-sets aws_ecs_task_set.blue: removed"],
};

// Evaluated once for all tests of this file.
const stacks = ofStacks();
const groups: readonly (readonly [string, readonly Comparison[]])[] = [
  ["mutants of the foundation", ofFoundation()],
  ["stacks and their broken variants", stacks],
  ["states of the stacks", ofStates()],
  ["mutants of the stacks", ofStackMutants()],
];

describe.each(groups)("checks and sandbox: %s", (name, comparisons) => {
  it("never pass a configuration that does not launch in the sandbox", () => {
    expect(comparisons.length).toBeGreaterThan(10);
    expect(comparisons.filter(isWronglyPassed)).toEqual([]);
  });

  it("agree, except for known differences", () => {
    const differences = comparisons.filter((comparison) => !agree(comparison));
    expect(differences.map((comparison) => comparison.name)).toEqual(KNOWN_DIFFERENCES[name] ?? []);
  });
});

it(`${AGREEMENT_PAGE} is up to date (otherwise run npm run reference)`, () => {
  const page = readFileSync(new URL(`../../${AGREEMENT_PAGE}`, import.meta.url), "utf8");
  expect(page).toBe(agreementPage(groups.flatMap(([, comparisons]) => comparisons)));
});

describe("checks of configurations that launch in the sandbox", () => {
  it("report no false failure", () => {
    const falseFailures = groups
      .flatMap(([, comparisons]) => comparisons)
      .filter(({ sandbox, prover }) => sandbox === "launches" && prover === "fail");
    expect(falseFailures).toEqual([]);
  });

  it.each(stacks)("$name: $prover", ({ sandbox, prover, ids }) => {
    const [, failure] = sandbox.split(": ");
    expect([prover, failure === undefined || ids.includes(failure)]).toEqual([
      failure === undefined ? "pass" : "fail",
      true,
    ]);
  });
});
