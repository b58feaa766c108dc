import { cpSync, rmSync } from "node:fs";
import type { Config } from "../../src/config/options.ts";
import { permissionsFor } from "../../src/sandbox/authorization/required-permissions.ts";
import type { ObservedCall } from "../../src/sandbox/http/call-record.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/server.ts";
import { berth, type RunResult } from "../../test/support/berth.ts";
import { bootstrapped, sessionOf, shop } from "../../test/support/bootstrapped-account.ts";
import { testFolder } from "../../test/support/folder.ts";
import { awsAt, NAMES } from "../../test/support/foundation-modes.ts";
import { serviceApps } from "../../test/support/service-modes.ts";
import { withoutAction } from "../../test/support/without-action.ts";

type Role = "apply" | "deploy";

/** A command of a lifecycle, with the files and the account before it. */
export interface Phase {
  readonly name: string;
  readonly args: readonly string[];
  /** The exit code with all permissions. */
  readonly code: number | null;
  readonly folder: string;
  readonly account: string;
  readonly actions: ReadonlySet<string>;
}

/** Runs a command of Berth with the credentials of the role, and records it as a phase. */
export type RunPhase = (name: string, args: readonly string[]) => Promise<RunResult>;

/**
 * Runs a lifecycle with all permissions of a role, and saves the files and the account before each of its commands.
 *
 * @param config the config for which the role is created
 * @param lifecycle runs the commands in the folder
 */
export async function recordPhases(
  role: Role,
  config: Config,
  lifecycle: (sandbox: Sandbox, folder: string, run: RunPhase) => Promise<void>,
): Promise<readonly Phase[]> {
  const actions = new Set<string>();
  let record: ((call: ObservedCall) => void) | undefined;
  const sandbox = await startSandbox({ apps: serviceApps, onCall: (call) => record?.(call) });
  record = ({ service, operation, input, account, region }) => {
    if (operation === "") return;
    const context = sandbox.contextFor({ account, region });
    for (const permission of permissionsFor(context, service, operation, input))
      actions.add(permission.action);
  };
  await bootstrapped(sandbox, shop(config));
  const keys = await sessionOf(sandbox, NAMES.name, role);
  const folder = testFolder();
  const phases: Phase[] = [];
  await lifecycle(sandbox, folder, async (name, args) => {
    const savedFolder = testFolder();
    cpSync(folder, savedFolder, { recursive: true, verbatimSymlinks: true });
    const account = sandbox.snapshot();
    actions.clear();
    const ran = await berth(args, { cwd: folder, env: awsAt(sandbox, { ...keys }) });
    const { code } = ran;
    phases.push({ name, args, code, folder: savedFolder, account, actions: new Set(actions) });
    process.stderr.write(`${name}: exit code ${code}\n`);
    return ran;
  });
  await sandbox.close();
  return phases;
}

/**
 * The error of a phase without an action; undefined if the phase ends as with all permissions.
 *
 * @throws Error if the phase ends otherwise, but no call was rejected because of the action
 */
async function errorWithout(role: Role, action: string, phase: Phase): Promise<string | undefined> {
  let isDenied = false;
  const sandbox = await startSandbox({
    apps: serviceApps,
    onCall: ({ error = "", message = "" }) => {
      isDenied ||= /Denied|Unauthorized/.test(error) && message.includes(action);
    },
  });
  await sandbox.restore(phase.account);
  const { AttachedPolicies } = sandbox.invoke("iam", "ListAttachedRolePolicies", {
    RoleName: `${NAMES.name}-${role}`,
  }) as { AttachedPolicies: readonly { PolicyArn: string }[] }; // by its model
  for (const { PolicyArn } of AttachedPolicies) {
    const version = sandbox.invoke("iam", "GetPolicyVersion", { PolicyArn, VersionId: "v1" });
    const { Document } = version["PolicyVersion"] as { Document: string }; // by its model
    const document = decodeURIComponent(Document);
    const PolicyDocument = withoutAction(document, action);
    if (PolicyDocument !== document)
      sandbox.invoke("iam", "CreatePolicyVersion", {
        PolicyArn,
        PolicyDocument,
        SetAsDefault: true,
      });
  }
  const keys = await sessionOf(sandbox, NAMES.name, role);
  const folder = testFolder();
  cpSync(phase.folder, folder, { recursive: true, verbatimSymlinks: true });
  const ran = await berth(phase.args, { cwd: folder, env: awsAt(sandbox, { ...keys }) });
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
  // A phase that fails with all permissions must report the missing action.
  const isReported = ran.stderr.includes(action);
  if (ran.code === phase.code && (ran.code === 0 || !isReported)) return undefined;
  if (!isDenied) throw new Error(`${phase.name} without ${action}: ${ran.stderr}`);
  const lines = ran.stderr.split("\n");
  const line = lines.find((value) => value.startsWith("error:")) ?? lines.join(" ").slice(-200);
  return line.replace(/^error: /, "").slice(0, 160);
}

/** An action, and the first phase that fails without it. */
export interface RemovedAction {
  readonly action: string;
  /** Absent if every phase succeeds without the action. */
  readonly phase?: Phase;
}

/**
 * Removes actions from a role, one at a time, and runs the phases that use it until one fails.
 *
 * @param phases in the order in which they are run for an action
 */
export async function removeActions(
  role: Role,
  actions: readonly string[],
  phases: readonly Phase[],
): Promise<readonly RemovedAction[]> {
  const removed = new Map<string, RemovedAction>();
  const queue = [...actions];
  await Promise.all(
    Array.from({ length: 5 }, async () => {
      for (let action = queue.shift(); action !== undefined; action = queue.shift())
        removed.set(action, await firstFailure(action));
    }),
  );
  return actions.flatMap((action) => removed.get(action) ?? []);

  async function firstFailure(action: string): Promise<RemovedAction> {
    const using = phases.filter((candidate) => candidate.actions.has(action));
    for (const phase of using) {
      const error = await errorWithout(role, action, phase);
      if (error === undefined) continue;
      process.stderr.write(`${action}: ${phase.name}: ${error}\n`);
      return { action, phase };
    }
    const tried = using.map(({ name }) => name).join("; ") || "no phase uses it";
    process.stderr.write(`${action}: SUCCEEDS WITHOUT IT: ${tried}\n`);
    return { action };
  }
}

/** The rows of a table of actions. */
export const tableOf = (removed: readonly RemovedAction[]): string =>
  [
    "| action | first phase that needs it | result without it |",
    "|---|---|---|",
    ...removed.map(
      ({ action, phase }) =>
        `| \`${action}\` | ${phase?.name ?? "-"} | ${phase === undefined ? "**succeeds**" : "fails"} |`,
    ),
  ].join("\n");

/** Reports actions that no phase needs, with exit code 1. */
export function reportUnnecessary(removed: readonly RemovedAction[]): void {
  const unnecessary = removed.flatMap(({ action, phase }) => (phase === undefined ? action : []));
  if (unnecessary.length === 0) return;
  process.stderr.write(`not necessary: ${unnecessary.join(", ")}\n`);
  process.exitCode = 1;
}

/**
 * The actions on the command line, or else all.
 *
 * @throws Error if no call needs an action on the command line
 */
export function selectedActions(calls: readonly { readonly action: string }[]): {
  readonly actions: readonly string[];
  readonly isComplete: boolean;
} {
  const selected = process.argv.slice(2);
  const actions = [...new Set(calls.map(({ action }) => action))].sort();
  const unknown = selected.filter((action) => !actions.includes(action));
  if (unknown.length > 0) throw new Error(`no recorded call needs ${unknown.join(", ")}`);
  return selected.length === 0
    ? { actions, isComplete: true }
    : { actions: selected, isComplete: false };
}
