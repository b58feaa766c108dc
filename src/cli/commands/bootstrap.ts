import { rmSync } from "node:fs";
import { join } from "node:path";
import { isBucketMissing, isKmsAliasMissing, isOidcProviderMissing } from "../../failures/index.ts";
import { loadProject } from "../../config/load.ts";
import { pipelineOf } from "../../config/index.ts";
import { type BootstrapOptions, AUDIENCE, ISSUER } from "../../constructs/bootstrap/index.ts";
import { UserError } from "../../shared/index.ts";
import { isObject, type Json, jsonsOf, listOf, textOf } from "../../plan/index.ts";
import { confirm, applyPlan, createPlan } from "../plan-and-apply.ts";
import { bootstrapOf, type BootstrapTarget, bootstrapTargetOf } from "../bootstrap-target.ts";
import type { Host } from "../host/host.ts";
import { readDataSource } from "../data-source-lookup.ts";
import { renderOutputs, visibleOutputs } from "../outputs.ts";
import type { ProjectFlags } from "../project-folder.ts";
import { openWorkspace, type TerraformWorkspace } from "../terraform-workspace.ts";

export interface BootstrapFlags extends ProjectFlags {
  readonly yes?: boolean;
  readonly destroy?: boolean;
}

/** Writes the root module with changed options. */
type WriteRootModule = (changes: Partial<BootstrapOptions>) => void;

/** Uses the bucket as the backend. False if the bucket does not exist. */
async function useBucket(workspace: TerraformWorkspace): Promise<boolean> {
  try {
    await workspace.init("leave");
    return true;
  } catch (error) {
    if (error instanceof UserError && isBucketMissing(error.message)) return false;
    throw error;
  }
}

/** True if GitHub's OIDC provider already exists in the account. */
async function hasOidcProvider(
  workspace: TerraformWorkspace,
  target: BootstrapTarget,
): Promise<boolean> {
  let provider: Json;
  try {
    provider = await readDataSource(workspace, target, "aws_iam_openid_connect_provider", {
      url: `https://${ISSUER}`,
    });
  } catch (error) {
    if (error instanceof UserError && isOidcProviderMissing(error.message)) return false;
    throw error;
  }
  if (listOf(provider["client_id_list"]).includes(AUDIENCE)) return true;
  throw new UserError(
    "BERTH-E8003",
    `GitHub's OIDC provider in the account does not have the audience ${AUDIENCE}`,
    {
      where: `account ${target.account}`,
      fix: `add it: aws iam add-client-id-to-open-id-connect-provider --client-id ${AUDIENCE} --open-id-connect-provider-arn …`,
    },
  );
}

/** A state in an existing bucket must be encrypted: with a key from the config, or with the key of a bootstrap. */
async function requireStateKey(
  workspace: TerraformWorkspace,
  target: BootstrapTarget,
  { stateKeyArn }: BootstrapOptions,
): Promise<void> {
  if (stateKeyArn !== undefined) return;
  const { stateKeyAlias } = await import("../../constructs/bootstrap/index.ts");
  const name = stateKeyAlias(target.bucket);
  try {
    await readDataSource(workspace, target, "aws_kms_alias", { name });
  } catch (error) {
    if (!(error instanceof UserError && isKmsAliasMissing(error.message))) throw error;
    throw new UserError(
      "BERTH-E8003",
      `the bucket ${target.bucket} already exists, but the KMS key of its states is unknown`,
      {
        where: `account ${target.account}`,
        fix: 'set state: { kmsKeyArn: "…" }, or set the name of a new bucket: bootstrap creates it with a key',
      },
    );
  }
}

const hasResourceOfType = (state: unknown, type: string): boolean =>
  jsonsOf(isObject(state) ? state["resources"] : undefined).some(
    (entry) => entry["mode"] === "managed" && textOf(entry["type"]) === type,
  );

/** Deletes the local files of a state that is now in the bucket. */
function deleteLocalState(workspace: TerraformWorkspace): void {
  for (const name of ["terraform.tfstate", "terraform.tfstate.backup"])
    rmSync(join(workspace.directory, name), { force: true });
}

/** Creates or destroys the resources that a pipeline requires in an account. */
export async function run(flags: BootstrapFlags, host: Host): Promise<number> {
  const project = await loadProject(flags.config);
  const { name, environments } = project;
  const pipeline = pipelineOf(project, flags.config);
  const target = bootstrapTargetOf(name, environments, flags);
  const workspace = await openWorkspace(flags, host, {
    ...target,
    command: "bootstrap",
    arguments: flags.destroy === true ? ["--destroy"] : [],
    terraformBin: environments[0]?.terraformBin,
    folder: `bootstrap-${target.account}`,
  });
  try {
    const options = await bootstrapOf(target, pipeline, flags.config);
    const { BootstrapStack } = await import("../../constructs/bootstrap/index.ts");
    const { synthStack } = await import("../../constructs/synth/index.ts");
    const writeWith: WriteRootModule = (changes) =>
      workspace.writeRootModule(synthStack(new BootstrapStack({ ...options, ...changes })));
    // A local state was not yet moved to the bucket: an earlier run was interrupted.
    writeWith({ state: "bucket" });
    const isStateInBucket = !workspace.hasState() && (await useBucket(workspace));
    if (!isStateInBucket) {
      writeWith({ state: "local" });
      await workspace.init("leave");
    }
    await workspace.checkEarlierRuns();
    const state = await workspace.terraform.pullState();
    const adoptsBucket = isStateInBucket && !hasResourceOfType(state, "aws_s3_bucket");
    if (adoptsBucket) {
      await requireStateKey(workspace, target, options);
      host.note(`the bucket ${target.bucket} already exists: it is used and not changed`);
    }
    const adoptsProvider =
      !hasResourceOfType(state, "aws_iam_openid_connect_provider") &&
      (await hasOidcProvider(workspace, target));
    if (adoptsProvider)
      host.note("GitHub's OIDC provider already exists in the account: it is used and not changed");
    const write: WriteRootModule = (changes) =>
      writeWith({ adoptsProvider, adoptsBucket, ...changes });
    const planState = { write, isStateInBucket, adoptsBucket, yes: flags.yes === true };
    return flags.destroy === true
      ? await destroy(workspace, host, target, planState)
      : await create(workspace, host, planState);
  } finally {
    await workspace.close();
  }
}

interface BootstrapPlanState {
  readonly write: WriteRootModule;
  /** True if the bucket exists and the state is only there. */
  readonly isStateInBucket: boolean;
  /** True if the bucket is not part of the state: destroy keeps it. */
  readonly adoptsBucket: boolean;
  readonly yes: boolean;
}

async function create(
  workspace: TerraformWorkspace,
  host: Host,
  { write, isStateInBucket, yes }: BootstrapPlanState,
): Promise<number> {
  write({ state: isStateInBucket ? "bucket" : "local" });
  await workspace.init("leave");
  const planResult = await createPlan(workspace, host);
  if (planResult.exitCode === 1) return 1;
  if (planResult.exitCode === 2) {
    const code = await applyPlan(workspace, host, planResult, { verb: "apply", yes });
    if (code !== 0) return code;
  } else {
    host.note("no changes: the infrastructure matches the config");
  }
  if (!isStateInBucket) {
    host.phase("moving the state to the bucket");
    write({ state: "bucket" });
    await workspace.init("move");
    deleteLocalState(workspace);
  }
  const outputs = visibleOutputs(await workspace.terraform.outputs());
  host.note(
    `next: run ${workspace.suggest("pipeline")} to write the workflow that uses these roles`,
  );
  host.result(renderOutputs(outputs), { ...planResult.counts, outputs });
  return 0;
}

async function destroy(
  workspace: TerraformWorkspace,
  host: Host,
  target: BootstrapTarget,
  { write, isStateInBucket, adoptsBucket, yes }: BootstrapPlanState,
): Promise<number> {
  if (!isStateInBucket && !workspace.hasState()) {
    host.note("nothing to destroy");
    host.result("", { destroyed: 0 });
    return 0;
  }
  if (isStateInBucket && !adoptsBucket) await assertNoOtherStates(workspace, target);
  write({ state: isStateInBucket ? "bucket" : "local" });
  await workspace.init("leave");
  const planResult = await createPlan(workspace, host, { destroy: true });
  if (planResult.exitCode === 1) return 1;
  if (adoptsBucket) {
    const code = await applyPlan(workspace, host, planResult, { verb: "destroy", yes });
    if (code === 0)
      host.result(`${planResult.counts.remove} destroyed; the bucket was kept`, {
        destroyed: planResult.counts.remove,
      });
    return code;
  }
  if (!(await confirm(workspace, host, planResult, { verb: "destroy", yes }))) return 1;
  // The state must not be in the bucket that is destroyed. The bucket still contains old versions of the state: it needs
  // force_destroy, which an apply sets.
  write({ state: "local", forceDestroy: true });
  await workspace.init("move");
  const forceDestroyPlan = await createPlan(workspace, host);
  if (forceDestroyPlan.exitCode === 1) return 1;
  const applyCode =
    forceDestroyPlan.exitCode === 2
      ? await applyPlan(workspace, host, forceDestroyPlan, { verb: "apply", yes: true })
      : 0;
  if (applyCode !== 0) return applyCode;
  const destroyPlan = await createPlan(workspace, host, { destroy: true });
  const code =
    destroyPlan.exitCode === 1
      ? 1
      : await applyPlan(workspace, host, destroyPlan, { verb: "destroy", yes: true });
  if (code !== 0) return code;
  deleteLocalState(workspace);
  host.result(`${destroyPlan.counts.remove} destroyed; the KMS key is pending deletion`, {
    destroyed: destroyPlan.counts.remove,
  });
  return 0;
}

/** A bucket that contains states of foundations must not be destroyed. */
async function assertNoOtherStates(
  workspace: TerraformWorkspace,
  target: BootstrapTarget,
): Promise<void> {
  const { bootstrapStateKey } = await import("../../constructs/bootstrap/index.ts");
  const objects = await readDataSource(workspace, target, "aws_s3_objects", {
    bucket: target.bucket,
  });
  const ownKey = bootstrapStateKey(target.name);
  const otherKeys = listOf(objects["keys"]).filter(
    (key) => key !== ownKey && key !== `${ownKey}.tflock`,
  );
  if (otherKeys.length > 0)
    throw new UserError(
      "BERTH-E6003",
      `the bucket ${target.bucket} contains ${otherKeys.join(", ")}`,
      {
        fix: `destroy the infrastructure of these states (${workspace.suggest("destroy")}), delete the objects, then run the command again`,
      },
    );
}
