import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "vitest";
import { type Sandbox, startSandbox } from "../../../src/sandbox/server.ts";
import { findEngine } from "../../../src/terraform/engine.ts";
import { earlierRuns, RunDirectory } from "../../../src/terraform/run-directory.ts";
import {
  examine,
  isLeftBy,
  refuseWhileRunning,
  saveState,
  unsavedState,
} from "../../../src/terraform/state-recovery.ts";
import { Terraform } from "../../../src/terraform/terraform.ts";
import { workEnvironment } from "../../../src/terraform/workspace.ts";
import { ApplyProcess, ending } from "../../support/apply-process.ts";
import { testFolder } from "../../support/folder.ts";

// Terraform's own resource needs no provider: its commands take a tenth of a second.
const RESOURCES = {
  first: { input: "made at once" },
  last: { depends_on: ["terraform_data.first"], input: "made after it" },
};

/** The last resource waits until somebody writes to the FIFO "gate". */
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

const at = ({ url }: Sandbox): NodeJS.ProcessEnv => ({
  ...process.env,
  AWS_ENDPOINT_URL: url,
  AWS_ACCESS_KEY_ID: "sandbox",
  AWS_SECRET_ACCESS_KEY: "sandbox",
});

async function terraformIn(
  directory: string,
  given: NodeJS.ProcessEnv = process.env,
): Promise<{ terraform: Terraform; run: RunDirectory }> {
  const engine = await findEngine({ env: process.env });
  const run = new RunDirectory(directory);
  const env = workEnvironment(engine, given, directory);
  return { terraform: new Terraform({ engine, directory, env, run }), run };
}

/** A sandbox with a bucket, in which a state can be made impossible to save. */
async function bucket(): Promise<{ sandbox: Sandbox; deny: (isDenied: boolean) => void }> {
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

describe.concurrent("Berth is killed during an apply", () => {
  it("Terraform goes on and saves its state; nobody else gets into the folder meanwhile", async ({
    expect,
  }) => {
    const directory = folderWith(GATED);
    const { terraform } = await terraformIn(directory);
    await terraform.init();
    const berth = new ApplyProcess(directory, process.env);
    await berth.saw("started terraform_data.last");
    await berth.kill();
    const orphan = earlierRuns(directory).find(({ apply }) => apply !== undefined)?.process;
    expect(() => refuseWhileRunning(earlierRuns(directory))).toThrow(
      /terraform apply .* works in this environment's folder/,
    );
    writeFileSync(join(directory, "gate"), "");
    if (orphan === undefined) throw new Error("no process was recorded");
    await ending(orphan);
    const runs = earlierRuns(directory);
    refuseWhileRunning(runs);
    expect(runs.flatMap(({ apply }) => apply?.creations ?? [])).toHaveLength(2);
    expect(await examine(terraform, directory, runs)).toEqual({ kind: "saved" });
    expect(existsSync(join(directory, ".terraform.tfstate.lock.info"))).toBe(false);
  });

  it("and Terraform with it: what was created is named, and its lock is known and released", async ({
    expect,
    onTestFinished,
  }) => {
    const { sandbox } = await bucket();
    onTestFinished(() => sandbox.close());
    const directory = folderWith(GATED, S3);
    const { terraform, run } = await terraformIn(directory, at(sandbox));
    await terraform.init();
    const berth = new ApplyProcess(directory, at(sandbox));
    await berth.saw("started terraform_data.last");
    await berth.kill();
    const runs = earlierRuns(directory).filter(({ apply }) => apply !== undefined);
    process.kill(-(runs[0]?.process?.pid ?? Number.NaN), "SIGKILL");

    const lock = await terraform.stateLock();
    expect(lock).toMatchObject({ operation: "OperationTypeApply" });
    if (lock === undefined) return;
    expect(isLeftBy(runs, lock)).toBe(true);
    expect(isLeftBy(runs, { ...lock, created: lock.created + 3_600_000 })).toBe(false);
    expect(isLeftBy(runs, { ...lock, who: "me@another.example" })).toBe(false);
    run.plan.prepare();
    const blocked = await terraform.plan(run.plan.path, {}, () => {});
    expect(blocked.diagnostics[0]?.summary).toBe("Error acquiring the state lock");
    await terraform.releaseStateLock(lock.id);
    expect(await terraform.stateLock()).toBeUndefined();
    expect(await examine(terraform, directory, runs)).toMatchObject({
      kind: "missing",
      creations: [
        { address: "terraform_data.first", id: { attribute: "id" } },
        { address: "terraform_data.last" },
      ],
    });
  });
});

describe.concurrent("a state that its bucket does not take", () => {
  it.for([
    ["is in errored.tfstate, and is saved from there", false],
    ["and no file either is in Terraform's output, and is saved from there", true],
  ] as const)("%s", async ([, isBlocked], { expect, onTestFinished }) => {
    const { sandbox, deny } = await bucket();
    onTestFinished(() => sandbox.close());
    const directory = folderWith(RESOURCES, S3);
    if (isBlocked) mkdirSync(join(directory, "errored.tfstate"));
    const { terraform, run } = await terraformIn(directory, at(sandbox));
    await terraform.init();
    run.plan.prepare();
    await terraform.plan(run.plan.path, {}, () => {});
    deny(true);
    expect((await terraform.apply(run.plan.path, () => {})).exitCode).toBe(1);
    const file = join(isBlocked ? run.path : directory, "errored.tfstate");
    expect(await examine(terraform, directory, [run.read()])).toEqual({
      kind: "unsaved",
      file,
      resources: 2,
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const unsaved = unsavedState(directory, [run.read()]);
    if (unsaved === undefined) throw new Error("there is no state");
    await expect(saveState(terraform, directory, unsaved)).rejects.toThrow("AccessDenied");
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ version: 4 });
    deny(false);
    await saveState(terraform, directory, unsaved);
    expect(await examine(terraform, directory, [run.read()])).toEqual({ kind: "saved" });
  });
});

/** A small disk, where the system lets this process make one. */
function smallDisk(): string | undefined {
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

it("a disk that becomes full during an apply: the state is in Terraform's output, for which room was kept", async ({
  expect,
  skip,
  onTestFinished,
}) => {
  const directory = smallDisk();
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
  // The disk is still full but for what the output did not need.
  const unsaved = unsavedState(directory, [run.read()]);
  if (unsaved === undefined) throw new Error("there is no state");
  expect(unsaved.state.instances.map(({ address }) => address)).toEqual([
    "terraform_data.first",
    "terraform_data.last",
  ]);
  await saveState(terraform, directory, unsaved);
  expect(await examine(terraform, directory, [run.read()])).toEqual({ kind: "saved" });
});
