import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "vitest";
import { berth, startBerth } from "../../support/berth.ts";
import { testFolder } from "../../support/folder.ts";
import { folder, PROVIDER, type Result, resultOf } from "../../support/terraform-folder.ts";

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

  it("counts the entries of a prefix list of AWS as rules of a security group", async ({
    expect,
  }) => {
    expect(await rehearsalOf("09-prefix-list/both", ".", "--until", "apply")).toMatchObject({
      verdict: "fail",
      errors: [{ id: "Q-04" }],
      code: 3,
    });
  });

  it.for([
    ["02-pull-through/norights", { verdict: "fail", code: 3 }, [{ id: "ECR-09" }]],
    ["02-pull-through/rights", { verdict: "pass", code: 0 }, []],
    ["02-pull-through/endpoints", { verdict: "fail", code: 3 }, [{ id: "NET-33" }]],
  ] as const)(
    "decides whether ECR imports the image of %s",
    async ([name, expected, findings], { expect }) => {
      const { verdict, code, services } = await rehearsalOf(name, ".");
      expect({ verdict, code }).toEqual(expected);
      expect(services).toMatchObject([{ findings }]);
    },
  );

  it("requires the permission to log in to the registry by its dual-stack host name", async ({
    expect,
  }) => {
    expect(await rehearsalOf("11-ipv6/onaws-norights", ".")).toMatchObject({
      verdict: "fail",
      services: [{ outcome: "fail", findings: [{ id: "IAM-05" }] }],
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

  it("reports a capacity provider that AWS fails to delete because its cluster uses it", async ({
    expect,
  }) => {
    expect(await rehearsalOf("06-provider-removed", "after", "--from", "before")).toMatchObject({
      verdict: "fail",
      errors: [
        { phase: "change", id: "DEST-09", address: 'aws_ecs_capacity_provider.pool["two"]' },
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

describe("berth rehearse, interrupted", () => {
  it("prints the results so far", async ({ expect }) => {
    const cwd = folder({
      "main.tf": `${PROVIDER}
resource "aws_vpc" "shop" {
  cidr_block = "10.0.0.0/16"
}
`,
    });
    const running = startBerth(["rehearse", "."], { cwd });
    await running.waitForOutput("destroy");
    running.interrupt();
    const { code, stdout } = await running.done;
    expect(code).toBe(130);
    expect(stdout).toMatch(/✓ apply/);
    expect(stdout).toMatch(/✓ plan/);
    expect(stdout.trim().split("\n").at(-1)).toMatch(/: unknown; interrupted during destroy/);
  });
});
