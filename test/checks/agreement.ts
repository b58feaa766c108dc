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

/** What both engines say of one configuration. */
export interface Compared {
  readonly group: string;
  readonly name: string;
  /** What the sandbox came to: "launches", or what broke and when. */
  readonly sandbox: string;
  readonly prover: CheckResult["verdict"] | "refused by Terraform";
  /** Failures that the prover finds, without the notes. */
  readonly ids: readonly string[];
  /** What the prover lacks. */
  readonly facts: readonly string[];
}

const compared = (
  group: string,
  name: string,
  sandbox: string,
  { refused }: RecordedConfiguration,
  look: () => CheckResult,
): Compared => {
  if (refused !== undefined)
    return { group, name, sandbox, prover: "refused by Terraform", ids: [], facts: [] };
  const { verdict, findings, missingFacts } = look();
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
export function ofFoundation(): Compared[] {
  const expected = JSON.parse(
    readFileSync(new URL("../../tools/mutants/expected.json", import.meta.url), "utf8"),
  ) as Record<string, Record<string, string>>; // npm run mutants writes it
  return MODES.flatMap((mode) =>
    Object.entries(readFixture(mode)).map(([name, recording]) =>
      compared(`the foundation by ${mode}`, name, expected[mode]?.[name] ?? "", recording, () =>
        checkRecordedPlan(recording),
      ),
    ),
  );
}

/** Every stack that stands alone, and its broken twin. */
export function ofStacks(): Compared[] {
  const fixtures = readFixture("stacks");
  return Object.entries(stackExamples)
    .filter(([, { folders }]) => folders.length === 1)
    .flatMap(([name, { options, broken }]) => {
      const given = options?.images === undefined ? {} : { images: options.images };
      const of = (key: string, outcome: string): Compared => {
        const recording = fixtures[key] ?? {};
        return compared("the stacks", key, outcome, recording, () =>
          checkRecordedPlan(recording, given),
        );
      };
      return [of(name, "launches"), of(`${name}: broken`, `${broken.at}: ${broken.id}`)];
    });
}

/** States of the stacks that launch. */
export function ofStates(): Compared[] {
  const fixtures = readFixture("stacks");
  return Object.entries(stackExamples)
    .filter(([, { folders }]) => folders.length === 1)
    .map(([name, { options }]) => {
      const recording = fixtures[name] ?? {};
      const given = options?.images === undefined ? {} : { images: options.images };
      return compared("states of the stacks", name, "launches", recording, () =>
        checkRecordedState(recording, given),
      );
    });
}

/** Every mutant of the stacks that leaves something to try. */
export function ofStackMutants(): Compared[] {
  const tried = Object.entries(readFixture("stack-mutants")).filter(
    ([, { outcome }]) => outcome !== "nothing to try",
  );
  return tried.map(([name, recording]) => {
    const [stack = ""] = name.split(": ");
    const images = stackExamples[stack]?.options?.images;
    return compared("mutants of the stacks", name, recording.outcome ?? "", recording, () =>
      checkRecordedPlan(recording, images === undefined ? {} : { images }),
    );
  });
}

const launches = ({ sandbox }: Compared): boolean => sandbox === "launches";

/** True where both engines say the same. */
export const agree = (comparison: Compared): boolean =>
  launches(comparison)
    ? comparison.prover === "pass"
    : comparison.prover === "fail" || comparison.prover === "refused by Terraform";

/** True where the prover has proved what the sandbox stops: the one thing that must never be. */
export const isWrong = (comparison: Compared): boolean =>
  !launches(comparison) && comparison.prover === "pass";
