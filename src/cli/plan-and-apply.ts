import { UserError } from "../shared/index.ts";
import type { PlanOutput } from "../pipeline/index.ts";
import { type TerraformEvent, interruptedError } from "../terraform/index.ts";
import type { Host } from "./host/host.ts";
import type { TerraformWorkspace, Session } from "./terraform-workspace.ts";

/** Numbers of resources that a plan changes. */
export interface ChangeCounts {
  readonly add: number;
  readonly change: number;
  readonly remove: number;
}

/** The result of `terraform plan`. */
export interface PlanResult {
  /** 0: no changes, 1: failed, 2: changes. */
  readonly exitCode: number;
  readonly counts: ChangeCounts;
  readonly changes: readonly {
    readonly address: string;
    readonly action: string;
    readonly reason?: string;
  }[];
}

/** Writes the plan file of the workspace. Reports the problems to the host. */
export async function createPlan(
  workspace: TerraformWorkspace,
  host: Host,
  options: { readonly destroy?: boolean; readonly lock?: boolean } = {},
): Promise<PlanResult> {
  let counts: ChangeCounts = { add: 0, change: 0, remove: 0 };
  const changes: PlanResult["changes"][number][] = [];
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
  if (outcome.exitCode === 1) host.problems(workspace.problemsOf(outcome));
  return { exitCode: outcome.exitCode, counts, changes };
}

/** Reads the plan file of the session, as text for people and as JSON. */
export async function readPlan(session: Session, hasColor: boolean): Promise<PlanOutput> {
  const [text, shown] = await Promise.all([
    session.terraform.showPlan(session.plan.path, hasColor),
    session.terraform.showJsonText(session.plan.path),
  ]);
  return { text, jsonText: shown.text, json: shown.json, rootModule: session.rootModule };
}

export function changeSummary({ add, change, remove }: ChangeCounts): string {
  return `${add} to create, ${change} to change, ${remove} to destroy`;
}

/**
 * Shows the plan and requests confirmation, unless `yes` is set.
 *
 * @throws UserError BERTH-E6002 if stdin is not a terminal
 */
export async function confirm(
  workspace: TerraformWorkspace,
  host: Host,
  { counts }: PlanResult,
  { verb, yes }: { readonly verb: "apply" | "destroy"; readonly yes: boolean },
): Promise<boolean> {
  if (yes) return true;
  host.show(await workspace.terraform.showPlan(workspace.plan.path, host.canAsk && host.hasColor));
  if (!host.canAsk) {
    throw new UserError("BERTH-E6002", "confirmation required, but stdin is not a terminal", {
      fix: "run in a terminal, or pass --yes",
      exitCode: 64,
    });
  }
  const target = workspace.isSandbox ? "in the sandbox" : "in the AWS account of your credentials";
  if (await host.ask(`${verb} ${target}: ${changeSummary(counts)}?`)) return true;
  host.note("nothing was changed");
  return false;
}

/**
 * Applies the plan file of the workspace after confirmation.
 *
 * @returns the exit code of the command
 */
export async function applyPlan(
  workspace: TerraformWorkspace,
  host: Host,
  planResult: PlanResult,
  options: { readonly verb: "apply" | "destroy"; readonly yes: boolean },
): Promise<number> {
  const { verb } = options;
  const { counts } = planResult;
  if (!(await confirm(workspace, host, planResult, options))) return 1;
  host.phase(`${verb}: ${changeSummary(counts)}`);
  host.expect(counts.add + counts.change + counts.remove);
  const outcome = await workspace.apply();
  if (outcome.exitCode === 0) return 0;
  const stateStatus = await workspace.checkState();
  host.problems([...workspace.problemsOf(outcome), ...workspace.stateProblems(stateStatus)]);
  if (stateStatus.kind === "saved") {
    const end = outcome.interrupted ? "interrupted" : `${verb} failed`;
    host.warn(
      `${end}: completed changes are in the state; run ${workspace.retryCommand()} to continue`,
    );
  }
  if (stateStatus.kind === "unsaved" && host.canAsk && (await host.ask("save this state now?")))
    await workspace.recover();
  return outcome.interrupted ? 130 : 1;
}
