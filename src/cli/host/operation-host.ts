import {
  type ChangeCounts,
  type Confirmation,
  OperationFailedError,
  type OperationEvent,
  type OperationHost,
  type OperationStep,
} from "../../app/index.ts";
import { textOf } from "../../checks/report/index.ts";
import type { WaitEvent } from "../../deployment/index.ts";
import type { ImageEvent } from "../../images/index.ts";
import { localCodeLines, phaseLine } from "../../rehearsal/report/index.ts";
import { countOf, UserError } from "../../shared/index.ts";
import { causeTitle, progressLine } from "../deployment-text.ts";
import { problemFromUserError } from "../errors.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Host } from "./host.ts";
import { paintFor } from "./paint.ts";

/** The numbers of changes, as text. */
export const changeSummary = ({ add, change, remove }: ChangeCounts): string =>
  `${add} to create, ${change} to change, ${remove} to destroy`;

/**
 * The host of an operation that prints its events and asks its questions.
 *
 * @param hasColor whether plans contain colors
 */
export const operationHost = (host: Host, hasColor: boolean = host.hasColor): OperationHost => ({
  hasColor,
  event: (event) => printEvent(host, event),
  confirm: (confirmation) => askUser(host, confirmation),
});

/**
 * Runs an operation and prints its result.
 *
 * @param print prints the result, and returns the exit code of the command
 */
export async function runOperation<Result>(
  host: Host,
  operation: (operationHost: OperationHost) => Promise<Result>,
  print: (result: Result) => ExitCode | Promise<ExitCode>,
): Promise<ExitCode> {
  let result: Result;
  try {
    result = await operation(operationHost(host));
  } catch (error) {
    if (!(error instanceof OperationFailedError)) throw error;
    // The event "changes-failed" has printed the other errors.
    if (error.state === "unchanged") host.problems(error.errors.map(problemFromUserError));
    return error.interrupted ? 130 : 1;
  }
  return print(result);
}

const STEPS: Readonly<Record<OperationStep, string>> = {
  config: "reading the config",
  sandbox: "starting the sandbox",
  init: "initializing Terraform",
  plan: "planning",
  check: "checking the plan",
};

function printEvent(host: Host, event: OperationEvent): void {
  switch (event.type) {
    case "step-started":
      host.step(STEPS[event.step]);
      break;
    case "workspace-opened": {
      const sandbox = event.sandboxUrl === undefined ? "" : ` · sandbox at ${event.sandboxUrl}`;
      host.phase(`${event.engine} ${event.version}${sandbox} · ${event.name} in ${event.region}`);
      break;
    }
    case "resource-assumed":
      host.note(`assumed: ${event.resource}`);
      break;
    case "earlier-run-checked":
      host.note("an earlier run was interrupted; the resources that it created are in the state");
      break;
    case "warning":
      host.warn(event.message);
      break;
    case "deletion-protected":
      host.note(
        "deletion protection is enabled: destroy fails until loadBalancer.deletionProtection is false",
      );
      break;
    case "no-changes":
      host.note("no changes: the infrastructure matches the config");
      break;
    case "changes-started": {
      const { add, change, remove } = event.counts;
      host.phase(`${event.operation}: ${changeSummary(event.counts)}`);
      host.expect(add + change + remove);
      break;
    }
    case "changes-expected":
      host.expect(event.resources);
      break;
    // The type is a part of the JSON output.
    case "resource-started":
      host.started({ ...event, type: "started" });
      break;
    case "resource-finished":
      host.finished({ ...event, type: "finished" });
      break;
    case "resource-failed":
      host.failed({ ...event, type: "failed" });
      break;
    case "changes-failed":
      printFailure(host, event.error);
      break;
    case "state-lock-released":
      host.note(`released the state lock ${event.lock} of the interrupted run`);
      break;
    case "state-saved":
      host.note(`saved the state: ${event.resources} resources`);
      break;
    case "state-backup-restored":
      host.note(
        "restored Terraform's backup of the state; the damaged file was renamed to *.damaged",
      );
      break;
    case "bucket-adopted":
      host.note(`the bucket ${event.bucket} already exists: it is used and not changed`);
      break;
    case "oidc-provider-adopted":
      host.note("GitHub's OIDC provider already exists in the account: it is used and not changed");
      break;
    case "state-moving":
      host.phase("moving the state to the bucket");
      break;
    case "folder-planning":
      host.phase(`planning ${event.folder}`);
      break;
    case "local-code":
      for (const line of localCodeLines(event.code)) host.note(line);
      break;
    case "phase-started":
      host.phase(event.stack === undefined ? event.phase : `${event.phase} ${event.stack}`);
      break;
    case "phase-ended":
      host.note(phaseLine(event.phase));
      break;
    case "log-event": {
      const { task, container, timestamp, message } = event;
      host.log({ task, container, timestamp, message });
      break;
    }
    case "task-status":
      host.step(`task ${event.task} ${event.status}`);
      break;
    case "session-started":
      host.note(`session in ${event.container} of task ${event.task}`);
      break;
    case "service-started":
      host.phase(`deploying ${event.service}`);
      break;
    case "service-destroying":
      host.phase(`destroying ${event.service}`);
      break;
    case "before-task-started":
      host.note(`running ${event.command.join(" ")} before the deployment of ${event.service}`);
      break;
    case "deployment-started":
      host.note(
        event.isContinued
          ? `${event.service}: the deployment of ${event.revision} is already in progress`
          : `${event.service}: ECS deploys ${event.revision}`,
      );
      break;
    case "deployment":
      printDeploymentEvent(host, event.service, event.event);
      break;
    case "image":
      printImageEvent(host, event.event);
      break;
    case "image-restored":
      host.note(`${event.service}: registering a revision with the image ${event.image} again`);
      break;
  }
}

function printDeploymentEvent(host: Host, service: string, event: WaitEvent): void {
  switch (event.type) {
    case "progress":
      host.note(`${service}: ${progressLine(event.progress)}`);
      break;
    case "cause":
      host.warn(`${service}: ${causeTitle(event.cause)}`);
      break;
    case "retry":
      host.warn(`${service}: ${event.message}; trying again`);
      break;
  }
}

function printImageEvent(host: Host, event: ImageEvent): void {
  const { image } = event;
  switch (event.type) {
    case "modified":
      host.warn(
        `${image}: ${countOf(event.files.length, "file")} with uncommitted changes: ${listed(event.files)}`,
      );
      break;
    case "build-started": {
      const { platform, commit, builder, version, unusable } = event;
      for (const { name, problem } of unusable) host.note(`${name} is not used: ${problem}`);
      host.phase(
        `building ${image} for ${platform} from ${commit.slice(0, 12)} · ${builder} ${version}`,
      );
      break;
    }
    case "build-output":
      host.note(event.line);
      break;
    case "attestations-unsupported":
      host.note(
        `${image}: no SBOM and no provenance attestation: not supported by ${event.builder}`,
      );
      break;
    case "found":
      host.note(`${image}: the repository has the image of this commit`);
      break;
    case "push-started":
      host.phase(`pushing ${event.uri} to ${event.registry}`);
      break;
    case "blob-pushed":
      host.note(`${event.digest} ${Math.ceil(event.size / 1024)} KiB`);
      break;
    case "scan-started":
      host.note(`${image}: waiting for the scan of Amazon ECR`);
      break;
  }
}

/** The first names of a list, and the number of the others. */
const listed = (names: readonly string[]): string =>
  names.length <= 3
    ? names.join(", ")
    : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;

function printFailure(host: Host, error: OperationFailedError): void {
  host.problems(error.errors.map(problemFromUserError));
  if (error.state !== "saved") return;
  const end = error.interrupted ? "interrupted" : `${error.operation} failed`;
  host.warn(`${end}: completed changes are in the state; run ${error.retryCommand} to continue`);
}

/**
 * Asks the user.
 *
 * @throws UserError BERTH-E6002 if the command needs an answer and stdin is not a terminal
 */
async function askUser(host: Host, confirmation: Confirmation): Promise<boolean> {
  switch (confirmation.kind) {
    case "apply":
    case "destroy": {
      const { kind, plan, target, counts, check, service } = confirmation;
      host.show(plan);
      // After a long plan, the verdict and the summary are the last lines on the screen.
      if (check) host.show(textOf(check, paintFor(host)));
      requireTerminal(host);
      const action = service === undefined ? kind : `deploy ${service}`;
      return host.ask(`${action} ${placeOf(target)}: ${changeSummary(counts)}?`);
    }
    case "rollback": {
      const { service, from, to, isContinued, target } = confirmation;
      requireTerminal(host);
      const action = isContinued ? "continue the return of" : "return";
      return host.ask(`${action} ${service} ${placeOf(target)} from ${from} to ${to}?`);
    }
    case "save-state":
    case "restore-backup": {
      const { kind, error } = confirmation;
      host.show(`${error.message}\n  ${error.where}`);
      requireTerminal(host);
      return host.ask(
        kind === "save-state" ? "save this state?" : "restore the backup of the state?",
      );
    }
    case "save-state-now":
      return host.canAsk && (await host.ask("save this state now?"));
    case "accept-missing":
      if (!host.canAsk) return false;
      host.show(`${confirmation.error.message}\n  ${confirmation.error.fix}`);
      return host.ask("have you deleted or imported each of these resources?");
  }
}

const placeOf = (target: "sandbox" | "account"): string =>
  target === "sandbox" ? "in the sandbox" : "in the AWS account of your credentials";

/**
 * Reports a missing answer before the work that leads to the question.
 *
 * @throws UserError BERTH-E6002 if the user has not passed --yes and cannot answer questions
 */
export function requireConfirmation(host: Host, { yes }: { readonly yes?: boolean }): void {
  if (yes !== true) requireTerminal(host);
}

function requireTerminal({ canAsk }: Host): void {
  if (canAsk) return;
  throw new UserError("BERTH-E6002", "confirmation required, but stdin is not a terminal", {
    fix: "run in a terminal, or pass --yes",
    exitCode: 64,
  });
}
