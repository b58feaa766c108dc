import { describe, expect, it } from "vitest";
import type { Answer, CheckResult, ServiceAnswers } from "../../src/checks/engine/result.ts";
import { junitOf } from "../../src/checks/report/junit.ts";
import { markdownOf } from "../../src/checks/report/markdown.ts";
import { textOf } from "../../src/checks/report/text.ts";

const serviceWith = (address: string, pull: Answer): ServiceAnswers => ({
  address,
  kind: "service",
  subnets: ["aws_subnet.a", "aws_subnet.b"],
  answers: {
    start: "pass",
    pull,
    logs: "pass",
    secrets: "not-applicable",
    traffic: "pass",
    isolation: "pass",
  },
});

const resultWith = (services: readonly ServiceAnswers[]): CheckResult => ({
  verdict: "pass",
  kind: "plan",
  resources: 40,
  services,
  findings: [],
  missingFacts: [],
  suppressed: [],
  passed: 30,
  checks: 50,
});

const VERDICT = "pass (a plan of 40 resources)";
const passing = (count: number): ServiceAnswers[] =>
  Array.from({ length: count }, (_, index) => serviceWith(`aws_ecs_service.s${index}`, "pass"));

it("names services and jobs of a config that were not checked", () => {
  const result = { ...resultWith(passing(1)), notChecked: ["web", "nightly"] };
  const verdict = "pass; web, nightly not checked (a plan of 40 resources)";
  expect(textOf(result).split("\n").at(-1)).toBe(verdict);
  expect(markdownOf(result)).toContain(`### Check: ${verdict}`);
  expect(junitOf(result)).toContain('errors="0" skipped="2"');
  expect(junitOf(result)).toContain('name="nightly"><skipped message="not checked');
});

describe("the text of a check", () => {
  it("has one line for a service that passes", () => {
    expect(textOf(resultWith(passing(1))).split("\n")).toEqual([
      "✓ aws_ecs_service.s0 (service, 2 subnets) starts, pulls its image, writes its logs, receives its traffic, is isolated from the internet",
      "",
      VERDICT,
    ]);
  });

  it("has one line for more than ten services that pass", () => {
    expect(textOf(resultWith(passing(10))).split("\n")).toHaveLength(12);
    expect(textOf(resultWith(passing(11))).split("\n")).toEqual([
      "✓ 11 services pass",
      "",
      VERDICT,
    ]);
  });

  it("has a line for each answer of a service that does not pass", () => {
    const services = [serviceWith("aws_ecs_service.app", "fail"), ...passing(11)];
    expect(textOf(resultWith(services)).split("\n")).toEqual([
      "✓ 11 services pass",
      "",
      "aws_ecs_service.app (service, 2 subnets)",
      "  ✓ starts",
      "  ✗ pulls its image",
      "  ✓ writes its logs",
      "  ✓ receives its traffic",
      "  ✓ is isolated from the internet",
      "",
      VERDICT,
    ]);
  });

  it("has the error of AWS with its source", () => {
    const finding: CheckResult["findings"][number] = {
      check: "route-tables",
      severity: "error",
      id: "NET-39",
      title: "Route table has two routes to the same destination",
      address: "aws_route.b",
      message: "0.0.0.0/0 has a route in aws_route.a",
      awsError: "RouteAlreadyExists: The route identified by 0.0.0.0/0 already exists.",
      awsErrorSource: "GitHub, terraform-aws-modules/terraform-aws-vpc#108",
      fix: "Remove one of the routes",
      page: "",
    };
    expect(
      textOf({ ...resultWith(passing(1)), findings: [finding] })
        .split("\n")
        .slice(2, 8),
    ).toEqual([
      "error NET-39 Route table has two routes to the same destination",
      "    aws_route.b: 0.0.0.0/0 has a route in aws_route.a",
      "    AWS error",
      "      RouteAlreadyExists: The route identified by 0.0.0.0/0 already exists.",
      "      Source: GitHub, terraform-aws-modules/terraform-aws-vpc#108",
      "    fix  Remove one of the routes",
    ]);
  });
});
