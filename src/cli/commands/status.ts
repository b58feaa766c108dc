import { type LastDeployment, type ServiceStatus, status } from "../../app/index.ts";
import { countOf, type Paint } from "../../shared/index.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Host } from "../host/host.ts";
import { operationHost } from "../host/operation-host.ts";
import { paintFor } from "../host/paint.ts";
import { withInterrupt } from "../interrupt.ts";
import { awsOptions, type AwsFlags, servicesOption } from "../project-flags.ts";

export interface StatusFlags extends AwsFlags {
  /** @default all services and jobs of the config */
  readonly services: readonly string[];
}

/** Prints the current state of services and jobs. */
export async function run({ services, ...flags }: StatusFlags, host: Host): Promise<ExitCode> {
  const statuses = await withInterrupt((signal) =>
    status(
      {
        ...awsOptions(flags),
        ...servicesOption(services),
        signal,
      },
      operationHost(host),
    ),
  );
  host.result(
    statuses.length === 0
      ? "the config has no services and no jobs"
      : statuses.map((service) => textOf(service, paintFor(host))).join("\n\n"),
    statuses,
  );
  return 0;
}

function textOf(service: ServiceStatus, paint: Paint): string {
  const { name, kind, exists, desired, running, pending } = service;
  if (!exists) return `${paint("bold", name)}  not deployed`;
  const isComplete = desired === undefined || running >= desired;
  const counts = [
    desired === undefined
      ? `${countOf(running, "task")} running`
      : `${running} of ${desired} running`,
    ...(pending > 0 ? [`${pending} pending`] : []),
  ].join(", ");
  return [
    `${paint("bold", name)}  ${kind}, ${paint(isComplete ? "green" : "yellow", counts)}`,
    ...rowsOf(service).map(([label, text]) => `  ${label.padEnd(11)} ${text}`.trimEnd()),
  ].join("\n");
}

/** The lines below the first, with their labels. A label is shown once for several lines. */
function rowsOf(service: ServiceStatus): (readonly [label: string, text: string])[] {
  const { revision, image, lastDeployment, deployments, targets, events, stoppedTasks } = service;
  const sections: readonly (readonly [label: string, lines: readonly string[]])[] = [
    ["revision", revision === undefined ? [] : [revision]],
    ["image", image === undefined ? [] : [image]],
    ["deployment", lastDeployment === undefined ? [] : [deploymentText(lastDeployment)]],
    [
      "tasks",
      deployments.map(
        ({ revision: deployed, status: role, rolloutState, reason, running, desired, failed }) =>
          [
            `${deployed} ${rolloutState ?? role}`,
            `${running} of ${desired} running`,
            ...(failed > 0 ? [`${failed} failed`] : []),
            ...(reason === undefined ? [] : [reason]),
          ].join(", "),
      ),
    ],
    [
      "targets",
      targets.map(
        ({ target, state, reason }) =>
          `${target} ${state}${reason === undefined ? "" : `: ${reason}`}`,
      ),
    ],
    ["events", events.map(({ at, message }) => `${timeText(at)}${message}`)],
    [
      "stopped",
      stoppedTasks.map(
        ({ task, revision: stopped, stoppedAt, reason }) =>
          `${timeText(stoppedAt)}${task} ${stopped}: ${reason}`,
      ),
    ],
  ];
  return sections.flatMap(([label, lines]) =>
    lines.map((text, index) => [index === 0 ? label : "", text] as const),
  );
}

const deploymentText = ({ id, status: state, reason, startedAt }: LastDeployment): string =>
  `${timeText(startedAt)}${id} ${state}${reason === undefined ? "" : `: ${reason}`}`;

const timeText = (at: Date | undefined): string =>
  at === undefined ? "" : `${at.toISOString().slice(0, 19)}Z  `;
