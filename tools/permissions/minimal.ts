// npm run permissions:minimal: removes each action (or the given ones) from the apply role, one at a time, and runs real
// Terraform in the sandbox to show that the action is necessary.
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config, Egress } from "../../src/config/options.ts";
import { foundationCalls } from "../../src/constructs/bootstrap/recorded-calls.generated.ts";
import { permissionsFor } from "../../src/sandbox/authorization/required-permissions.ts";
import type { ObservedCall } from "../../src/sandbox/http/call-record.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/server.ts";
import { berth } from "../../test/support/berth.ts";
import { testFolder } from "../../test/support/folder.ts";
import { bootstrapped, sessionOf, shop } from "../../test/support/bootstrapped-account.ts";
import {
  ACCOUNT,
  awsAt,
  full,
  moved,
  NAMES,
  project,
  REGION,
  small,
} from "../../test/support/foundation-modes.ts";
import { withoutAction } from "../../test/support/without-action.ts";

/** A phase of the lifecycle, with the files and the account before it. */
interface Phase {
  readonly name: string;
  readonly config: Config;
  readonly args: readonly string[];
  readonly folder: string;
  readonly account: string;
  readonly actions: ReadonlySet<string>;
}

const APPLY = ["apply", "--yes", "--unchecked"];

/** The phases of the lifecycle, in order. */
const stepsOf = (egress: Egress): readonly (readonly [string, Config, readonly string[]])[] => [
  ["create", small(egress), APPLY],
  ["plan", small(egress), ["plan"]],
  ["change", full(egress), APPLY],
  ["plan with everything", full(egress), ["plan"]],
  ["change back", moved(egress), APPLY],
  ["destroy", moved(egress), ["destroy", "--yes"]],
];

async function observed(): Promise<{ sandbox: Sandbox; actions: Set<string> }> {
  const actions = new Set<string>();
  let record: ((call: ObservedCall) => void) | undefined;
  const sandbox = await startSandbox({ onCall: (call) => record?.(call) });
  record = ({ service, operation, input, account, region }) => {
    if (operation === "") return;
    const context = sandbox.contextFor({ account, region });
    for (const permission of permissionsFor(context, service, operation, input))
      actions.add(permission.action);
  };
  return { sandbox, actions };
}

/** Runs the lifecycle with all permissions, and saves the files and the account before each phase. */
async function recordPhases(egress: Egress): Promise<Phase[]> {
  const { sandbox, actions } = await observed();
  await bootstrapped(sandbox, shop({ ...small(egress), publish: NAMES.parameter }));
  const keys = await sessionOf(sandbox, NAMES.name, "apply");
  const folder = testFolder();
  const phases: Phase[] = [];
  for (const [name, config, args] of stepsOf(egress)) {
    const savedFolder = testFolder();
    cpSync(folder, savedFolder, { recursive: true, verbatimSymlinks: true });
    const account = sandbox.snapshot();
    actions.clear();
    project(config, folder);
    const ran = await berth(args, { cwd: folder, env: awsAt(sandbox, { ...keys }) });
    if (ran.code !== 0) throw new Error(`${egress}, ${name}: ${ran.stderr}`);
    phases.push({ name, config, args, folder: savedFolder, account, actions: new Set(actions) });
    process.stderr.write(`${egress}: ${name} done\n`);
  }
  await sandbox.close();
  return phases;
}

/** The error of a phase without an action; undefined if the phase succeeds. */
async function errorWithout(action: string, phase: Phase): Promise<string | undefined> {
  const sandbox = await startSandbox();
  await sandbox.restore(phase.account);
  for (const part of ["network", "platform", "state"]) {
    const PolicyArn = `arn:aws:iam::${ACCOUNT}:policy/${NAMES.name}-apply-${part}`;
    const version = sandbox.invoke("iam", "GetPolicyVersion", { PolicyArn, VersionId: "v1" });
    const { Document } = version["PolicyVersion"] as { Document: string }; // by its model
    const PolicyDocument = withoutAction(decodeURIComponent(Document), action);
    if (PolicyDocument !== decodeURIComponent(Document))
      sandbox.invoke("iam", "CreatePolicyVersion", {
        PolicyArn,
        PolicyDocument,
        SetAsDefault: true,
      });
  }
  const keys = await sessionOf(sandbox, NAMES.name, "apply");
  const folder = testFolder();
  cpSync(phase.folder, folder, { recursive: true, verbatimSymlinks: true });
  project(phase.config, folder);
  const ran = await berth(phase.args, { cwd: folder, env: awsAt(sandbox, { ...keys }) });
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
  if (ran.code === 0) return undefined;
  const line =
    ran.stderr.split("\n").find((value) => value.startsWith("error:")) ?? ran.stderr.slice(-200);
  return line.replace(/^error: /, "").slice(0, 160);
}

const phases = (await Promise.all([recordPhases("endpoints"), recordPhases("nat")])).flat();
// Plans first: they take only seconds.
const order = ["plan", "plan with everything", "create", "change", "change back", "destroy"];
phases.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));

/** The first phase that fails without an action. */
async function firstFailure(
  action: string,
): Promise<{ readonly phase?: Phase; readonly error?: string }> {
  for (const phase of phases.filter((candidate) => candidate.actions.has(action))) {
    const error = await errorWithout(action, phase);
    if (error !== undefined) return { phase, error };
  }
  return {};
}

/** The actions on the command line, or else all actions. */
const selected = process.argv.slice(2);
const recordedActions = [
  ...new Set(foundationCalls.map((foundationCall) => foundationCall.action)),
].sort();
const actions = recordedActions.filter(
  (action) => selected.length === 0 || selected.includes(action),
);
const rows = new Map<string, string>();
const queue = [...actions];
const unnecessary: string[] = [];
await Promise.all(
  Array.from({ length: 5 }, async () => {
    for (let action = queue.shift(); action !== undefined; action = queue.shift()) {
      const { phase, error } = await firstFailure(action);
      if (error === undefined) unnecessary.push(action);
      rows.set(
        action,
        `| \`${action}\` | ${phase?.name ?? "-"} | ${error === undefined ? "**succeeds**" : "fails"} |`,
      );
      process.stderr.write(`${action}: ${phase?.name}: ${error ?? "SUCCEEDS WITHOUT IT"}\n`);
    }
  }),
);
if (selected.length === 0)
  writeFileSync(
    join(import.meta.dirname, "../../docs/reference/apply-role.md"),
    `# Actions of the apply role

Generated by \`npm run permissions:minimal\` (${REGION}, egress \`endpoints\` and \`nat\`). For each action, the action was removed from the
apply role, and real Terraform ran in the sandbox from the first phase that needs the action.

| action | first phase that needs it | result without it |
|---|---|---|
${actions.map((action) => rows.get(action)).join("\n")}
`,
  );
if (unnecessary.length > 0) {
  process.stderr.write(`not necessary: ${unnecessary.join(", ")}\n`);
  process.exitCode = 1;
}
