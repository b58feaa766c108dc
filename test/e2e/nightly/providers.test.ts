import { appendFileSync, cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "vitest";
import { berth } from "../../support/berth.ts";
import { testFolder } from "../../support/folder.ts";
import { homeWithFork, projectWithFork, realEndpoint } from "../../support/fork.ts";

describe.concurrent("providers other than hashicorp/aws", () => {
  it("are skipped in a full rehearsal, and the applied resources are destroyed", async ({
    expect,
  }) => {
    const endpoint = await realEndpoint();
    const cwd = projectWithFork(endpoint.url);
    // Terraform cannot plan the number of instances. The destroy must still succeed.
    appendFileSync(
      join(cwd, "main.tf"),
      `
resource "aws_cloudwatch_log_group" "each" {
  for_each = toset(split(",", aws_ssm_parameter.dns.insecure_value))
  name     = "\${aws_cloudwatch_log_group.independent.name}/\${each.key}"
}
`,
    );
    const ran = await berth(["rehearse", "."], { cwd, env: { HOME: homeWithFork() } });
    await endpoint.close();
    expect(endpoint.received).toEqual([]);
    expect(ran.stdout).toContain("✓ apply    2 created");
    expect(ran.stdout).toContain("✓ plan     no changes");
    expect(ran.stdout).toContain("✓ destroy  2 destroyed, no resources left");
    expect(ran.code).toBe(5);
  });

  it("run for real where the user allows it, and the result reports it", async ({ expect }) => {
    const endpoint = await realEndpoint();
    const cwd = projectWithFork(endpoint.url);
    const ran = await berth(
      ["rehearse", ".", "--until", "apply", "--no-exec", "--allow-provider", "acme/other"],
      { cwd, env: { HOME: homeWithFork() } },
    );
    await endpoint.close();
    expect(endpoint.received).toContain("POST AmazonSSM.PutParameter");
    expect(ran.stderr).toContain("acme/other (provider, runs for real)");
    expect(ran.stderr).toMatch(
      /Skipped by --no-exec:\n +terraform_data.local \(local-exec provisioner\)/,
    );
    expect(ran.stdout).toMatch(/acme\/other ran for real$/m);
    expect(existsSync(join(cwd, "environment"))).toBe(false);
    expect(ran.code).toBe(3);
  });

  it("do not change the outcome of a service that does not depend on them", async ({ expect }) => {
    const rehearse = async (edit: (main: string) => string) => {
      const cwd = testFolder();
      cpSync(fileURLToPath(new URL("../../../examples/forgotten", import.meta.url)), cwd, {
        recursive: true,
      });
      const main = join(cwd, "main.tf");
      const text = edit(readFileSync(main, "utf8"));
      writeFileSync(main, text);
      const ran = await berth(["rehearse", ".", "--until", "traffic"], { cwd });
      return ran.stdout;
    };
    const [beside, dependent] = await Promise.all([
      rehearse(
        (main) =>
          `${main}\nresource "cloudflare_record" "x" {\n  name = aws_ecs_service.shop.name\n}\n`,
      ),
      rehearse(
        (main) =>
          `${main.replace('name            = "shop"', "name            = cloudflare_record.x.name")}\nresource "cloudflare_record" "x" {\n}\n`,
      ),
    ]);
    expect(beside).toContain("✗ aws_ecs_service.shop: NET-11");
    expect(dependent).toContain(
      "? aws_ecs_service.shop: unknown, it depends on cloudflare_record.x: the provider hashicorp/cloudflare is skipped",
    );
  });
});
