import { describe, expect, it, vi } from "vitest";
import type { CheckContext, CheckOutcome } from "../../src/checks/engine/check.ts";
import { contextOf } from "../../src/checks/engine/evaluate.ts";
import { checks } from "../../src/checks/engine/registry.ts";
import type { CheckResult } from "../../src/checks/engine/result.ts";
import { type FailureId, failures } from "../../src/failures/catalogue/index.ts";
import { parsePlanJson } from "../../src/plan/plan-json.ts";
import {
  checkRecordedPlan,
  type RecordedConfiguration,
  readFixture,
} from "../support/plan-fixtures.ts";
import { type Case, derivedPlan } from "./cases/case-types.ts";
import { cases, casesByCheck, derivedCases } from "./cases/index.ts";

const fixtures = readFixture("cases");
const stacks = readFixture("stacks");

vi.setConfig({ testTimeout: 120_000 });

const resultOf = (name: string, { images = {} }: Case): CheckResult =>
  checkRecordedPlan(fixtures[name] ?? {}, { images });

const bases: Readonly<Record<"endpoints" | "nat", CheckResult>> = {
  endpoints: resultOf("as it is", { edits: [] }),
  nat: resultOf("as it is, by a NAT gateway", { edits: [] }),
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
    const result = resultOf(name, testCase);
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

const contextFor = (
  { plan, sources }: RecordedConfiguration,
  images?: Case["images"],
): CheckContext =>
  contextOf(parsePlanJson(JSON.stringify(plan), "a fixture"), {
    account: "111122223333",
    sources,
    images,
  });

describe.each(Object.entries(derivedCases))("derived case: %s", (_name, derived) => {
  const recording = { ...fixtures[derived.base], plan: derivedPlan(derived, fixtures) };
  const result = checkRecordedPlan(recording);
  const base = checkRecordedPlan(fixtures[derived.base] ?? {});

  it.each(derived.failures ?? [])("has failure %s, which the base does not have", (id) => {
    expect(failureIds(result)).toContain(id);
    expect(failureIds(base)).not.toContain(id);
  });

  it.each(derived.passedChecks ?? [])("passes %s", (id) => {
    const check = checks.find((candidate) => candidate.id === id);
    const outcomes = [...(check?.run(contextFor(recording)) ?? [])];
    expect(new Set(outcomes.map(({ answer }) => answer))).toEqual(new Set(["pass"]));
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
  const collect = (context: CheckContext): void => {
    for (const check of checks)
      for (const { answer } of check.run(context)) answers.get(check.id)?.add(answer);
  };
  for (const [name, { images }] of Object.entries(cases))
    collect(contextFor(fixtures[name] ?? {}, images));
  for (const derived of Object.values(derivedCases))
    collect(contextFor({ ...fixtures[derived.base], plan: derivedPlan(derived, fixtures) }));
  for (const stack of Object.values(stacks))
    if (stack.plan !== undefined) collect(contextFor(stack));
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
