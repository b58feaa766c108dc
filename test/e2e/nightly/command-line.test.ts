import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "vitest";
import { berth } from "../../support/berth.ts";
import { remainingResources, writeConfig } from "../../support/config-folder.ts";
import { testFolder } from "../../support/folder.ts";

describe.concurrent("the command line, with real Terraform in the sandbox", () => {
  it("rejects destroy in production before anything is deleted", async ({ expect }) => {
    const folder = testFolder();
    writeConfig(folder, 'production: true, loadBalancer: { allowFrom: ["10.0.0.0/8"] }');
    const apply = await berth(["apply", "--sandbox", "--yes"], { cwd: folder });
    expect(apply.code).toBe(0);
    expect(apply.stderr).toContain("deletion protection is enabled");
    expect(apply.stderr).toContain("the provider waits 60 s for a new load balancer");
    const before = await remainingResources(folder);
    const refused = await berth(["destroy", "--sandbox", "--yes"], { cwd: folder });
    expect([refused.code, refused.stdout]).toEqual([1, ""]);
    expect(refused.stderr).toContain(
      "the load balancer has deletion protection enabled; nothing was destroyed",
    );
    expect(await remainingResources(folder)).toEqual(before);
  });

  it("stops at a failed check, and with --unchecked shows the error of AWS with the address, the config option and the next step", async ({
    expect,
  }) => {
    const folder = testFolder();
    writeConfig(
      folder,
      'zones: 1, loadBalancer: false, override: { "aws_subnet.network_private_us_east_1a": { cidr_block: "10.77.0.0/24" } }',
    );
    const stopped = await berth(["apply", "--sandbox", "--yes"], { cwd: folder });
    expect([stopped.code, stopped.stdout]).toEqual([3, ""]);
    expect(stopped.stderr).toContain("CIDR-01 Subnet is outside the CIDR block of its VPC");
    expect(await remainingResources(folder)).toEqual([]);
    const ran = await berth(["apply", "--sandbox", "--yes", "--unchecked"], { cwd: folder });
    expect([ran.code, ran.stdout]).toEqual([1, ""]);
    expect(ran.stderr.slice(ran.stderr.indexOf("error:"))).toBe(
      [
        "error: creating EC2 Subnet: InvalidSubnet.Range: The CIDR '10.77.0.0/24' is invalid.",
        "  at    aws_subnet.network_private_us_east_1a",
        "  from  network, zones, egress in berth.config.ts",
        "  fix   Choose a CIDR block inside the VPC's block; npx berth-ecs explain CIDR-01 describes the failure",
        "  code  BERTH-E3003",
        "warning: apply failed: completed changes are in the state; run npx berth-ecs apply --sandbox to continue",
        "",
      ].join("\n"),
    );
    expect((await berth(["destroy", "--sandbox", "--yes"], { cwd: folder })).code).toBe(0);
    expect(await remainingResources(folder)).toEqual([]);
  });

  it("ignores endpoints, profiles and proxies of the environment with --sandbox", async ({
    expect,
  }) => {
    const folder = testFolder();
    writeConfig(folder, 'zones: 1, loadBalancer: false, account: "999988887777"');
    const env = {
      AWS_ENDPOINT_URL_EC2: "http://127.0.0.1:9",
      AWS_PROFILE: "production",
      AWS_REGION: "eu-west-1",
      HTTPS_PROXY: "http://127.0.0.1:9",
      AWS_CA_BUNDLE: "/nonexistent",
      TF_CLI_CONFIG_FILE: "/nonexistent",
    };
    const ran = await berth(["plan", "--sandbox", "--json"], { cwd: folder, env });
    expect(ran.stderr).toBe("");
    expect(
      JSON.parse(
        ran.stdout
          .trim()
          .split("\n")
          .findLast((line) => line.includes('"result"')) ?? "{}",
      ),
    ).toMatchObject({ type: "result", data: { changed: true } });
    expect(readFileSync(join(folder, ".terraform.lock.hcl"), "utf8")).toContain("hashicorp/aws");
  });
});
