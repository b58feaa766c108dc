import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { CheckResult } from "../../src/checks/engine/result.ts";
import { evaluateChecks } from "../../src/checks/engine/evaluate.ts";
import { UserError } from "../../src/shared/errors.ts";
import { type Json, isObject, parsePlanJson } from "../../src/plan/plan-json.ts";
import { cases } from "./cases/index.ts";
import { hideAttribute, withoutValue } from "../support/plan-edits.ts";
import {
  checkRecordedPlan,
  type RecordedConfiguration,
  readFixture,
} from "../support/plan-fixtures.ts";

const fixtures = readFixture("cases");

// A property test checks hundreds of plans while other tests use every CPU core.
vi.setConfig({ testTimeout: 120_000 });

/** The verdict, or "an error" for BERTH-E7001. */
function outcomeOf(text: string): CheckResult["verdict"] | "an error" {
  try {
    return evaluateChecks(parsePlanJson(text, "a file")).verdict;
  } catch (error) {
    if (error instanceof UserError && error.code === "BERTH-E7001") return "an error";
    throw error;
  }
}

const planText = JSON.stringify(fixtures["as it is"]?.plan);

/** The plan with another value at a path. A step of the path selects the element with this index, modulo the length. */
function withValueAt(value: unknown, path: readonly number[], replacement: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return replacement;
  if (Array.isArray(value)) {
    if (value.length === 0) return replacement;
    const position = step % value.length;
    return value.map((entry: unknown, index) =>
      index === position ? withValueAt(entry, rest, replacement) : entry,
    );
  }
  if (!isObject(value) || Object.keys(value).length === 0) return replacement;
  const keys = Object.keys(value);
  const key = keys[step % keys.length] ?? "";
  return { ...value, [key]: withValueAt(value[key], rest, replacement) };
}

describe("evaluateChecks", () => {
  it("reports an error or an unknown verdict for any JSON", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(["unknown", "an error"]).toContain(outcomeOf(text));
      }),
      { numRuns: 500 },
    );
  });

  it("reports an error for a plan that is cut off", () => {
    fc.assert(
      fc.property(fc.nat(planText.length - 1), (length) => {
        expect(outcomeOf(planText.slice(0, length))).toBe("an error");
      }),
      { numRuns: 50 },
    );
  });

  it("reports a verdict or an error for a plan with any value at any path", () => {
    const plan = JSON.parse(planText) as unknown;
    fc.assert(
      fc.property(
        fc.array(fc.nat(1000), { minLength: 1, maxLength: 9 }),
        fc.jsonValue(),
        (path, replacement) => {
          expect(["pass", "fail", "unknown", "an error"]).toContain(
            outcomeOf(JSON.stringify(withValueAt(plan, path, replacement))),
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each([
    ["empty text", ""],
    ["a list", "[]"],
    ["an unsupported format version", '{"format_version":"9.0","planned_values":{}}'],
    ["a Terraform state file", '{"version":4,"terraform_version":"1.11.4","resources":[]}'],
  ])("reports an error with a fix for %s", (_description, text) => {
    expect(() => parsePlanJson(text, "a file")).toThrow(
      expect.objectContaining({
        code: "BERTH-E7001",
        fix: expect.stringContaining("terraform show -json"),
      }),
    );
  });

  it("ignores resources of other providers and of unknown types", () => {
    const plan = JSON.parse(planText) as { readonly resource_changes: readonly Json[] };
    const otherResources = ["google_compute_instance", "aws_something_new", "null_resource"].map(
      (type) => ({
        address: `${type}.x`,
        mode: "managed",
        type,
        name: "x",
        provider_name: "registry.terraform.io/other/other",
        change: {
          actions: ["create"],
          before: null,
          after: { blocks: [{}] },
          after_unknown: { id: true },
        },
      }),
    );
    const { plan: _, ...rest } = fixtures["as it is"] ?? {};
    const result = checkRecordedPlan({
      ...rest,
      plan: { ...plan, resource_changes: [...plan.resource_changes, ...otherResources] },
    });
    expect(result.verdict).toBe("pass");
  });

  // A regular expression with this many asterisks would exceed the timeout of the test.
  it("matches the address of a suppression with many asterisks in time", () => {
    const shown = parsePlanJson(JSON.stringify(fixtures["no way at all"]?.plan), "a file");
    const suppressedCount = (address: string): number =>
      evaluateChecks(shown, {
        suppressions: [{ id: "reach-ecr-layers", address, reason: "a test", until: "2099-01-01" }],
      }).suppressed.length;
    expect(suppressedCount("*".repeat(40))).toBeGreaterThan(0);
    expect(suppressedCount(`${"*".repeat(40)}!`)).toBe(0);
  });
});

/** The recording with attributes that are known after apply. Each pair selects a resource and one of its attributes. */
function withUnknownAttributes(
  { plan, ...rest }: RecordedConfiguration,
  selections: readonly (readonly [number, number])[],
): RecordedConfiguration {
  const { resource_changes: changes, ...others } = plan as {
    readonly resource_changes: readonly Json[];
  }; // the documented JSON format of Terraform
  const resources = [...changes];
  for (const [resourceNumber, attributeNumber] of selections) {
    const index = resourceNumber % resources.length;
    const resource = resources[index] ?? {};
    const change = isObject(resource["change"]) ? resource["change"] : {};
    const attributes = Object.keys(isObject(change["after"]) ? change["after"] : {});
    const attribute = attributes[attributeNumber % Math.max(1, attributes.length)];
    if (attribute !== undefined) resources[index] = withoutValue(resource, attribute);
  }
  return { ...rest, plan: { ...others, resource_changes: resources } };
}

const selections = fc.array(fc.tuple(fc.nat(10_000), fc.nat(10_000)), {
  minLength: 1,
  maxLength: 6,
});

describe("a plan with unknown attributes", () => {
  const verdicts = new Map<string, CheckResult["verdict"]>();
  /** The verdict of a recorded plan, which is evaluated once. */
  const verdictOf = (name: string): CheckResult["verdict"] => {
    const verdict = verdicts.get(name) ?? checkRecordedPlan(fixtures[name] ?? {}).verdict;
    verdicts.set(name, verdict);
    return verdict;
  };

  // The attributes that decide the outcome alone. A search through every attribute of every failing case found them.
  it.each([
    ["as it is", "aws_vpc_endpoint.s3", "vpc_endpoint_type"],
    ["a load balancer twice in a zone", "aws_lb.main", "load_balancer_type"],
    ["a bucket that nobody may write to", "aws_lb.main", "access_logs"],
    ["a volume that is not there", "aws_ecs_task_definition.app", "volume"],
    ["a file system in one zone", "aws_ecs_task_definition.app", "volume"],
    ["more disk than there is", "aws_ecs_task_definition.app", "runtime_platform"],
    [
      "a grace period without a load balancer",
      "aws_ecs_service.app",
      "health_check_grace_period_seconds",
    ],
    ["a platform version that is none", "aws_ecs_service.app", "platform_version"],
    ["a new deployment by force", "aws_ecs_service.app", "deployment_controller"],
    ["a new deployment by force", "aws_ecs_service.app", "force_new_deployment"],
    ["an SRV record without a port", "aws_ecs_service.app", "service_registries"],
    ["an SRV record without a port", "aws_service_discovery_service.app", "dns_config"],
    ["a port that nobody names", "aws_ecs_service.app", "service_connect_configuration"],
  ])("is unknown: %s, with unknown %s.%s", (name, address, attribute) => {
    const { plan, ...rest } = fixtures[name] ?? {};
    if (!isObject(plan)) throw new TypeError(`the fixtures have no plan of the case "${name}"`);
    expect(
      checkRecordedPlan({ ...rest, plan: hideAttribute(address, attribute)(plan) }).verdict,
    ).toBe("unknown");
  });

  it("never passes if the plan with known attributes fails", () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(cases)), selections, (name, selected) => {
        fc.pre(verdictOf(name) === "fail");
        expect(
          checkRecordedPlan(withUnknownAttributes(fixtures[name] ?? {}, selected)).verdict,
        ).not.toBe("pass");
      }),
      { numRuns: 100 },
    );
  });

  it("never fails if the plan with known attributes passes", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("as it is", "as it is, by a NAT gateway"),
        selections,
        (name, selected) => {
          const { findings } = checkRecordedPlan(
            withUnknownAttributes(fixtures[name] ?? {}, selected),
          );
          expect(findings.filter((finding) => finding.severity === "error")).toEqual([]);
        },
      ),
      { numRuns: 100 },
    );
  });
});
