import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { CheckResult } from "../../src/checks/engine/result.ts";
import { evaluateChecks } from "../../src/checks/engine/evaluate.ts";
import { UserError } from "../../src/shared/errors.ts";
import { isJson, type Json, parsePlanJson } from "../../src/plan/plan-json.ts";
import { cases } from "./cases/index.ts";
import { ofPlan, type Recorded, recorded } from "../support/plan-fixtures.ts";

const fixtures = recorded("cases");

// A property here judges hundreds of plans, beside tests that keep every core busy.
vi.setConfig({ testTimeout: 120_000 });

/** A verdict, or the one error that says what is wrong with the text. */
function outcome(text: string): CheckResult["verdict"] | "an error" {
  try {
    return evaluateChecks(parsePlanJson(text, "a file")).verdict;
  } catch (error) {
    if (error instanceof UserError && error.code === "BERTH-E7001") return "an error";
    throw error;
  }
}

const whole = JSON.stringify(fixtures["as it is"]?.plan);

/** A value in some place of a plan becomes another. */
function replaced(value: unknown, path: readonly number[], by: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return by;
  if (Array.isArray(value)) {
    if (value.length === 0) return by;
    const at = step % value.length;
    return value.map((entry: unknown, index) => (index === at ? replaced(entry, rest, by) : entry));
  }
  if (!isJson(value) || Object.keys(value).length === 0) return by;
  const keys = Object.keys(value);
  const key = keys[step % keys.length] ?? "";
  return { ...value, [key]: replaced(value[key], rest, by) };
}

describe("whatever it is given", () => {
  it("any JSON ends in an error or leaves everything open", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(["unknown", "an error"]).toContain(outcome(text));
      }),
      { numRuns: 500 },
    );
  });

  it("any text that is cut off is an error", () => {
    fc.assert(
      fc.property(fc.nat(whole.length - 1), (length) => {
        expect(outcome(whole.slice(0, length))).toBe("an error");
      }),
      { numRuns: 50 },
    );
  });

  it("a plan with anything anywhere ends in a verdict or an error", () => {
    const plan = JSON.parse(whole) as unknown;
    fc.assert(
      fc.property(
        fc.array(fc.nat(1000), { minLength: 1, maxLength: 9 }),
        fc.jsonValue(),
        (path, by) => {
          expect(["pass", "fail", "unknown", "an error"]).toContain(
            outcome(JSON.stringify(replaced(plan, path, by))),
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each([
    ["nothing", ""],
    ["no object", "[]"],
    ["another format", '{"format_version":"9.0","planned_values":{}}'],
    ["a state of Terraform's own", '{"version":4,"terraform_version":"1.11.4","resources":[]}'],
  ])("%s is an error that says how to get it right", (_what, text) => {
    expect(() => parsePlanJson(text, "a file")).toThrow(
      expect.objectContaining({
        code: "BERTH-E7001",
        fix: expect.stringContaining("terraform show -json"),
      }),
    );
  });

  it("resources of other providers, and of types that nobody knows, are let be", () => {
    const plan = JSON.parse(whole) as { readonly resource_changes: readonly Json[] };
    const more = ["google_compute_instance", "aws_something_new", "null_resource"].map((type) => ({
      address: `${type}.x`,
      mode: "managed",
      type,
      name: "x",
      provider_name: "registry.terraform.io/other/other",
      change: {
        actions: ["create"],
        before: null,
        after: { odd: [{}] },
        after_unknown: { id: true },
      },
    }));
    const { plan: _, ...rest } = fixtures["as it is"] ?? {};
    const result = ofPlan({
      ...rest,
      plan: { ...plan, resource_changes: [...plan.resource_changes, ...more] },
    });
    expect(result.verdict).toBe("pass");
  });

  // A regular expression of so many stars would not end within the test's time.
  it("a suppression's address is matched in time, whatever its pattern", () => {
    const shown = parsePlanJson(JSON.stringify(fixtures["no way at all"]?.plan), "a file");
    const suppressed = (address: string): number =>
      evaluateChecks(shown, {
        suppressions: [{ id: "reach-ecr-layers", address, reason: "a test", until: "2099-01-01" }],
      }).suppressed.length;
    expect(suppressed("*".repeat(40))).toBeGreaterThan(0);
    expect(suppressed(`${"*".repeat(40)}!`)).toBe(0);
  });
});

/** A plan in which some attributes are known after apply. */
function hidden(
  { plan, ...rest }: Recorded,
  picks: readonly (readonly [number, number])[],
): Recorded {
  const { resource_changes: changes, ...others } = plan as {
    readonly resource_changes: readonly Json[];
  };
  const hiding = [...changes];
  for (const [which, what] of picks) {
    const index = which % hiding.length;
    const entry = hiding[index] ?? {};
    const change = isJson(entry["change"]) ? entry["change"] : {};
    const after = isJson(change["after"]) ? change["after"] : {};
    const names = Object.keys(after);
    const name = names[what % Math.max(1, names.length)];
    if (name === undefined) continue;
    const { [name]: _, ...left } = after;
    const unknown = isJson(change["after_unknown"]) ? change["after_unknown"] : {};
    hiding[index] = {
      ...entry,
      change: { ...change, after: left, after_unknown: { ...unknown, [name]: true } },
    };
  }
  return { ...rest, plan: { ...others, resource_changes: hiding } };
}

const picks = fc.array(fc.tuple(fc.nat(10_000), fc.nat(10_000)), { minLength: 1, maxLength: 6 });

describe("facts that are hidden", () => {
  const refuted = Object.keys(cases).filter(
    (name) => ofPlan(fixtures[name] ?? {}).verdict === "fail",
  );

  /** One that decides each: all that a search through every attribute of every refuted case has found. */
  it.each([
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
  ])("leave it open: %s, without %s's %s", (name, address, attribute) => {
    const found = fixtures[name] ?? {};
    const { resource_changes: changes } = found.plan as {
      readonly resource_changes: readonly Json[];
    }; // Terraform's documented shape
    const which = changes.findIndex((otherChange) => otherChange["address"] === address);
    const change = changes[which]?.["change"];
    const after = isJson(change) && isJson(change["after"]) ? change["after"] : {};
    const what = Object.keys(after).indexOf(attribute);
    expect([which, what]).not.toContain(-1);
    expect(ofPlan(hidden(found, [[which, what]])).verdict).toBe("unknown");
  });

  it("never make a proof of what is refuted", () => {
    fc.assert(
      fc.property(fc.constantFrom(...refuted), picks, (name, some) => {
        expect(ofPlan(hidden(fixtures[name] ?? {}, some)).verdict).not.toBe("pass");
      }),
      { numRuns: 100 },
    );
  });

  it("never refute what is proved", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("as it is", "as it is, by a NAT gateway"),
        picks,
        (name, some) => {
          const { findings } = ofPlan(hidden(fixtures[name] ?? {}, some));
          expect(findings.filter((finding) => finding.severity === "error")).toEqual([]);
        },
      ),
      { numRuns: 100 },
    );
  });
});
