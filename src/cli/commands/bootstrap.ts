import { rmSync } from "node:fs";
import { join } from "node:path";
import {
  isBucketMissing,
  isKmsAliasMissing,
  isOidcProviderMissing,
} from "../../failures/match-aws-error.ts";
import { loadProject } from "../../config/load.ts";
import { pipelineOf } from "../../config/pipeline.ts";
import type { BootstrapOptions } from "../../constructs/bootstrap/bootstrap.ts";
import { AUDIENCE, ISSUER } from "../../constructs/bootstrap/oidc-trust.ts";
import { UserError } from "../../shared/errors.ts";
import { isJson, type Json, jsonsOf, listOf, textOf } from "../../plan/plan-json.ts";
import { agree, carryOut, plan } from "../plan-and-apply.ts";
import { bootstrapOf, type BootstrapTarget, bootstrapTargetOf } from "../bootstrap-target.ts";
import type { Host } from "../host/host.ts";
import { readDataSource } from "../data-source-lookup.ts";
import { renderOutputs, visibleOutputs } from "../outputs.ts";
import { openWorkspace, type ProjectFlags, type TerraformWorkspace } from "../terraform-session.ts";

export interface BootstrapFlags extends ProjectFlags {
  readonly yes?: boolean;
  readonly destroy?: boolean;
}

/** Writes the root module, with what differs from the usual. */
type Write = (more: Partial<BootstrapOptions>) => void;

/** True where the bucket is there, and Terraform keeps the state in it from now on. */
async function openBucket(room: TerraformWorkspace): Promise<boolean> {
  try {
    await room.init("leave");
    return true;
  } catch (error) {
    if (error instanceof UserError && isBucketMissing(error.message)) return false;
    throw error;
  }
}

/** True where the account has GitHub's provider, made by somebody else. */
async function findsProvider(room: TerraformWorkspace, ground: BootstrapTarget): Promise<boolean> {
  let found: Json;
  try {
    found = await readDataSource(room, ground, "aws_iam_openid_connect_provider", {
      url: `https://${ISSUER}`,
    });
  } catch (error) {
    if (error instanceof UserError && isOidcProviderMissing(error.message)) return false;
    throw error;
  }
  if (listOf(found["client_id_list"]).includes(AUDIENCE)) return true;
  throw new UserError(
    "BERTH-E8003",
    `the account's OIDC provider of GitHub's does not take the audience ${AUDIENCE}`,
    {
      where: `account ${ground.account}`,
      fix: `add it: aws iam add-client-id-to-open-id-connect-provider --client-id ${AUDIENCE} --open-id-connect-provider-arn …`,
    },
  );
}

/** A state in a bucket of somebody else's is encrypted with a key that the config names, or that a bootstrap has made. */
async function needKey(
  room: TerraformWorkspace,
  ground: BootstrapTarget,
  { stateKeyArn }: BootstrapOptions,
): Promise<void> {
  if (stateKeyArn !== undefined) return;
  const { stateKeyAlias } = await import("../../constructs/bootstrap/state-bucket.ts");
  const name = stateKeyAlias(ground.bucket);
  try {
    await readDataSource(room, ground, "aws_kms_alias", { name });
  } catch (error) {
    if (!(error instanceof UserError && isKmsAliasMissing(error.message))) throw error;
    throw new UserError(
      "BERTH-E8003",
      `the bucket ${ground.bucket} is there already, and nothing says which key encrypts its states`,
      {
        where: `account ${ground.account}`,
        fix: 'say state: { kmsKeyArn: "…" }, or name a bucket that is not there yet: bootstrap makes it with a key',
      },
    );
  }
}

const holds = (state: unknown, type: string): boolean =>
  jsonsOf(isJson(state) ? state["resources"] : undefined).some(
    (entry) => entry["mode"] === "managed" && textOf(entry["type"]) === type,
  );

/** Local files of a state that lies in the bucket now. */
function forgetLocalState(room: TerraformWorkspace): void {
  for (const name of ["terraform.tfstate", "terraform.tfstate.backup"])
    rmSync(join(room.directory, name), { force: true });
}

/** Creates what a pipeline needs in an account before it can run, or destroys it. */
export async function run(flags: BootstrapFlags, host: Host): Promise<number> {
  const project = await loadProject(flags.config);
  const { name, environments } = project;
  const pipeline = pipelineOf(project, flags.config);
  const ground = bootstrapTargetOf(name, environments, flags);
  const room = await openWorkspace(flags, host, {
    ...ground,
    command: "bootstrap",
    arguments: flags.destroy === true ? ["--destroy"] : [],
    terraformBin: environments[0]?.terraformBin,
    folder: `bootstrap-${ground.account}`,
  });
  try {
    const options = await bootstrapOf(ground, pipeline, flags.config);
    const { BootstrapStack } = await import("../../constructs/bootstrap/bootstrap.ts");
    const { synthStack } = await import("../../constructs/synth/synth.ts");
    const write: Write = (more) =>
      room.write(synthStack(new BootstrapStack({ ...options, ...more })));
    // A state that is still here was never moved: an earlier run was stopped half-way.
    write({ state: "bucket" });
    const isThere = !room.hasState() && (await openBucket(room));
    if (!isThere) {
      write({ state: "local" });
      await room.init("leave");
    }
    await room.settleEarlierRuns();
    const state = await room.terraform.pullState();
    const adoptsBucket = isThere && !holds(state, "aws_s3_bucket");
    if (adoptsBucket) {
      await needKey(room, ground, options);
      host.note(`the bucket ${ground.bucket} is there already: it is used, and left alone`);
    }
    const adoptsProvider =
      !holds(state, "aws_iam_openid_connect_provider") && (await findsProvider(room, ground));
    if (adoptsProvider)
      host.note("the account has GitHub's OIDC provider already: it is used, and left alone");
    const settled: Write = (more) => write({ adoptsProvider, adoptsBucket, ...more });
    const how = { write: settled, isThere, adoptsBucket, yes: flags.yes === true };
    return flags.destroy === true
      ? await destroy(room, host, ground, how)
      : await create(room, host, how);
  } finally {
    await room.close();
  }
}

interface BootstrapPlanState {
  readonly write: Write;
  /** True where the bucket is there, and a state is nowhere else. */
  readonly isThere: boolean;
  /** True where the bucket is somebody else's, and stays. */
  readonly adoptsBucket: boolean;
  readonly yes: boolean;
}

async function create(
  room: TerraformWorkspace,
  host: Host,
  { write, isThere, yes }: BootstrapPlanState,
): Promise<number> {
  write({ state: isThere ? "bucket" : "local" });
  await room.init("leave");
  const planned = await plan(room, host);
  if (planned.exitCode === 1) return 1;
  if (planned.exitCode === 2) {
    const code = await carryOut(room, host, planned, { verb: "apply", yes });
    if (code !== 0) return code;
  } else {
    host.note("nothing to do: everything is as it should be");
  }
  if (!isThere) {
    host.phase("the state moves into the bucket");
    write({ state: "bucket" });
    await room.init("move");
    forgetLocalState(room);
  }
  const outputs = visibleOutputs(await room.terraform.outputs());
  host.note(`next: ${room.suggest("pipeline")} writes the workflow that takes these roles`);
  host.result(renderOutputs(outputs), { ...planned.counts, outputs });
  return 0;
}

async function destroy(
  room: TerraformWorkspace,
  host: Host,
  ground: BootstrapTarget,
  { write, isThere, adoptsBucket, yes }: BootstrapPlanState,
): Promise<number> {
  if (!isThere && !room.hasState()) {
    host.note("nothing to destroy");
    host.result("", { destroyed: 0 });
    return 0;
  }
  if (isThere && !adoptsBucket) await refuseStates(room, ground);
  write({ state: isThere ? "bucket" : "local" });
  await room.init("leave");
  const planned = await plan(room, host, { destroy: true });
  if (planned.exitCode === 1) return 1;
  if (adoptsBucket) {
    const code = await carryOut(room, host, planned, { verb: "destroy", yes });
    if (code === 0)
      host.result(`${planned.counts.remove} destroyed; the bucket stays`, {
        destroyed: planned.counts.remove,
      });
    return code;
  }
  if (!(await agree(room, host, planned, { verb: "destroy", yes }))) return 1;
  // The state cannot lie in what is destroyed, and old versions of it are still there.
  write({ state: "local", forceDestroy: true });
  await room.init("move");
  const freed = await plan(room, host);
  if (freed.exitCode === 1) return 1;
  const freeing =
    freed.exitCode === 2 ? await carryOut(room, host, freed, { verb: "apply", yes: true }) : 0;
  if (freeing !== 0) return freeing;
  const last = await plan(room, host, { destroy: true });
  const code =
    last.exitCode === 1 ? 1 : await carryOut(room, host, last, { verb: "destroy", yes: true });
  if (code !== 0) return code;
  forgetLocalState(room);
  host.result(`${last.counts.remove} destroyed; the KMS key waits for its deletion`, {
    destroyed: last.counts.remove,
  });
  return 0;
}

/** States of foundations are not thrown away with their bucket. */
async function refuseStates(room: TerraformWorkspace, ground: BootstrapTarget): Promise<void> {
  const { bootstrapStateKey } = await import("../../constructs/bootstrap/bootstrap.ts");
  const states = await readDataSource(room, ground, "aws_s3_objects", { bucket: ground.bucket });
  const own = bootstrapStateKey(ground.name);
  const others = listOf(states["keys"]).filter((key) => key !== own && key !== `${own}.tflock`);
  if (others.length > 0)
    throw new UserError("BERTH-E6003", `the bucket ${ground.bucket} holds ${others.join(", ")}`, {
      fix: `destroy what these are the states of (${room.suggest("destroy")}), and delete the objects; then it can go`,
    });
}
