import { describe, expect, it, vi } from "vitest";
import { type FailureId, failures } from "../../src/failures/catalogue/index.ts";
import { checks } from "../../src/checks/engine/registry.ts";
import type { CheckOutcome, CheckContext } from "../../src/checks/engine/check.ts";
import type { CheckResult } from "../../src/checks/engine/result.ts";
import { contextOf } from "../../src/checks/engine/evaluate.ts";
import { parsePlanJson } from "../../src/plan/plan-json.ts";
import { type Case, cases } from "./cases/cases.ts";
import { ofPlan, type Recorded, recorded } from "../support/plan-fixtures.ts";

const fixtures = recorded("cases");
const stacks = recorded("stacks");

vi.setConfig({ testTimeout: 120_000 });

const look = (name: string, { images = {} }: Case): CheckResult =>
  ofPlan(fixtures[name] ?? {}, { images });

const bases: Readonly<Record<"endpoints" | "nat", CheckResult>> = {
  endpoints: look("as it is", { edits: [] }),
  nat: look("as it is, by a NAT gateway", { edits: [] }),
};
const baseOf = ({ ways }: Case): CheckResult => bases[ways ?? "endpoints"];

describe("the base of the cases", () => {
  it.each(Object.entries(bases))(
    "is proved, by %s",
    (_ways, { verdict, findings, missingFacts }) => {
      expect({ verdict, findings: findings.map((finding) => finding.id), missingFacts }).toEqual({
        verdict: "pass",
        findings: ["ECR-02", "ECR-02"],
        missingFacts: [],
      });
    },
  );
});

describe.each(Object.entries(cases))("%s", (name, otherCase) => {
  const result = look(name, otherCase);

  it.each(otherCase.ids ?? [])("is found as %s, and the base has it not", (id) => {
    expect(result.findings.map((found) => found.id)).toContain(id);
    expect(baseOf(otherCase).findings.map((found) => found.id)).not.toContain(id);
  });

  it.each(otherCase.finds ?? [])("is found by %s", (check) => {
    expect(result.findings.map((found) => found.check)).toContain(check);
    expect(baseOf(otherCase).findings.map((found) => found.check)).not.toContain(check);
  });

  it.each(otherCase.open ?? [])("is left open by %s", (check) => {
    expect(result.missingFacts.flatMap((fact) => fact.checks)).toContain(check);
    expect(baseOf(otherCase).missingFacts.flatMap((fact) => fact.checks)).not.toContain(check);
  });

  it("says of each finding where, what AWS will say, and what mends it", () => {
    for (const found of result.findings) {
      expect(found.address).not.toBe("");
      expect(found.fix).not.toBe("");
      expect(JSON.stringify(found)).not.toMatch(/undefined|\[object/);
    }
  });
});

/** Judgements of every check in every case and stack. */
function judgements(): Map<string, Set<CheckOutcome["answer"]>> {
  const seen = new Map<string, Set<CheckOutcome["answer"]>>(
    checks.map(({ id }) => [id, new Set()]),
  );
  const learn = (subject: CheckContext): void => {
    for (const check of checks)
      for (const { answer } of check.run(subject)) seen.get(check.id)?.add(answer);
  };
  const subject = ({ plan, sources }: Recorded, images: Case["images"]): CheckContext =>
    contextOf(parsePlanJson(JSON.stringify(plan), "a fixture"), {
      account: "111122223333",
      ...(sources === undefined ? {} : { sources }),
      ...(images === undefined ? {} : { images }),
    });
  for (const [name, otherCase] of Object.entries(cases))
    learn(subject(fixtures[name] ?? {}, otherCase.images));
  for (const stack of Object.values(stacks))
    if (stack.plan !== undefined) learn(subject(stack, {}));
  return seen;
}

describe("the checks as a whole", () => {
  it("each have passed, failed and been left open", () => {
    expect(
      [...judgements()]
        .filter(([, answers]) => answers.size < 3)
        .map(([id, answers]) => [id, ...answers]),
    ).toEqual([]);
  });

  it("find each failure that they name in a case of its own, but for those of other tests", () => {
    const found = new Set<FailureId>(
      Object.values(cases).flatMap((testCase) => testCase.ids ?? []),
    );
    const claimed = new Set(checks.flatMap((check) => check.ids));
    expect([...found].filter((value) => !claimed.has(value))).toEqual([]);
    // The base has one, and stacks, changes and plans by hand have the others: see agreement.test.ts and changes.test.ts.
    expect([...claimed].filter((value) => !found.has(value)).sort()).toEqual(ELSEWHERE);
  });

  it("name failures of the catalogue, and nothing twice", () => {
    for (const { id, ids, explanation, title } of checks) {
      expect(ids.filter((value) => !(value in failures))).toEqual([]);
      expect(new Set(ids).size).toBe(ids.length);
      expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(explanation).toMatch(/Source: .+\.$/);
      expect(title).not.toMatch(/\.$/);
    }
    expect(new Set(checks.map((check) => check.id)).size).toBe(checks.length);
  });
});

const ELSEWHERE: readonly FailureId[] = [
  "ALB-20",
  "DEST-05",
  "DEST-09",
  "ECR-02",
  "ECR-04",
  "TF-04",
];
