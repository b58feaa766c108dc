import { deploy, type FailedTask, type ServiceResult } from "../../app/index.ts";
import { revisionName } from "../../deployment/index.ts";
import { causeProblem, deploymentProblems } from "../deployment-text.ts";
import { dataOf, problemsFromError } from "../errors.ts";
import type { ExitCode } from "../exit-codes.ts";
import { notApprovedProblem } from "../not-approved.ts";
import type { Host, Problem } from "../host/host.ts";
import { requireConfirmation, runOperation } from "../host/operation-host.ts";
import {
  defined,
  infrastructureOptions,
  type ProjectFlags,
  servicesOption,
} from "../project-flags.ts";

export interface DeployFlags extends ProjectFlags {
  /** @default all services of the config */
  readonly services: readonly string[];
  readonly image?: string;
  /** The fingerprint that the plan must have. */
  readonly approved?: string;
  readonly build?: boolean;
  readonly yes?: boolean;
}

/** Deploys services, waits for their deployments, and explains those that failed. */
export async function run(
  { services, image, approved, build, yes, ...flags }: DeployFlags,
  host: Host,
): Promise<ExitCode> {
  requireConfirmation(host, defined({ yes }));
  return runOperation(
    host,
    (operationHost) =>
      deploy(
        {
          ...infrastructureOptions(flags),
          ...defined({ image, approved, build, yes }),
          ...servicesOption(services),
        },
        operationHost,
      ),
    (result) => {
      for (const service of result.services)
        if (service.outcome === "not-approved") host.show(service.plan);
      const problems = result.services.flatMap((service) => problemsOf(service, approved));
      host.result(result.services.flatMap(lineOf).join("\n"), {
        services: result.services.map(dataOf),
      });
      if (problems.length > 0) host.problems(problems);
      for (const { service, outcome } of result.services)
        if (outcome === "declined") host.note(`${service}: nothing was changed`);
      if (result.services.some(({ outcome }) => outcome === "not-approved")) return 4;
      return problems.length === 0 && result.services.every(isComplete) ? 0 : 1;
    },
  );
}

type CompleteResult = Extract<ServiceResult, { outcome: "deployed" | "applied" | "unchanged" }>;

const VERBS: Readonly<Record<CompleteResult["outcome"], string>> = {
  deployed: "runs",
  applied: "starts its tasks with",
  unchanged: "already has",
};

const isComplete = (result: ServiceResult): result is CompleteResult =>
  Object.hasOwn(VERBS, result.outcome);

function lineOf(result: ServiceResult): string[] {
  if (!isComplete(result)) return [];
  const { service, outcome, taskDefinition, image } = result;
  const url = result.outcome === "applied" ? undefined : result.url;
  return [
    `${service} ${VERBS[outcome]} ${revisionName(taskDefinition)} (${image})${url === undefined ? "" : `: ${url}`}`,
  ];
}

function problemsOf(result: ServiceResult, approved: string | undefined): Problem[] {
  switch (result.outcome) {
    case "deployed":
    case "applied":
    case "unchanged":
      return problemsOfError(result.recordError);
    case "declined":
      return [];
    case "not-approved":
      return [notApprovedProblem(result, { approved, command: `deploy ${result.service}` })];
    case "error":
      return problemsFromError(result.error).problems;
    case "failed":
      return [
        ...deploymentProblems(result.service, result.taskDefinition, result.deployment),
        ...problemsOfError(result.restoreError),
      ];
    case "before-failed":
      return [
        ...beforeProblems(result.service, result.taskDefinition, result.task),
        ...problemsOfError(result.restoreError),
      ];
  }
}

const problemsOfError = (error: Error | undefined): Problem[] =>
  error === undefined ? [] : problemsFromError(error).problems;

function beforeProblems(
  service: string,
  taskDefinition: string,
  { exitCode, hasTimedOut, reason, cause, logLines }: FailedTask,
): Problem[] {
  const end = hasTimedOut
    ? "did not end in time and was stopped"
    : exitCode !== undefined
      ? `exited with code ${exitCode}`
      : `did not start${reason === undefined ? "" : `: ${reason}`}`;
  const log = logLines.length === 0 ? "" : `\n${logLines.map((line) => `  ${line}`).join("\n")}`;
  return [
    {
      what: `${service}: the task before the deployment of ${revisionName(taskDefinition)} ${end}; the service was not changed${log}`,
      code: "BERTH-E3105",
      where: `services.${service}.before`,
      fix: "correct the command or the program, and deploy again",
    },
    ...(cause === undefined || exitCode !== undefined ? [] : [causeProblem(cause)]),
  ];
}
