import type { LocalEffect } from "../terraform-copy/providers.ts";
import { countOf, duration, terminalText } from "../../shared/index.ts";
import type {
  ChangingCall,
  DeploymentRequests,
  FailedRequests,
  Finding,
  LocalCode,
  Phase,
  Rehearsal,
  RehearsedDeployment,
  SkippedResource,
  TestRequestResult,
} from "../result.ts";

/** A phase as a line, such as "apply    12 created (26s)". */
export const phaseLine = ({ name, summary, seconds }: Phase): string =>
  `${name.padEnd(8)} ${summary} (${duration(seconds)})`;

/** A call as "call 12, ec2:DeleteRoute (delete aws_route.this)". */
export const describeCall = ({ call, number, addresses }: ChangingCall): string =>
  `call ${number}, ${call}${addresses.length > 0 ? ` (${addresses.join(", ")})` : ""}`;

/** Why a part of a configuration was skipped. */
export function skipReason({ reason, requires }: SkippedResource): string {
  switch (reason) {
    case "sandbox":
      return `the sandbox does not support ${requires}`;
    case "provider":
      return `the provider ${requires} is skipped (--allow-provider ${requires} runs it for real)`;
    case "local-code":
      return "it is local code, and --no-exec skips local code";
    case "unknown-value":
      return `it needs a value that is only assumed to exist: ${requires}`;
  }
}

const EFFECTS: Readonly<Record<LocalEffect, string>> = {
  "runs-code": "runs a program",
  "uses-network": "uses the network",
  "writes-files": "writes files",
};

/** Local code as a line, safe to print. */
export function localCodeLine(code: LocalCode): string {
  const { kind, effect } = code;
  const [address, what] = [terminalText(code.address), terminalText(code.what)];
  switch (kind) {
    case "config-file":
      return `${address} (config file)`;
    case "module":
      return `${address} (module from ${what})`;
    case "provider":
      return `${address} (provider, runs for real)`;
    case "provisioner":
      return `${address} (${what} provisioner)`;
    case "resource":
    case "data":
    case "ephemeral":
    case "action":
      return `${address} (${EFFECTS[effect]})`;
  }
}

/** Code that runs on this machine, and code that was skipped, in lines that are safe to print. */
export function localCodeLines(code: readonly LocalCode[]): string[] {
  const section = (title: string, listed: readonly LocalCode[]): string[] =>
    listed.length === 0
      ? []
      : [title, ...listed.map((localCode) => `  ${localCodeLine(localCode)}`)];
  return [
    ...section(
      "Runs on this machine:",
      code.filter((localCode) => !localCode.skipped),
    ),
    ...section(
      "Skipped by --no-exec:",
      code.filter((localCode) => localCode.skipped),
    ),
  ];
}

/** Whether the rehearsal accessed anything outside the sandbox, for the last line. */
export function externalAccess({ allowedProviders, localCode }: Rehearsal): string {
  if (allowedProviders.length > 0) return `${allowedProviders.join(", ")} ran for real`;
  const hasRun = localCode.some(
    ({ kind, skipped }) => !skipped && kind !== "config-file" && kind !== "module",
  );
  return hasRun
    ? "no AWS account accessed, but code ran on this machine"
    : "no AWS account accessed";
}

/** The errors that prevent the stack from running. They are more important than those of its destroy. */
export const errorsBeforeDestroy = ({ errors }: Rehearsal): Rehearsal["errors"] =>
  errors.filter(({ phase }) => phase !== "destroy");

export const errorsInDestroy = ({ errors }: Rehearsal): Rehearsal["errors"] =>
  errors.filter(({ phase }) => phase === "destroy");

/** What a deployment of a rehearsal changed. */
const CHANGES: Readonly<Record<RehearsedDeployment["change"], string>> = {
  first: "first deployment",
  update: "update",
  "program-exits": "update whose program exits",
  "health-check-fails": "update whose health check fails",
  "secret-missing": "update while a secret is missing",
  "image-missing": "update whose image is missing",
  scale: "one task more, and back",
  job: "one run",
};

/** A deployment with its result, such as "web: update whose program exits: rolled back (TD-09) after 3m10s". */
export function deploymentLine({
  service,
  change,
  outcome,
  ended,
  explainedBy,
  seconds,
  reason,
}: RehearsedDeployment): string {
  const result =
    outcome === "unknown"
      ? `unknown, ${reason ?? "no reason given"}`
      : ended === undefined
        ? outcome
        : ended.replace("-", " ");
  const id = explainedBy === undefined ? "" : ` (${explainedBy})`;
  const time = seconds === undefined ? "" : ` after ${duration(seconds)}`;
  return `${service}: ${CHANGES[change]}: ${result}${id}${time}`;
}

/** What happened to the requests during the deployments. */
export function deploymentRequestsText({ sent, failed }: DeploymentRequests): string {
  if (sent === 0) return "no request was sent during the deployments";
  if (failed.length === 0)
    return `no request failed during the deployments: ${countOf(sent, "request")} sent`;
  const count = failed.reduce((sum, requests) => sum + requests.count, 0);
  return `${countOf(count, "request")} of ${sent} failed during the deployments`;
}

/** The outcome of the requests during the deployments. It is unknown if none was sent. */
export const deploymentRequestsOutcome = ({
  sent,
  failed,
}: DeploymentRequests): RehearsedDeployment["outcome"] =>
  sent === 0 ? "unknown" : failed.length === 0 ? "pass" : "fail";

/** Failed requests as a line. */
export function failedRequestsLine({
  phase,
  service,
  change,
  url,
  message,
  fromSecond,
  untilSecond,
  count,
}: FailedRequests): string {
  const time = fromSecond === untilSecond ? `${fromSecond}s` : `${fromSecond}s to ${untilSecond}s`;
  return `${phase} of ${service} (${change}), ${time} after its start: ${url}: ${message}${count === 1 ? "" : ` (${countOf(count, "request")})`}`;
}

/** Whether a finding is listed with the errors, so that it need not be printed again. */
export const isListed = (errors: Rehearsal["errors"], finding: Finding): boolean =>
  errors.some(({ message, address }) => message === finding.message && address === finding.address);

/** True if no request was sent, because the load balancer allows no client that the sandbox can have. */
export const isUnsent = ({ status, finding, untested }: TestRequestResult): boolean =>
  status === undefined && finding === undefined && untested === undefined;

/** The verdict with what limits it. */
export function verdictText({
  verdict,
  requests,
  skippedResources,
  interruptedIn,
  notRehearsed = [],
}: Rehearsal): string {
  const untested = skippedResources.filter(({ mayDecide }) => !mayDecide).length;
  const unsent = requests.filter(isUnsent).length;
  return [
    verdict,
    ...(interruptedIn === undefined ? [] : [`interrupted during ${interruptedIn}`]),
    ...(verdict === "pass" && untested > 0
      ? [`${countOf(untested, "unrelated resource")} ${untested === 1 ? "was" : "were"} not tested`]
      : []),
    ...(verdict === "pass" && unsent > 0
      ? [`${countOf(unsent, "request")} ${unsent === 1 ? "was" : "were"} not sent`]
      : []),
    ...(notRehearsed.length === 0 ? [] : [`${notRehearsed.join(", ")} not rehearsed`]),
  ].join("; ");
}
