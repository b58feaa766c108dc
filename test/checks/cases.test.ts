import { describe, expect, it, vi } from "vitest";
import type { CheckOutcome } from "../../src/checks/engine/check.ts";
import {
  type CheckedResource,
  contextOf,
  resultOf,
  runChecks,
} from "../../src/checks/engine/evaluate.ts";
import { checks } from "../../src/checks/engine/registry.ts";
import type { CheckResult } from "../../src/checks/engine/result.ts";
import { type FailureId, failures } from "../../src/failures/catalogue/index.ts";
import { parsePlanJson } from "../../src/plan/plan-json.ts";
import { type RecordedConfiguration, readFixture } from "../support/plan-fixtures.ts";
import { type Case, derivedPlan } from "./cases/case-types.ts";
import { cases, casesByCheck, derivedCases } from "./cases/index.ts";

const fixtures = readFixture("cases");
const stacks = readFixture("stacks");

vi.setConfig({ testTimeout: 120_000 });

/** The result of a plan, and the outcomes from which it follows. */
interface Evaluation {
  readonly result: CheckResult;
  readonly checked: readonly CheckedResource[];
}

function evaluate({ plan, sources }: RecordedConfiguration, images?: Case["images"]): Evaluation {
  const shown = parsePlanJson(JSON.stringify(plan), "a fixture");
  const options = { account: "111122223333", sources, images };
  const context = contextOf(shown, options);
  const checked = runChecks(context);
  return { result: resultOf(checked, context, shown, options), checked };
}

// Every plan is evaluated once.
const ofCases = new Map(
  Object.entries(cases).map(([name, { images }]) => [name, evaluate(fixtures[name] ?? {}, images)]),
);
const ofDerivedCases = new Map(
  Object.entries(derivedCases).map(([name, derived]) => [
    name,
    evaluate({ ...fixtures[derived.base], plan: derivedPlan(derived, fixtures) }),
  ]),
);
const ofStacks = Object.values(stacks)
  .filter(({ plan }) => plan !== undefined)
  .map((stack) => evaluate(stack));

function evaluationOf(evaluations: ReadonlyMap<string, Evaluation>, name: string): Evaluation {
  const evaluation = evaluations.get(name);
  if (!evaluation) throw new Error(`there is no case "${name}"`);
  return evaluation;
}

const bases: Readonly<Record<"endpoints" | "nat", CheckResult>> = {
  endpoints: evaluationOf(ofCases, "as it is").result,
  nat: evaluationOf(ofCases, "as it is, by a NAT gateway").result,
};

const failureIds = ({ findings }: CheckResult): unknown[] => findings.map(({ id }) => id);
const failedChecks = ({ findings }: CheckResult): string[] => findings.map(({ check }) => check);
const unknownChecks = ({ missingFacts }: CheckResult): string[] =>
  missingFacts.flatMap((fact) => fact.checks);

describe("base configuration of the cases", () => {
  it.each(Object.entries(bases))("passes every check with %s", (_network, base) => {
    expect([base.verdict, failureIds(base), base.missingFacts]).toEqual([
      "pass",
      ["ECR-02", "ECR-02"],
      [],
    ]);
  });
});

describe.each(Object.entries(casesByCheck))("%s", (_check, casesOfCheck) => {
  describe.each(Object.entries(casesOfCheck))("%s", (name, testCase) => {
    const { result } = evaluationOf(ofCases, name);
    const base = bases[testCase.network ?? "endpoints"];

    it.each(testCase.failures ?? [])("has failure %s, which the base does not have", (id) => {
      expect(failureIds(result)).toContain(id);
      expect(failureIds(base)).not.toContain(id);
    });

    it.each(testCase.failedChecks ?? [])("fails %s, which the base does not fail", (check) => {
      expect(failedChecks(result)).toContain(check);
      expect(failedChecks(base)).not.toContain(check);
    });

    it.each(testCase.unknownChecks ?? [])("leaves %s unknown, unlike the base", (check) => {
      expect(unknownChecks(result)).toContain(check);
      expect(unknownChecks(base)).not.toContain(check);
    });

    it("has an address and a fix in each finding", () => {
      for (const finding of result.findings) {
        expect(finding.address).not.toBe("");
        expect(finding.fix).not.toBe("");
        expect(JSON.stringify(finding)).not.toMatch(/undefined|\[object/);
      }
    });
  });
});

describe.each(Object.entries(derivedCases))("derived case: %s", (name, derived) => {
  const { result, checked } = evaluationOf(ofDerivedCases, name);
  const base = evaluationOf(ofCases, derived.base).result;

  it.each(derived.failures ?? [])("has failure %s, which the base does not have", (id) => {
    expect(failureIds(result)).toContain(id);
    expect(failureIds(base)).not.toContain(id);
  });

  it.each(derived.passedChecks ?? [])("passes %s", (id) => {
    const answers = checked
      .filter(({ check }) => check.id === id)
      .map(({ outcome }) => outcome.answer);
    expect(new Set(answers)).toEqual(new Set(["pass"]));
  });

  it.each(derived.failedChecks ?? [])("fails %s, which the base does not fail", (check) => {
    expect(failedChecks(result)).toContain(check);
    expect(failedChecks(base)).not.toContain(check);
  });

  it.each(derived.unknownChecks ?? [])("leaves %s unknown, unlike the base", (check) => {
    expect(unknownChecks(result)).toContain(check);
    expect(unknownChecks(base)).not.toContain(check);
  });
});

/** Answers of each check for the plans of every case and stack. */
function answersByCheck(): Map<string, Set<CheckOutcome["answer"]>> {
  const answers = new Map<string, Set<CheckOutcome["answer"]>>(
    checks.map(({ id }) => [id, new Set()]),
  );
  for (const { checked } of [...ofCases.values(), ...ofDerivedCases.values(), ...ofStacks])
    for (const { check, outcome } of checked) answers.get(check.id)?.add(outcome.answer);
  return answers;
}

/** Failures that the base has, or that plans in other tests have: agreement.test.ts, changes.test.ts, reported-cases.test.ts. */
const FAILURES_OF_OTHER_TESTS: readonly FailureId[] = [
  "ALB-20",
  "DEST-05",
  "DEST-09",
  "ECR-02",
  "ECR-04",
  "ECR-09",
  "LOG-08",
  "TD-25",
  "TD-26",
  "TF-04",
];

/** Its answers are pass and unknown. */
const NEVER_FAILS = "unread-attributes";

describe("every check", () => {
  const answers = answersByCheck();

  it.each(checks.map(({ id }) => id))(
    "has cases in which %s passes, fails and is unknown",
    (id) => {
      expect([...(answers.get(id) ?? [])].sort()).toEqual(
        ["fail", "pass", "unknown"].slice(id === NEVER_FAILS ? 1 : 0),
      );
    },
  );

  it("has a case for each of its failures, except those of other tests", () => {
    const tested = new Set<FailureId>(
      [...Object.values(cases), ...Object.values(derivedCases)].flatMap(
        (testCase) => testCase.failures ?? [],
      ),
    );
    const declared = new Set(checks.flatMap((check) => check.ids));
    expect([...tested].filter((id) => !declared.has(id))).toEqual([]);
    expect([...declared].filter((id) => !tested.has(id)).sort()).toEqual(FAILURES_OF_OTHER_TESTS);
  });

  it("has a unique id, failures of the catalogue, a title, an explanation and sources", () => {
    for (const { id, ids, explanation, sources, title } of checks) {
      expect(ids.filter((failure) => !(failure in failures))).toEqual([]);
      expect(new Set(ids).size).toBe(ids.length);
      expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(explanation).toMatch(/^[A-Z].+\.$/);
      expect(explanation).not.toContain("Source: ");
      expect(sources.length).toBeGreaterThan(0);
      for (const source of sources)
        expect(source).toMatch(/^(Amazon|AWS|IAM|Elastic|Terraform)\b.*[^.]$/);
      expect(title).not.toMatch(/\.$/);
    }
    expect(new Set(checks.map((check) => check.id)).size).toBe(checks.length);
  });
});

describe("files of the cases", () => {
  it("have the id of a check as their name", () => {
    const ids = new Set([...checks.map(({ id }) => id), "unchanged", "common-network-failures"]);
    expect(Object.keys(casesByCheck).filter((id) => !ids.has(id))).toEqual([]);
  });

  it("are the cases of the recorded plans", () => {
    expect(Object.keys(cases).sort()).toEqual(Object.keys(fixtures).sort());
  });
});
