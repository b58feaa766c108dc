import { UserError } from "../shared/errors.ts";
import type { PlanOutput } from "../pipeline/report.ts";
import type { TerraformEvent } from "../terraform/events.ts";
import { interruption } from "../terraform/terraform.ts";
import type { Host } from "./host/host.ts";
import type { TerraformWorkspace, Session } from "./terraform-session.ts";

/** How many resources a plan touches. */
export interface Counts {
  readonly add: number;
  readonly change: number;
  readonly remove: number;
}

export interface Planned {
  /** 0: nothing to do, 1: failed, 2: there are changes. */
  readonly exitCode: number;
  readonly counts: Counts;
  readonly changes: readonly {
    readonly address: string;
    readonly action: string;
    readonly reason?: string;
  }[];
}

/** Plans into the room's plan file; problems are told. */
export async function plan(
  room: TerraformWorkspace,
  host: Host,
  options: { readonly destroy?: boolean; readonly lock?: boolean } = {},
): Promise<Planned> {
  let counts: Counts = { add: 0, change: 0, remove: 0 };
  const changes: Planned["changes"][number][] = [];
  const watch = (event: TerraformEvent): void => {
    if (event.type === "planned") {
      const { address, action, reason } = event;
      changes.push({ address, action, ...(reason === undefined ? {} : { reason }) });
    } else if (event.type === "summary") {
      counts = { add: event.add, change: event.change, remove: event.remove };
    }
  };
  const outcome = await room.makePlan(options, watch);
  if (outcome.interrupted) throw interruption();
  if (outcome.exitCode === 1) host.problems(room.problemsOf(outcome));
  return { exitCode: outcome.exitCode, counts, changes };
}

/** The plan in the room's plan file, as Terraform shows it to people and to programs. */
export async function read(session: Session, hasColor: boolean): Promise<PlanOutput> {
  const [text, shown] = await Promise.all([
    session.terraform.showPlan(session.plan.path, hasColor),
    session.terraform.showJsonText(session.plan.path),
  ]);
  return { text, jsonText: shown.text, json: shown.json, rootModule: session.rootModule };
}

export function summary({ add, change, remove }: Counts): string {
  return `${add} to create, ${change} to change, ${remove} to destroy`;
}

/**
 * Asks whether what is planned is to be done, having shown it; --yes has answered already.
 *
 * @throws UserError where nobody can be asked
 */
export async function agree(
  room: TerraformWorkspace,
  host: Host,
  { counts }: Planned,
  { verb, yes }: { readonly verb: "apply" | "destroy"; readonly yes: boolean },
): Promise<boolean> {
  if (yes) return true;
  host.show(await room.terraform.showPlan(room.plan.path, host.canAsk && host.hasColor));
  if (!host.canAsk) {
    throw new UserError("BERTH-E6002", `${verb} needs a yes, and nobody can be asked here`, {
      fix: `pass --yes to ${verb} without being asked`,
      exitCode: 64,
    });
  }
  const place = room.isSandbox ? "in the sandbox" : "in the AWS account of your credentials";
  if (await host.ask(`${verb} this ${place}: ${summary(counts)}?`)) return true;
  host.note("nothing was changed");
  return false;
}

/**
 * Carries out the plan in the room's plan file, once a person (or --yes) has agreed.
 *
 * @returns the exit code
 */
export async function carryOut(
  room: TerraformWorkspace,
  host: Host,
  planned: Planned,
  options: { readonly verb: "apply" | "destroy"; readonly yes: boolean },
): Promise<number> {
  const { verb } = options;
  const { counts } = planned;
  if (!(await agree(room, host, planned, options))) return 1;
  host.phase(`${verb}: ${summary(counts)}`);
  host.expect(counts.add + counts.change + counts.remove);
  const outcome = await room.apply();
  if (outcome.exitCode === 0) return 0;
  const aftermath = await room.examine();
  host.problems([...room.problemsOf(outcome), ...room.problemsWith(aftermath)]);
  if (aftermath.kind === "saved") {
    const end = outcome.interrupted ? "interrupted" : `${verb} failed`;
    host.warn(`${end}: what was done is in the state; ${room.again()} goes on from there`);
  }
  if (aftermath.kind === "unsaved" && host.canAsk && (await host.ask("save this state now?")))
    await room.recover();
  return outcome.interrupted ? 130 : 1;
}
