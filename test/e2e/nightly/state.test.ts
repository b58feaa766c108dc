import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "vitest";
import { run as apply } from "../../../src/cli/commands/apply.ts";
import type { Config } from "../../../src/config/options.ts";
import type { ProcessOwner } from "../../../src/shared/process-owner.ts";
import { type Sandbox, startSandbox } from "../../../src/sandbox/server.ts";
import { earlierRuns } from "../../../src/terraform/run-directory.ts";
import { ACCOUNT, awsAt, project, REGION } from "../../support/foundation-modes.ts";
import { ending } from "../../support/apply-process.ts";
import { berth, type Ran, startBerth } from "../../support/berth.ts";
import { RecordingHost } from "../../support/host.ts";

const STATE = "states";
const config: Config = {
  name: "shop",
  region: REGION,
  account: ACCOUNT,
  zones: 1,
  loadBalancer: false,
  state: { bucket: STATE },
};

/** An account that is a sandbox, with a bucket for the state, and a project in it. */
class Account {
  readonly folder: string = project(config);
  readonly directory: string = join(this.folder, ".berth/default");
  readonly sandbox: Sandbox;

  constructor(sandbox: Sandbox) {
    this.sandbox = sandbox;
    const bucket = {
      Bucket: STATE,
      CreateBucketConfiguration: { LocationConstraint: REGION },
    };
    sandbox.invoke("s3", "CreateBucket", bucket, { account: ACCOUNT, region: REGION });
  }

  run(...args: string[]): Promise<Ran> {
    return berth(args, { cwd: this.folder, env: awsAt(this.sandbox) });
  }

  /** Starts an apply, and kills Berth as soon as a resource is being created. */
  async applyKilledAt(address: string): Promise<ProcessOwner> {
    const running = startBerth(["apply", "--yes"], { cwd: this.folder, env: awsAt(this.sandbox) });
    await running.saw(`creating ${address}`);
    running.kill();
    await running.done;
    const owner = earlierRuns(this.directory)[0]?.process;
    if (owner === undefined) throw new Error("no process was recorded");
    return owner;
  }

  /** How many there are of each kind of thing. */
  count(kind: string): number {
    return this.sandbox
      .contents()
      .filter((content) => content.kind === kind)
      .reduce((sum, { ids }) => sum + ids.length, 0);
  }
}

describe.concurrent("no state is lost", () => {
  it("Berth is killed: Terraform saves its state, and the next apply creates nothing twice", async ({
    expect,
    onTestFinished,
  }) => {
    const account = new Account(await startSandbox());
    onTestFinished(() => account.sandbox.close());
    const terraform = await account.applyKilledAt("aws_vpc.network");
    const early = await account.run("apply", "--yes");
    expect([early.code, early.stderr]).toEqual([1, expect.stringContaining("BERTH-E3006")]);
    await ending(terraform);
    const again = await account.run("apply", "--yes");
    expect(again.code, again.stderr).toBe(0);
    expect(again.stderr).toContain(
      "an earlier run was interrupted; what it created is in the state",
    );
    expect(account.count("ec2/vpc")).toBe(1);
    expect(readdirSync(account.directory).filter((name) => /^run-|lock$/.test(name))).toEqual([]);
  });

  it("Berth and Terraform are killed: the next apply names what is missing, and creates nothing", async ({
    expect,
    onTestFinished,
  }) => {
    const account = new Account(await startSandbox());
    onTestFinished(() => account.sandbox.close());
    const terraform = await account.applyKilledAt(
      "aws_ecs_cluster_capacity_providers.cluster_capacity",
    );
    process.kill(-terraform.pid, "SIGKILL");
    await ending(terraform);
    const before = account.sandbox.contents();
    const refused = await account.run("apply", "--yes");
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("BERTH-E3009")]);
    expect(refused.stderr).toContain(
      "aws_ecs_cluster_capacity_providers.cluster_capacity (its creation was cut off)",
    );
    expect(account.sandbox.contents()).toEqual(before);
    const accepted = await account.run("recover", "--yes", "--accept-missing");
    expect(accepted.code, accepted.stderr).toBe(0);
    expect(accepted.stderr).toContain("released the lock");
    expect((await account.run("plan")).code).toBe(0);
  });

  it("the bucket takes no state any more: it is kept, and recover saves it", async ({
    expect,
    onTestFinished,
  }) => {
    let isDenied = false;
    const account = new Account(
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
    expect(failed.stderr).toContain("fix   berth recover saves it (terraform state push)");
    expect(failed.stderr).not.toContain("is in the state");
    for (const command of ["plan", "apply", "destroy", "drift"])
      expect((await account.run(command)).stderr).toContain("BERTH-E3008");
    const early = await account.run("recover", "--yes");
    expect([early.code, early.stderr]).toEqual([1, expect.stringContaining("ExpiredToken")]);
    isDenied = false;
    const recovered = await account.run("recover", "--yes");
    expect(recovered.code, recovered.stderr).toBe(0);
    const again = await account.run("plan", "--detailed-exitcode");
    expect(again.code, again.stderr).toBe(0);
    expect(account.count("ec2/vpc")).toBe(1);
  });

  it("two terminals: what was agreed to is applied, and the other command waits for its turn", async ({
    expect,
    onTestFinished,
  }) => {
    const sandbox = await startSandbox();
    onTestFinished(() => sandbox.close());
    const folder = project({ ...config, state: undefined });
    const url = ["--sandbox-url", sandbox.url];
    const others: Ran[] = [];
    const host = new RecordingHost(async () => {
      for (const args of [
        ["destroy", "--yes"],
        ["apply", "--yes", "--approved", `berth1-${"0".repeat(64)}`],
        ["plan"],
      ])
        others.push(await berth([...args, ...url], { cwd: folder }));
      return true;
    });
    const flags = { config: join(folder, "berth.config.ts"), sandboxUrl: sandbox.url };
    expect(await apply(flags, host)).toBe(0);
    expect(others.map(({ code }) => code)).toEqual([1, 1, 1]);
    for (const { stderr } of others)
      expect(stderr).toContain(`berth apply (process ${process.pid} on `);
    const planned = await berth(["plan", "--detailed-exitcode", ...url], { cwd: folder });
    expect(planned.code, planned.stderr).toBe(0);
  });
});
