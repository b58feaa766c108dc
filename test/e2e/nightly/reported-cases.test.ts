import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "vitest";
import { berth } from "../../support/berth.ts";
import { testFolder } from "../../support/folder.ts";
import { type Result, resultOf } from "../../support/terraform-folder.ts";

const cases = fileURLToPath(new URL("../../checks/reported-cases/", import.meta.url));

/** The result of a rehearsal of a copy of a folder of test/checks/reported-cases. */
async function rehearsalOf(
  name: string,
  ...args: readonly string[]
): Promise<Result & { readonly code: number | null }> {
  const cwd = testFolder();
  cpSync(join(cases, name), cwd, { recursive: true });
  const ran = await berth(["rehearse", ...args, "--json"], { cwd });
  return { ...resultOf(ran.stdout), code: ran.code };
}

describe.concurrent("berth rehearse of configurations that were reported publicly", () => {
  it("creates the object of an import block, and lists it as assumed", async ({ expect }) => {
    expect(await rehearsalOf("21-import", ".")).toMatchObject({
      verdict: "pass",
      errors: [],
      assumptions: [
        "aws_cloudwatch_log_group.crane exists as its configuration says, because an import block adopts it",
      ],
      services: [{ service: "aws_ecs_service.crane", outcome: "pass" }],
      remainingResources: [],
      code: 0,
    });
  });

  it("reports a service that plantimestamp() changes in each plan", async ({ expect }) => {
    expect(await rehearsalOf("12-plantimestamp", ".")).toMatchObject({
      verdict: "fail",
      services: [{ outcome: "pass" }],
      differences: [{ address: "aws_ecs_service.crane" }],
      code: 3,
    });
  });

  it("reports a service that is replaced before it is destroyed, with its address", async ({
    expect,
  }) => {
    expect(await rehearsalOf("18-cbd", "after", "--from", "before")).toMatchObject({
      verdict: "fail",
      errors: [
        {
          phase: "change",
          address: "aws_ecs_service.crane",
          message: expect.stringContaining("Creation of service was not idempotent"),
        },
      ],
      code: 3,
    });
  });

  it("passes for several services in one VPC behind one load balancer", async ({ expect }) => {
    expect(await rehearsalOf("shared-vpc", ".")).toMatchObject({
      verdict: "pass",
      errors: [],
      services: [{ outcome: "pass" }, { outcome: "pass" }, { outcome: "pass" }],
      code: 0,
    });
  });
});
