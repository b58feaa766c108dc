import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "vitest";
import { type Sandbox, startSandbox } from "../../../src/sandbox/server.ts";
import { findEngine } from "../../../src/terraform/engine.ts";
import { earlierRuns, RunDirectory } from "../../../src/terraform/run-directory.ts";
import {
  checkState,
  isLockOf,
  assertNotRunning,
  saveState,
  unsavedState,
} from "../../../src/terraform/state-recovery.ts";
import { Terraform } from "../../../src/terraform/terraform.ts";
import { terraformEnvironment } from "../../../src/terraform/working-folder.ts";
import { ApplyProcess, waitForProcessEnd } from "../../support/apply-process.ts";
import { testFolder } from "../../support/folder.ts";

// terraform_data needs no provider: Terraform's commands take a tenth of a second.
const RESOURCES = {
  first: { input: "created first" },
  last: { depends_on: ["terraform_data.first"], input: "created after it" },
};

/** The last resource waits until the test writes to the FIFO "gate". */
const GATED = {
  ...RESOURCES,
  last: { ...RESOURCES.last, provisioner: [{ "local-exec": { command: "cat gate" } }] },
};

const S3 = {
  backend: { s3: { bucket: "states", key: "a.tfstate", region: "us-east-1", use_lockfile: true } },
};

function folderWith(resources: object, terraform: object = {}): string {
  const folder = testFolder();
  execFileSync("mkfifo", [join(folder, "gate")]);
  writeFileSync(
    join(folder, "main.tf.json"),
    JSON.stringify({ terraform, resource: { terraform_data: resources } }),
  );
  return folder;
}

const environmentFor = ({ url }: Sandbox): NodeJS.ProcessEnv => ({
  ...process.env,
  AWS_ENDPOINT_URL: url,
  AWS_ACCESS_KEY_ID: "sandbox",
  AWS_SECRET_ACCESS_KEY: "sandbox",
});

async function terraformIn(
  directory: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<{ terraform: Terraform; run: RunDirectory }> {
  const engine = await findEngine({ env: process.env });
  const run = new RunDirectory(directory);
  const env = terraformEnvironment(engine, environment, directory);
  return { terraform: new Terraform({ engine, directory, env, run }), run };
}

/** A sandbox with a bucket, in which the test can make Terraform's save of the state fail. */
async function sandboxWithBucket(): Promise<{
  sandbox: Sandbox;
  deny: (isDenied: boolean) => void;
}> {
  let isDenied = false;
  const sandbox = await startSandbox({
    faultInjector: ({ operation, input }) =>
      isDenied && operation === "PutObject" && input["Key"] === "a.tfstate"
        ? { kind: "error", code: "AccessDenied", message: "Access Denied", status: 403 }
        : undefined,
  });
  sandbox.invoke("s3", "CreateBucket", { Bucket: "states" });
  return { sandbox, deny: (denied) => (isDenied = denied) };
}

describe.concurrent("if Berth is killed during an apply", () => {
  it("Terraform completes the apply and saves its state, and the folder is locked until then", async ({
    expect,
  }) => {
    const directory = folderWith(GATED);
    const { terraform } = await terraformIn(directory);
    await terraform.init();
    const berth = new ApplyProcess(directory, process.env);
    await berth.waitForLine("started terraform_data.last");
    await berth.kill();
    const orphan = earlierRuns(directory).find(({ apply }) => apply !== undefined)?.process;
    expect(() => assertNotRunning(earlierRuns(directory))).toThrow(
      /terraform apply .* uses this environment's working folder/,
    );
    writeFileSync(join(directory, "gate"), "");
    if (orphan === undefined) throw new Error("no process was recorded");
    await waitForProcessEnd(orphan);
    const runs = earlierRuns(directory);
    assertNotRunning(runs);
    expect(runs.flatMap(({ apply }) => apply?.creations ?? [])).toHaveLength(2);
    expect(await checkState(terraform, directory, runs)).toEqual({ kind: "saved" });
    expect(existsSync(join(directory, ".terraform.tfstate.lock.info"))).toBe(false);
  });

  it("and Terraform too, the created resources are reported, and the state lock is identified and released", async ({
    expect,
    onTestFinished,
  }) => {
    const { sandbox } = await sandboxWithBucket();
    onTestFinished(() => sandbox.close());
    const directory = folderWith(GATED, S3);
    const { terraform, run } = await terraformIn(directory, environmentFor(sandbox));
    await terraform.init();
    const berth = new ApplyProcess(directory, environmentFor(sandbox));
    await berth.waitForLine("started terraform_data.last");
    await berth.kill();
    const runs = earlierRuns(directory).filter(({ apply }) => apply !== undefined);
    process.kill(-(runs[0]?.process?.pid ?? Number.NaN), "SIGKILL");

    const lock = await terraform.stateLock();
    expect(lock).toMatchObject({ operation: "OperationTypeApply" });
    if (lock === undefined) return;
    expect(isLockOf(runs, lock)).toBe(true);
    expect(isLockOf(runs, { ...lock, created: lock.created + 3_600_000 })).toBe(false);
    expect(isLockOf(runs, { ...lock, who: "me@another.example" })).toBe(false);
    run.plan.prepare();
    const blocked = await terraform.plan(run.plan.path, {}, () => {});
    expect(blocked.diagnostics[0]?.summary).toBe("Error acquiring the state lock");
    await terraform.releaseStateLock(lock.id);
    expect(await terraform.stateLock()).toBeUndefined();
    expect(await checkState(terraform, directory, runs)).toMatchObject({
      kind: "missing",
      creations: [
        { address: "terraform_data.first", id: { attribute: "id" } },
        { address: "terraform_data.last" },
      ],
    });
  });
});

describe.concurrent("a state that cannot be saved to its bucket", () => {
  it.for([
    ["is saved from errored.tfstate", false],
    ["or to errored.tfstate is saved from Terraform's output", true],
  ] as const)("%s", async ([, isBlocked], { expect, onTestFinished }) => {
    const { sandbox, deny } = await sandboxWithBucket();
    onTestFinished(() => sandbox.close());
    const directory = folderWith(RESOURCES, S3);
    if (isBlocked) mkdirSync(join(directory, "errored.tfstate"));
    const { terraform, run } = await terraformIn(directory, environmentFor(sandbox));
    await terraform.init();
    run.plan.prepare();
    await terraform.plan(run.plan.path, {}, () => {});
    deny(true);
    expect((await terraform.apply(run.plan.path, () => {})).exitCode).toBe(1);
    const file = join(isBlocked ? run.path : directory, "errored.tfstate");
    expect(await checkState(terraform, directory, [run.read()])).toEqual({
      kind: "unsaved",
      file,
      resources: 2,
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const unsaved = unsavedState(directory, [run.read()]);
    if (unsaved === undefined) throw new Error("no state was found");
    await expect(saveState(terraform, directory, unsaved)).rejects.toThrow("AccessDenied");
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ version: 4 });
    deny(false);
    await saveState(terraform, directory, unsaved);
    expect(await checkState(terraform, directory, [run.read()])).toEqual({ kind: "saved" });
  });
});

/** A file system of 5 MB; undefined if this process may not mount one. */
function mountSmallDisk(): string | undefined {
  const folder = testFolder();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=5m", "tmpfs", folder], {
      stdio: "ignore",
    });
    return folder;
  } catch {
    return undefined;
  }
}

it("recovers the state from Terraform's output, for which space was reserved, if the disk becomes full during an apply", async ({
  expect,
  skip,
  onTestFinished,
}) => {
  const directory = mountSmallDisk();
  if (directory === undefined) return skip("mounting is not permitted");
  onTestFinished(() => void execFileSync("umount", ["--lazy", directory]));
  const fill = { provisioner: [{ "local-exec": { command: "cat /dev/zero > fill || true" } }] };
  const last = { ...RESOURCES.last, ...fill, input: "x".repeat(100_000) };
  const resource = { terraform_data: { ...RESOURCES, last } };
  writeFileSync(join(directory, "main.tf.json"), JSON.stringify({ resource }));
  const { terraform, run } = await terraformIn(directory);
  await terraform.init();
  run.plan.prepare();
  await terraform.plan(run.plan.path, {}, () => {});
  const { exitCode, diagnostics } = await terraform.apply(run.plan.path, () => {});
  expect([exitCode, diagnostics.map(({ summary }) => summary)]).toEqual([
    1,
    expect.arrayContaining(["Failed to save state", "Failed to create local state file"]),
  ]);
  // The disk is still full, except for the reserved space that the output did not need.
  const unsaved = unsavedState(directory, [run.read()]);
  if (unsaved === undefined) throw new Error("no state was found");
  expect(unsaved.state.instances.map(({ address }) => address)).toEqual([
    "terraform_data.first",
    "terraform_data.last",
  ]);
  await saveState(terraform, directory, unsaved);
  expect(await checkState(terraform, directory, [run.read()])).toEqual({ kind: "saved" });
});
