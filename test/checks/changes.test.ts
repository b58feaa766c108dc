import { describe, expect, it } from "vitest";
import { changes } from "../e2e/stacks/changes.ts";
import { checkRecordedPlan, readFixture } from "../support/plan-fixtures.ts";

const fixtures = readFixture("changes");

describe("plans that change existing resources", () => {
  it.each(Object.entries(changes).filter(([, { errorId }]) => errorId !== undefined))(
    "%s: fails, as AWS rejects the change",
    (name, { errorId }) => {
      const { verdict, findings } = checkRecordedPlan(fixtures[name] ?? {});
      expect(verdict).toBe("fail");
      expect(
        findings.filter((finding) => finding.severity === "error").map((finding) => finding.id),
      ).toContain(errorId);
    },
  );

  it.each(Object.entries(changes).filter(([, { errorId }]) => errorId === undefined))(
    "%s: passes, as every service runs after the change",
    (name) => {
      expect(checkRecordedPlan(fixtures[name] ?? {}).verdict).toBe("pass");
    },
  );
});
