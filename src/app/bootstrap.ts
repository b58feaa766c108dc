import { rmSync } from "node:fs";
import { join } from "node:path";
import { isBucketMissing, isKmsAliasMissing, isOidcProviderMissing } from "../failures/index.ts";
import { loadProject } from "../config/load.ts";
import { pipelineOf } from "../config/index.ts";
import {
  AUDIENCE,
  type BootstrapOptions as BootstrapStackOptions,
  BootstrapStack,
  bootstrapStateKey,
  ISSUER,
  stateKeyAlias,
} from "../constructs/bootstrap/index.ts";
import { synthStack } from "../constructs/synth/index.ts";
import { isObject, type Json, jsonsOf, listOf, textOf } from "../plan/index.ts";
import { UserError } from "../shared/index.ts";
import { bootstrapOf, type BootstrapTarget, bootstrapTargetOf } from "./bootstrap-target.ts";
import { readDataSource } from "./data-source-lookup.ts";
import type { OperationHost } from "./host.ts";
import { type InfrastructureOptions, resolveOptions } from "./options.ts";
import { type Outputs, visibleOutputs } from "./outputs.ts";
import { applyPlan, confirmPlan, createPlan, type PlannedChanges } from "./plan-and-apply.ts";
import { openWorkspace, type TerraformWorkspace } from "./terraform-workspace.ts";

/** Options of {@link bootstrap}. */
export interface BootstrapOptions extends InfrastructureOptions {
  /** Apply or destroy without a confirmation of the host. @default false */
  readonly yes?: boolean;
  /** Destroy the resources, if the bucket contains no other state. @default false */
  readonly destroy?: boolean;
}

/** The result of {@link bootstrap}. */
export type BootstrapResult =
  | (PlannedChanges & { readonly outcome: "applied" | "no-changes"; readonly outputs: Outputs })
  | {
      readonly outcome: "destroyed";
      /** The number of destroyed resources. */
      readonly destroyed: number;
      /** True if bootstrap did not create the bucket. Otherwise the KMS key of the states is pending deletion. */
      readonly keepsBucket: boolean;
    }
  /** `declined`: the host did not confirm the plan. Nothing was changed. */
  | { readonly outcome: "nothing-to-destroy" | "declined" };

/** Writes the root module with changed options. */
type WriteRootModule = (changes: Partial<BootstrapStackOptions>) => void;

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
    "BERTH-E8014",
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
  { stateKeyArn }: BootstrapStackOptions,
): Promise<void> {
  if (stateKeyArn !== undefined) return;
  const name = stateKeyAlias(target.bucket);
  try {
    await readDataSource(workspace, target, "aws_kms_alias", { name });
  } catch (error) {
    if (!(error instanceof UserError && isKmsAliasMissing(error.message))) throw error;
    throw new UserError(
      "BERTH-E8015",
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

export async function bootstrapAccount(
  options: BootstrapOptions,
  host: OperationHost,
): Promise<BootstrapResult> {
  const resolved = resolveOptions("bootstrap", options);
  const { config, destroy: destroys = false, yes = false } = resolved;
  const project = await loadProject(config);
  const { name, environments } = project;
  const pipeline = pipelineOf(project, config);
  const target = bootstrapTargetOf(name, environments, resolved);
  const workspace = await openWorkspace(resolved, host, {
    ...target,
    command: "bootstrap",
    arguments: destroys ? ["--destroy"] : [],
    terraformBin: environments[0]?.terraformBin,
    folder: `bootstrap-${target.account}`,
  });
  try {
    const stackOptions = await bootstrapOf(target, pipeline, resolved);
    const writeWith: WriteRootModule = (changes) =>
      workspace.writeRootModule(synthStack(new BootstrapStack({ ...stackOptions, ...changes })));
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
      await requireStateKey(workspace, target, stackOptions);
      host.event?.({ type: "bucket-adopted", bucket: target.bucket });
    }
    const adoptsProvider =
      !hasResourceOfType(state, "aws_iam_openid_connect_provider") &&
      (await hasOidcProvider(workspace, target));
    if (adoptsProvider) host.event?.({ type: "oidc-provider-adopted" });
    const write: WriteRootModule = (changes) =>
      writeWith({ adoptsProvider, adoptsBucket, ...changes });
    const planState = { write, isStateInBucket, adoptsBucket, yes };
    return destroys
      ? await destroy(workspace, host, target, planState)
      : await create(workspace, host, target, planState);
  } finally {
    await workspace.close();
  }
}

interface BootstrapPlanState {
  readonly write: WriteRootModule;
  /** True if the bucket exists and contains the only copy of the state. */
  readonly isStateInBucket: boolean;
  /** True if the bucket is not part of the state: destroy keeps it. */
  readonly adoptsBucket: boolean;
  readonly yes: boolean;
}

async function create(
  workspace: TerraformWorkspace,
  host: OperationHost,
  { bucket }: BootstrapTarget,
  { write, isStateInBucket, yes }: BootstrapPlanState,
): Promise<BootstrapResult> {
  write({ state: isStateInBucket ? "bucket" : "local" });
  await workspace.init("leave");
  const planned = await createPlan(workspace);
  if (planned.hasChanges) {
    if (!(await confirmPlan(workspace, host, planned, { kind: "apply", yes })))
      return { outcome: "declined" };
    await applyPlan(workspace, host, planned, "apply");
  } else {
    host.event?.({ type: "no-changes" });
  }
  if (!isStateInBucket) {
    host.event?.({ type: "state-moving", bucket });
    write({ state: "bucket" });
    await workspace.init("move");
    deleteLocalState(workspace);
  }
  return {
    ...planned,
    outcome: planned.hasChanges ? "applied" : "no-changes",
    outputs: visibleOutputs(await workspace.outputs()),
  };
}

async function destroy(
  workspace: TerraformWorkspace,
  host: OperationHost,
  target: BootstrapTarget,
  { write, isStateInBucket, adoptsBucket, yes }: BootstrapPlanState,
): Promise<BootstrapResult> {
  if (!isStateInBucket && !workspace.hasState()) return { outcome: "nothing-to-destroy" };
  if (isStateInBucket && !adoptsBucket) await assertNoOtherStates(workspace, target);
  write({ state: isStateInBucket ? "bucket" : "local" });
  await workspace.init("leave");
  const planned = await createPlan(workspace, { destroy: true });
  if (!(await confirmPlan(workspace, host, planned, { kind: "destroy", yes })))
    return { outcome: "declined" };
  if (adoptsBucket) {
    await applyPlan(workspace, host, planned, "destroy");
    return { outcome: "destroyed", destroyed: planned.counts.remove, keepsBucket: true };
  }
  // The state must not be in the bucket that is destroyed. The bucket still contains old versions of the state: it needs
  // force_destroy, which an apply sets.
  write({ state: "local", forceDestroy: true });
  await workspace.init("move");
  const forceDestroyPlan = await createPlan(workspace);
  if (forceDestroyPlan.hasChanges) await applyPlan(workspace, host, forceDestroyPlan, "apply");
  const destroyPlan = await createPlan(workspace, { destroy: true });
  await applyPlan(workspace, host, destroyPlan, "destroy");
  deleteLocalState(workspace);
  return { outcome: "destroyed", destroyed: destroyPlan.counts.remove, keepsBucket: false };
}

/** A bucket that contains states of foundations must not be destroyed. */
async function assertNoOtherStates(
  workspace: TerraformWorkspace,
  target: BootstrapTarget,
): Promise<void> {
  const objects = await readDataSource(workspace, target, "aws_s3_objects", {
    bucket: target.bucket,
  });
  const ownKey = bootstrapStateKey(target.name);
  const otherKeys = listOf(objects["keys"]).filter(
    (key) => key !== ownKey && key !== `${ownKey}.tflock`,
  );
  if (otherKeys.length > 0)
    throw new UserError(
      "BERTH-E8007",
      `the bucket ${target.bucket} contains ${otherKeys.join(", ")}`,
      {
        fix: `destroy the infrastructure of these states (${workspace.suggest("destroy")}), delete the objects, then run the command again`,
      },
    );
}
