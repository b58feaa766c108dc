import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "vitest";
import { run as apply } from "../../../src/cli/commands/apply.ts";
import type { Config } from "../../../src/config/options.ts";
import type { ProcessOwner } from "../../../src/shared/process-owner.ts";
import { type Sandbox, startSandbox } from "../../../src/sandbox/server.ts";
import { earlierRuns } from "../../../src/terraform/run-directory.ts";
import { ACCOUNT, awsAt, project, REGION } from "../../support/foundation-modes.ts";
import { waitForProcessEnd } from "../../support/apply-process.ts";
import { berth, type RunResult, startBerth } from "../../support/berth.ts";
import { RecordingHost } from "../../support/host.ts";

const STATE_BUCKET = "states";
const config: Config = {
  name: "shop",
  region: REGION,
  account: ACCOUNT,
  zones: 1,
  loadBalancer: false,
  state: { bucket: STATE_BUCKET },
};

/** A sandbox as an AWS account, with a bucket for the state, and a project for it. */
class ProjectInAccount {
  readonly folder: string = project(config);
  readonly directory: string = join(this.folder, ".berth/default");
  readonly sandbox: Sandbox;

  constructor(sandbox: Sandbox) {
    this.sandbox = sandbox;
    const bucket = {
      Bucket: STATE_BUCKET,
      CreateBucketConfiguration: { LocationConstraint: REGION },
    };
    sandbox.invoke("s3", "CreateBucket", bucket, { account: ACCOUNT, region: REGION });
  }

  run(...args: string[]): Promise<RunResult> {
    return berth(args, { cwd: this.folder, env: awsAt(this.sandbox) });
  }

  /** Starts an apply, and kills Berth when the creation of a resource starts. */
  async applyKilledAt(address: string): Promise<ProcessOwner> {
    const running = startBerth(["apply", "--yes"], { cwd: this.folder, env: awsAt(this.sandbox) });
    await running.waitForOutput(`creating ${address}`);
    running.kill();
    await running.done;
    const owner = earlierRuns(this.directory)[0]?.process;
    if (owner === undefined) throw new Error("no process was recorded");
    return owner;
  }

  /** The number of resources of a kind. */
  count(kind: string): number {
    return this.sandbox
      .contents()
      .filter((content) => content.kind === kind)
      .reduce((sum, { ids }) => sum + ids.length, 0);
  }
}

describe.concurrent("state recovery", () => {
  it("if Berth is killed, Terraform saves its state, and the next apply creates no duplicates", async ({
    expect,
    onTestFinished,
  }) => {
    const account = new ProjectInAccount(await startSandbox());
    onTestFinished(() => account.sandbox.close());
    const terraform = await account.applyKilledAt("aws_vpc.network");
    const early = await account.run("apply", "--yes");
    expect([early.code, early.stderr]).toEqual([1, expect.stringContaining("BERTH-E3006")]);
    await waitForProcessEnd(terraform);
    const again = await account.run("apply", "--yes");
    expect(again.code, again.stderr).toBe(0);
    expect(again.stderr).toContain(
      "an earlier run was interrupted; the resources that it created are in the state",
    );
    expect(account.count("ec2/vpc")).toBe(1);
    expect(readdirSync(account.directory).filter((name) => /^run-|lock$/.test(name))).toEqual([]);
  });

  it("if Berth and Terraform are killed, the next apply reports the missing resources and creates nothing", async ({
    expect,
    onTestFinished,
  }) => {
    const account = new ProjectInAccount(await startSandbox());
    onTestFinished(() => account.sandbox.close());
    const terraform = await account.applyKilledAt(
      "aws_ecs_cluster_capacity_providers.cluster_capacity",
    );
    process.kill(-terraform.pid, "SIGKILL");
    await waitForProcessEnd(terraform);
    const before = account.sandbox.contents();
    const refused = await account.run("apply", "--yes");
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("BERTH-E3009")]);
    expect(refused.stderr).toContain(
      "aws_ecs_cluster_capacity_providers.cluster_capacity (its creation was interrupted)",
    );
    expect(account.sandbox.contents()).toEqual(before);
    const accepted = await account.run("recover", "--yes", "--accept-missing");
    expect(accepted.code, accepted.stderr).toBe(0);
    expect(accepted.stderr).toContain("released the state lock");
    expect((await account.run("plan")).code).toBe(0);
  });

  it("if the bucket rejects the state, Berth keeps it, and recover saves it", async ({
    expect,
    onTestFinished,
  }) => {
    let isDenied = false;
    const account = new ProjectInAccount(
      await startSandbox({
        faultInjector: ({ operation, input }) => {
          if (operation === "CreateVpc") isDenied = true;
          const isState = operation === "PutObject" && input["Key"] === "shop/terraform.tfstate";
          return isDenied && isState
            ? {
                kind: "error",
                code: "ExpiredToken",
                message: "The token has expired.",
                status: 403,
              }
            : undefined;
        },
      }),
    );
    onTestFinished(() => account.sandbox.close());
    const failed = await account.run("apply", "--yes");
    expect([failed.code, failed.stdout]).toEqual([1, ""]);
    expect(failed.stderr).toContain(
      "fix   run npx berth-ecs recover to save it (terraform state push)",
    );
    expect(failed.stderr).not.toContain("are in the state");
    for (const args of [["plan"], ["apply", "--yes"], ["destroy", "--yes"], ["drift"]])
      expect((await account.run(...args)).stderr).toContain("BERTH-E3008");
    const early = await account.run("recover", "--yes");
    expect([early.code, early.stderr]).toEqual([1, expect.stringContaining("ExpiredToken")]);
    isDenied = false;
    const recovered = await account.run("recover", "--yes");
    expect(recovered.code, recovered.stderr).toBe(0);
    const again = await account.run("plan", "--detailed-exitcode");
    expect(again.code, again.stderr).toBe(0);
    expect(account.count("ec2/vpc")).toBe(1);
  });

  it("while a plan waits for confirmation in one terminal, commands in another terminal are rejected", async ({
    expect,
    onTestFinished,
  }) => {
    const sandbox = await startSandbox();
    onTestFinished(() => sandbox.close());
    const folder = project({ ...config, state: undefined });
    const url = ["--sandbox-url", sandbox.url];
    const concurrentRuns: RunResult[] = [];
    const host = new RecordingHost(async () => {
      for (const args of [
        ["destroy", "--yes"],
        ["apply", "--yes", "--approved", `berth1-${"0".repeat(64)}`],
        ["plan"],
      ])
        concurrentRuns.push(await berth([...args, ...url], { cwd: folder }));
      return true;
    });
    const flags = { config: join(folder, "berth.config.ts"), sandboxUrl: sandbox.url };
    expect(await apply(flags, host)).toBe(0);
    expect(concurrentRuns.map(({ code }) => code)).toEqual([1, 1, 1]);
    for (const { stderr } of concurrentRuns)
      expect(stderr).toContain(`berth apply (process ${process.pid} on `);
    const planned = await berth(["plan", "--detailed-exitcode", ...url], { cwd: folder });
    expect(planned.code, planned.stderr).toBe(0);
  });
});
