import { describe, expect, it } from "vitest";
import { evaluateChecks } from "../../src/checks/engine/evaluate.ts";
import { parsePlanJson } from "../../src/plan/plan-json.ts";
import { changes } from "../e2e/stacks/changes.ts";
import { checkRecordedPlan, readFixture } from "../support/plan-fixtures.ts";

const fixtures = readFixture("changes");

describe("plans over what stands", () => {
  it.each(Object.entries(changes).filter(([, { errorId }]) => errorId !== undefined))(
    "%s is refuted, as AWS refuses it",
    (name, { errorId }) => {
      const { verdict, findings } = checkRecordedPlan(fixtures[name] ?? {});
      expect(verdict).toBe("fail");
      expect(
        findings.filter((finding) => finding.severity === "error").map((finding) => finding.id),
      ).toContain(errorId);
    },
  );

  it.each(Object.entries(changes).filter(([, { errorId }]) => errorId === undefined))(
    "%s is proved: in the end it launches",
    (name) => {
      expect(checkRecordedPlan(fixtures[name] ?? {}).verdict).toBe("pass");
    },
  );
});

describe("what data sources have read", () => {
  const zones = (names: readonly string[]): string =>
    JSON.stringify({
      format_version: "1.2",
      planned_values: {},
      resource_changes: [],
      prior_state: {
        format_version: "1.0",
        values: {
          root_module: {
            resources: [
              {
                address: "data.aws_availability_zones.all",
                mode: "data",
                type: "aws_availability_zones",
                name: "all",
                values: { names },
              },
            ],
          },
        },
      },
    });

  it("is warned of where it holds a local zone", () => {
    const ids = (names: readonly string[]): unknown[] =>
      evaluateChecks(parsePlanJson(zones(names), "a plan")).findings.map((finding) => finding.id);
    expect(ids(["us-west-2a", "us-west-2-lax-1a"])).toEqual(["TF-04"]);
    expect(ids(["us-west-2a", "us-west-2b"])).toEqual([]);
  });
});
