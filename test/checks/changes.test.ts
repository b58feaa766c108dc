import { describe, expect, it } from "vitest";
import { changes } from "../e2e/stacks/changes.ts";
import { ofPlan, recorded } from "../support/plan-fixtures.ts";

const fixtures = recorded("changes");

describe("plans that change existing resources", () => {
  it.each(Object.entries(changes).filter(([, { refused }]) => refused !== undefined))(
    "%s: fails, as AWS rejects the change",
    (name, { refused }) => {
      const { verdict, findings } = ofPlan(fixtures[name] ?? {});
      expect(verdict).toBe("fail");
      expect(
        findings.filter((finding) => finding.severity === "error").map((finding) => finding.id),
      ).toContain(refused);
    },
  );

  it.each(Object.entries(changes).filter(([, { refused }]) => refused === undefined))(
    "%s: passes, as every service runs after the change",
    (name) => {
      expect(ofPlan(fixtures[name] ?? {}).verdict).toBe("pass");
    },
  );
});
