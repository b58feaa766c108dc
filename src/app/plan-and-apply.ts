import type { CheckResult } from "../checks/index.ts";
import { fingerprintOf, isFingerprint, type PlanOutput } from "../pipeline/index.ts";
import { UserError } from "../shared/index.ts";
import { type Action, type TerraformEvent, interruptedError } from "../terraform/index.ts";
import { type ChangeCounts, confirmed, OperationFailedError, type OperationHost } from "./host.ts";
import type {
  PlanFileOptions,
  PlannableWorkspace,
  TerraformWorkspace,
} from "./terraform-workspace.ts";

/** A resource that a plan changes. */
export interface PlannedResource {
  /** The Terraform address. */
  readonly address: string;
  readonly action: Action;
  /** Terraform's reason, such as cannot_update; absent if the configuration is the reason. */
  readonly reason?: string;
}

/** The changes that Terraform has planned. */
export interface PlannedChanges {
  /** True if Terraform would change a resource or an output. */
  readonly hasChanges: boolean;
  readonly counts: ChangeCounts;
  readonly changes: readonly PlannedResource[];
}

/**
 * Writes the plan file of the workspace.
 *
 * @throws OperationFailedError if Terraform cannot plan, UserError BERTH-E3004 if it is interrupted
 */
export async function createPlan(
  workspace: TerraformWorkspace,
  options: PlanFileOptions = {},
): Promise<PlannedChanges> {
  let counts: ChangeCounts = { add: 0, change: 0, remove: 0 };
  const changes: PlannedResource[] = [];
  const onEvent = (event: TerraformEvent): void => {
    if (event.type === "planned") {
      const { address, action, reason } = event;
      changes.push({ address, action, ...(reason === undefined ? {} : { reason }) });
    } else if (event.type === "summary") {
      counts = { add: event.add, change: event.change, remove: event.remove };
    }
  };
  const outcome = await workspace.createPlan(options, onEvent);
  if (outcome.interrupted) throw interruptedError();
  if (outcome.exitCode === 1)
    throw new OperationFailedError(workspace.errorsOf(outcome), {
      operation: "plan",
      interrupted: false,
      state: "unchanged",
      retryCommand: workspace.retryCommand(),
    });
  return { hasChanges: outcome.exitCode === 2, counts, changes };
}

/** Reads the plan file of the workspace, as text and as JSON. */
export async function readPlan(
  { terraform, plan, rootModule }: PlannableWorkspace,
  hasColor: boolean,
): Promise<PlanOutput> {
  const [text, shown] = await Promise.all([
    terraform.showPlan(plan.path, hasColor),
    terraform.showJsonText(plan.path),
  ]);
  return { text, jsonText: shown.text, json: shown.json, rootModule };
}

/**
 * Validates a fingerprint that a user has approved.
 *
 * @param planCommand the command that prints the fingerprint
 * @throws UserError BERTH-E8008 if it is not a fingerprint
 */
export function requireFingerprint(approved: string | undefined, planCommand: string): void {
  if (approved === undefined || isFingerprint(approved)) return;
  throw new UserError("BERTH-E8008", `"${approved}" is not a fingerprint`, {
    fix: `pass the fingerprint that ${planCommand} prints`,
    exitCode: 64,
  });
}

/** A plan that does not have the approved fingerprint. Nothing was changed. */
export interface RejectedPlan {
  readonly outcome: "not-approved";
  /** The plan's fingerprint; absent if the plan has none. */
  readonly fingerprint?: string;
  /** The plan as Terraform prints it. */
  readonly plan: string;
}

/**
 * Compares the fingerprint of the plan file with the approved one.
 *
 * @param jsonText the plan file as `terraform show -json` prints it
 * @param approved the approved fingerprint; without one, any plan is approved
 * @returns the rejected plan; undefined for an approved plan
 */
export async function rejectedPlan(
  { terraform, plan, rootModule }: PlannableWorkspace,
  jsonText: string,
  {
    approved,
    hasColor = false,
  }: { readonly approved?: string | undefined; readonly hasColor?: boolean | undefined },
): Promise<RejectedPlan | undefined> {
  if (approved === undefined) return undefined;
  const fingerprint = fingerprintOf(jsonText, rootModule);
  if (fingerprint === approved) return undefined;
  return {
    outcome: "not-approved",
    ...(fingerprint === undefined ? {} : { fingerprint }),
    plan: await terraform.showPlan(plan.path, hasColor),
  };
}

/**
 * The host's decision about the plan of the workspace; true if `yes` is set.
 *
 * @throws UserError BERTH-E6002 if the host does not make decisions
 */
export async function confirmPlan(
  workspace: TerraformWorkspace,
  host: OperationHost,
  { counts }: PlannedChanges,
  options: {
    readonly kind: "apply" | "destroy";
    readonly yes: boolean;
    readonly check?: CheckResult | undefined;
    /** The service that the plan deploys. @default none */
    readonly service?: string;
  },
): Promise<boolean> {
  const { kind, yes, check, service } = options;
  if (yes) return true;
  return confirmed(host, {
    kind,
    plan: await workspace.terraform.showPlan(workspace.plan.path, host.hasColor === true),
    counts,
    target: workspace.isSandbox ? "sandbox" : "account",
    ...(check === undefined ? {} : { check }),
    ...(service === undefined ? {} : { service }),
  });
}

/**
 * Applies the plan file of the workspace.
 *
 * @throws OperationFailedError if Terraform does not make all changes, UserError BERTH-E3004 if it makes all changes although the
 *   process is interrupted: what follows must not start
 */
export async function applyPlan(
  workspace: TerraformWorkspace,
  host: OperationHost,
  { counts }: PlannedChanges,
  operation: "apply" | "destroy",
): Promise<void> {
  host.event?.({ type: "changes-started", operation, counts });
  const outcome = await workspace.apply();
  if (outcome.exitCode === 0) {
    if (!outcome.interrupted) return;
    throw new UserError("BERTH-E3004", `interrupted: Terraform has completed the ${operation}`, {
      fix: `run ${workspace.retryCommand()} to continue`,
      exitCode: 130,
    });
  }
  const status = await workspace.checkState();
  const error = new OperationFailedError(
    [...workspace.errorsOf(outcome), ...workspace.stateErrors(status)],
    {
      operation,
      interrupted: outcome.interrupted,
      state: status.kind === "saved" ? "saved" : "not-saved",
      retryCommand: workspace.retryCommand(),
    },
  );
  host.event?.({ type: "changes-failed", error });
  if (status.kind === "unsaved" && (await host.confirm?.({ kind: "save-state-now", error })))
    await workspace.recover();
  throw error;
}
