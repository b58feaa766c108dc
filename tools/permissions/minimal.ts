// npm run permissions:minimal: takes each action (or those named) from the apply role in turn, and lets real Terraform find out.
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
import { without } from "../../test/support/without-action.ts";

/** One thing that Terraform does, from where the life stands before it. */
interface Phase {
  readonly name: string;
  readonly config: Config;
  readonly args: readonly string[];
  readonly folder: string;
  readonly world: string;
  readonly actions: ReadonlySet<string>;
}

const APPLY = ["apply", "--yes", "--unchecked"];

/** Plans are tried first: they take seconds. */
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
  let see: ((call: ObservedCall) => void) | undefined;
  const sandbox = await startSandbox({ onCall: (call) => see?.(call) });
  see = ({ service, operation, input, account, region }) => {
    if (operation === "") return;
    const context = sandbox.contextFor({ account, region });
    for (const permission of permissionsFor(context, service, operation, input))
      actions.add(permission.action);
  };
  return { sandbox, actions };
}

/** Lives once with all permissions, and keeps how everything stood before each step. */
async function lifeOf(egress: Egress): Promise<Phase[]> {
  const { sandbox, actions } = await observed();
  await bootstrapped(sandbox, shop({ ...small(egress), publish: NAMES.parameter }));
  const keys = await sessionOf(sandbox, NAMES.name, "apply");
  const folder = testFolder();
  const phases: Phase[] = [];
  for (const [name, config, args] of stepsOf(egress)) {
    const kept = testFolder();
    cpSync(folder, kept, { recursive: true, verbatimSymlinks: true });
    const world = sandbox.snapshot();
    actions.clear();
    project(config, folder);
    const ran = await berth(args, { cwd: folder, env: awsAt(sandbox, { ...keys }) });
    if (ran.code !== 0) throw new Error(`${egress}, ${name}: ${ran.stderr}`);
    phases.push({ name, config, args, folder: kept, world, actions: new Set(actions) });
    process.stderr.write(`${egress}: ${name} done\n`);
  }
  await sandbox.close();
  return phases;
}

/** What Terraform says where the role lacks an action; undefined where it does not mind. */
async function saidWithout(action: string, phase: Phase): Promise<string | undefined> {
  const sandbox = await startSandbox();
  await sandbox.restore(phase.world);
  for (const part of ["network", "platform", "state"]) {
    const PolicyArn = `arn:aws:iam::${ACCOUNT}:policy/${NAMES.name}-apply-${part}`;
    const version = sandbox.invoke("iam", "GetPolicyVersion", { PolicyArn, VersionId: "v1" });
    const { Document } = version["PolicyVersion"] as { Document: string }; // by its model
    const PolicyDocument = without(decodeURIComponent(Document), action);
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

const phases = (await Promise.all([lifeOf("endpoints"), lifeOf("nat")])).flat();
const order = ["plan", "plan with everything", "create", "change", "change back", "destroy"];
phases.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));

/** The first step that does not go without an action. */
async function firstFailure(
  action: string,
): Promise<{ readonly phase?: Phase; readonly said?: string }> {
  for (const phase of phases.filter((otherPhase) => otherPhase.actions.has(action))) {
    const said = await saidWithout(action, phase);
    if (said !== undefined) return { phase, said };
  }
  return {};
}

/** All of them, or those that are named on the command line. */
const wanted = process.argv.slice(2);
const known = [...new Set(foundationCalls.map((foundationCall) => foundationCall.action))].sort();
const actions = known.filter((value) => wanted.length === 0 || wanted.includes(value));
const rows = new Map<string, string>();
const queue = [...actions];
const idle: string[] = [];
await Promise.all(
  Array.from({ length: 5 }, async () => {
    for (let action = queue.shift(); action !== undefined; action = queue.shift()) {
      const { phase, said } = await firstFailure(action);
      if (said === undefined) idle.push(action);
      rows.set(
        action,
        `| \`${action}\` | ${phase?.name ?? "-"} | ${said === undefined ? "**nothing fails**" : "fails"} |`,
      );
      process.stderr.write(`${action}: ${phase?.name}: ${said ?? "NOTHING FAILS"}\n`);
    }
  }),
);
if (wanted.length === 0)
  writeFileSync(
    join(import.meta.dirname, "../../docs/reference/apply-role.md"),
    `# The apply role, action by action

Written by \`npm run permissions:minimal\` (${REGION}, ways out \`endpoints\` and \`nat\`): each action was taken from the role of a
pipeline in turn, and real Terraform went on in the sandbox from where the action is first needed.

| action | missed in | without it |
|---|---|---|
${actions.map((action) => rows.get(action)).join("\n")}
`,
  );
if (idle.length > 0) {
  process.stderr.write(`nothing fails without ${idle.join(", ")}\n`);
  process.exitCode = 1;
}
