import { readFileSync } from "node:fs";
import type { CheckResult } from "../../src/checks/engine/result.ts";
import { stackExamples } from "../e2e/stacks/index.ts";
import {
  checkRecordedPlan,
  checkRecordedState,
  type RecordedConfiguration,
  readFixture,
} from "../support/plan-fixtures.ts";

export const MODES = ["endpoints", "nat", "nat-per-zone", "public"] as const;

/** The outcomes of one configuration: in the sandbox, and of the checks of its plan or state. */
export interface Comparison {
  readonly group: string;
  readonly name: string;
  /** The outcome in the sandbox: "launches", or the phase and the failure. */
  readonly sandbox: string;
  /** The verdict of the checks. */
  readonly prover: CheckResult["verdict"] | "refused by Terraform";
  /** Failures with the severity error. */
  readonly ids: readonly string[];
  /** Critical missing facts. */
  readonly facts: readonly string[];
}

const comparisonOf = (
  group: string,
  name: string,
  sandbox: string,
  { refused }: RecordedConfiguration,
  check: () => CheckResult,
): Comparison => {
  if (refused !== undefined)
    return { group, name, sandbox, prover: "refused by Terraform", ids: [], facts: [] };
  const { verdict, findings, missingFacts } = check();
  return {
    group,
    name,
    sandbox,
    prover: verdict,
    ids: [
      ...new Set(
        findings
          .filter((finding) => finding.severity === "error")
          .map((finding) => finding.id ?? finding.check),
      ),
    ],
    facts: missingFacts.filter((fact) => fact.isCritical).map((fact) => fact.fact),
  };
};

/** Every mutant of the foundation, in each mode. */
export function ofFoundation(): Comparison[] {
  const expected = JSON.parse(
    readFileSync(new URL("../../tools/mutants/expected.json", import.meta.url), "utf8"),
  ) as Record<string, Record<string, string>>; // npm run mutants writes it
  return MODES.flatMap((mode) =>
    Object.entries(readFixture(mode)).map(([name, recording]) =>
      comparisonOf(`the foundation by ${mode}`, name, expected[mode]?.[name] ?? "", recording, () =>
        checkRecordedPlan(recording),
      ),
    ),
  );
}

const stacksWithOneFolder = Object.entries(stackExamples).filter(
  ([, { folders }]) => folders.length === 1,
);

/** Every stack with one folder, and its broken variant. */
export function ofStacks(): Comparison[] {
  const fixtures = readFixture("stacks");
  return stacksWithOneFolder.flatMap(([name, { options, broken }]) => {
    const compare = (key: string, sandbox: string): Comparison => {
      const recording = fixtures[key] ?? {};
      return comparisonOf("the stacks", key, sandbox, recording, () =>
        checkRecordedPlan(recording, { images: options?.images }),
      );
    };
    return [compare(name, "launches"), compare(`${name}: broken`, `${broken.at}: ${broken.id}`)];
  });
}

/** States of the stacks that launch. */
export function ofStates(): Comparison[] {
  const fixtures = readFixture("stacks");
  return stacksWithOneFolder.map(([name, { options }]) => {
    const recording = fixtures[name] ?? {};
    return comparisonOf("states of the stacks", name, "launches", recording, () =>
      checkRecordedState(recording, { images: options?.images }),
    );
  });
}

/** Every mutant of the stacks that still has a service. */
export function ofStackMutants(): Comparison[] {
  const mutants = Object.entries(readFixture("stack-mutants")).filter(
    ([, { outcome }]) => outcome !== "nothing to try",
  );
  return mutants.map(([name, recording]) => {
    const [stack = ""] = name.split(": ");
    return comparisonOf("mutants of the stacks", name, recording.outcome ?? "", recording, () =>
      checkRecordedPlan(recording, { images: stackExamples[stack]?.options?.images }),
    );
  });
}

/** The configurations of all groups, in the order of docs/reference/agreement.md. */
export const allComparisons = (): Comparison[] => [
  ...ofFoundation(),
  ...ofStacks(),
  ...ofStates(),
  ...ofStackMutants(),
];

const launches = ({ sandbox }: Comparison): boolean => sandbox === "launches";

/** True if the checks pass a configuration that launches, and fail one that does not launch. */
export const agree = (comparison: Comparison): boolean =>
  launches(comparison)
    ? comparison.prover === "pass"
    : comparison.prover === "fail" || comparison.prover === "refused by Terraform";

/** True if the checks pass a configuration that does not launch. It must be false for every configuration. */
export const isWronglyPassed = (comparison: Comparison): boolean =>
  !launches(comparison) && comparison.prover === "pass";
