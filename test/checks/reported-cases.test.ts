import { describe, expect, it } from "vitest";
import type { CheckResult } from "../../src/checks/engine/result.ts";
import { checkRecordedPlan, readFixture } from "../support/plan-fixtures.ts";

const fixtures = readFixture("reported-cases");

/** The right result of a configuration that was reported publicly, that is reduced from a public stack, or that is ordinary. */
interface Expected {
  readonly verdict: CheckResult["verdict"];
  /** Failures that are found, with the severities error and warning. */
  readonly ids?: readonly string[];
  /** A missing fact that makes the verdict unknown. */
  readonly fact?: RegExp;
}

/** The folders of test/checks/reported-cases. */
const cases: Readonly<Record<string, Expected>> = {
  "00-base": { verdict: "pass" },
  "01-phz-names/fixed": { verdict: "pass" },
  "01-phz-names/nowild": { verdict: "fail", ids: ["NET-21"] },
  "01-phz-names/wrong": { verdict: "fail", ids: ["NET-19"] },
  "02-pull-through/endpoints": { verdict: "unknown", fact: /whether ECR has cached the image/ },
  "02-pull-through/norights": { verdict: "fail", ids: ["ECR-09"] },
  "02-pull-through/rights": { verdict: "pass" },
  "03-policy-suffix/broken": { verdict: "fail", ids: ["IAM-09"] },
  "03-policy-suffix/fixed": { verdict: "pass" },
  "04-selector-parts/good": { verdict: "pass" },
  "04-selector-parts/one": { verdict: "fail", ids: ["TD-24"] },
  "04-selector-parts/stage": { verdict: "fail", ids: ["TD-11"] },
  "05-exec-readonly": { verdict: "pass", ids: ["TD-26"] },
  "06-provider-removed/after": { verdict: "unknown", fact: /there is no ECS service/ },
  "06-provider-removed/before": { verdict: "unknown", fact: /there is no ECS service/ },
  "08-write-only": { verdict: "unknown", fact: /the value of .* is unknown/ },
  "08-write-only-wrongkey": { verdict: "unknown", fact: /the value of .* is unknown/ },
  "09-prefix-list/both": { verdict: "fail", ids: ["Q-04"] },
  "09-prefix-list/own": { verdict: "fail", ids: ["Q-04"] },
  "11-ipv6/dualstack-nat": { verdict: "pass" },
  "11-ipv6/egressonly": { verdict: "fail" },
  "11-ipv6/onaws-norights": { verdict: "fail", ids: ["IAM-05"] },
  "11-ipv6/plain-norights": { verdict: "fail", ids: ["IAM-05"] },
  "11-ipv6/sg-v6-only": { verdict: "fail", ids: ["NET-24", "NET-25"] },
  "12-plantimestamp": { verdict: "pass" },
  "14-delivery/bare": { verdict: "unknown", ids: ["LOG-08"] },
  "14-delivery/kept": { verdict: "fail", ids: ["LOG-08"] },
  "14-delivery/task": { verdict: "pass" },
  "16-essential-init/broken": { verdict: "fail", ids: ["TD-20"] },
  "16-essential-init/fixed": { verdict: "pass" },
  "17-log-arn/broken": { verdict: "fail", ids: ["IAM-07"] },
  "17-log-arn/fixed": { verdict: "pass" },
  "18-cbd/after": { verdict: "pass" },
  "18-cbd/before": { verdict: "pass" },
  "19-firelens-unused": { verdict: "fail", ids: ["LOG-07"] },
  "20-efs/closed": { verdict: "fail", ids: ["TD-16"] },
  "20-efs/good": { verdict: "pass" },
  "20-efs/nodns": { verdict: "unknown", fact: /can resolve the DNS name of aws_efs_file_system/ },
  "20-efs/root": { verdict: "fail", ids: ["TD-25"] },
  "21-import": { verdict: "pass" },
  "24-connect-tls": { verdict: "fail", ids: ["IAM-04"] },
  "25-allow-many": { verdict: "fail", ids: ["Q-04"] },
  "26-two-regions": { verdict: "pass" },
  "27-blue-green": { verdict: "pass" },
  // The execution role may only pull from its own repository, and not the image of Fluent Bit.
  "28-policy-functions": { verdict: "fail", ids: ["IAM-05"] },
  "29-nlb-clients": { verdict: "pass" },
  "shared-vpc": { verdict: "pass" },
  "stacks/c1": { verdict: "unknown", fact: /there is no ECS service/ },
  "stacks/c2": { verdict: "fail", ids: ["NET-33"] },
  "stacks/c3": { verdict: "pass" },
  "stacks/c3b": { verdict: "pass" },
  "stacks/c3c": { verdict: "pass" },
  "stacks/c3d": { verdict: "pass" },
  "stacks/c3e": { verdict: "pass" },
  "stacks/c3f": { verdict: "pass" },
  "stacks/c5": { verdict: "pass" },
  "stacks/c6": { verdict: "pass" },
  "stacks/docdb": { verdict: "unknown", fact: /there is no ECS service/ },
  "stacks/kmsrace": { verdict: "unknown", ids: ["RACE-01"], fact: /there is no ECS service/ },
  "stacks/m6": { verdict: "pass" },
  "stacks/m7": { verdict: "fail", ids: ["ALB-09"] },
  "stacks/managed": { verdict: "pass" },
  "stacks/otheraccount": { verdict: "unknown", fact: /999999999999/ },
  "stacks/protected": { verdict: "unknown", fact: /there is no ECS service/ },
};

describe("reported cases", () => {
  it("are the recorded configurations", () => {
    expect(Object.keys(cases).sort()).toEqual(Object.keys(fixtures).sort());
  });

  it.each(Object.entries(cases))(
    "%s has the right verdict",
    (name, { verdict, ids = [], fact }) => {
      const {
        verdict: found,
        findings,
        missingFacts,
        unknownReason,
      } = checkRecordedPlan(fixtures[name] ?? {});
      expect([found, JSON.stringify([findings, missingFacts])]).toEqual([
        verdict,
        expect.anything(),
      ]);
      expect(findings.map(({ id }) => id)).toEqual(expect.arrayContaining([...ids]));
      expect([...missingFacts.map((missing) => missing.fact), unknownReason].join("\n")).toMatch(
        fact ?? /^/,
      );
    },
  );

  it("has no error in a configuration that passes or is unknown", () => {
    const untrue = Object.entries(cases).flatMap(([name, { verdict }]) =>
      verdict === "fail"
        ? []
        : checkRecordedPlan(fixtures[name] ?? {})
            .findings.filter(({ severity }) => severity === "error")
            .map(({ id, address }) => [name, id, address]),
    );
    expect(untrue).toEqual([]);
  });
});
