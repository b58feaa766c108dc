import { describe, expect, it } from "vitest";
import type { CheckResult } from "../../src/checks/engine/result.ts";
import { isObject, type Json, jsonsOf } from "../../src/plan/plan-json.ts";
import { checkRecordedPlan, readFixture } from "../support/plan-fixtures.ts";

const base = readFixture("cases")["as it is"] ?? {};

/** The result for the base configuration, in which a resource has further values. */
function resultWith(address: string, values: Json): CheckResult {
  const plan = structuredClone(base.plan) as Json; // a recorded plan is an object
  const change = jsonsOf(plan["resource_changes"]).find((entry) => entry["address"] === address);
  const { after } = isObject(change?.["change"]) ? change["change"] : {};
  Object.assign(after as object, values);
  const configuration = plan["configuration"] as { root_module: { resources: Json[] } };
  const configured = configuration.root_module.resources.find(
    (resource) => resource["address"] === address,
  );
  Object.assign(
    configured?.["expressions"] as object,
    Object.fromEntries(Object.keys(values).map((name) => [name, { constant_value: true }])),
  );
  return checkRecordedPlan({ ...base, plan });
}

const unreadFacts = ({ missingFacts }: CheckResult): string[] =>
  missingFacts.filter(({ checks }) => checks.includes("unread-attributes")).map(({ fact }) => fact);

const serviceAddress = base.plan
  ? String(
      jsonsOf((base.plan as Json)["resource_changes"]).find(
        ({ type }) => type === "aws_ecs_service",
      )?.["address"],
    )
  : "";

describe("an attribute that the checks do not read", () => {
  it("makes the result unknown if it is set, and is named", () => {
    const result = resultWith(serviceAddress, {
      vpc_lattice_configurations: [{ port_name: "web", role_arn: null, target_group_arn: null }],
    });
    expect([result.verdict, unreadFacts(result)]).toEqual([
      "unknown",
      [
        `${serviceAddress}: vpc_lattice_configurations.port_name is set, and Berth does not read it`,
      ],
    ]);
    expect(result.services.find(({ address }) => address === serviceAddress)?.answers.start).toBe(
      "unknown",
    );
  });

  it("makes the result unknown if the table does not contain it", () => {
    const result = resultWith(serviceAddress, { argument_of_a_later_version: false });
    expect([result.verdict, unreadFacts(result)]).toEqual([
      "unknown",
      [`${serviceAddress}: argument_of_a_later_version is set, and Berth does not read it`],
    ]);
  });

  it.each([
    ["null", { vpc_lattice_configurations: null }],
    ["an empty list", { vpc_lattice_configurations: [] }],
    ["a value without an effect", { platform_version: "LATEST" }],
    ["irrelevant", { propagate_tags: "SERVICE" }],
  ])("does not change the result if it is %s", (_, values) => {
    const result = resultWith(serviceAddress, values);
    expect([result.verdict, unreadFacts(result)]).toEqual(["pass", []]);
  });
});
