import { outboundPathOf } from "../config/index.ts";
import {
  countReached,
  type DeploymentCause,
  type ServiceCount,
  systemClock,
  waitForCount,
} from "../deployment/index.ts";
import { UserError } from "../shared/index.ts";
import { afterChange } from "./aws-errors.ts";
import { type AwsOptions, withAwsSession } from "./aws-session.ts";
import { describeServices } from "./ecs.ts";
import type { OperationHost } from "./host.ts";
import { selectService } from "./service-target.ts";
import { suggest } from "./suggested-command.ts";

/** Options of {@link scale}. */
export interface ScaleServiceOptions extends AwsOptions {
  /** Name of the service. */
  readonly service: string;
  /** Number of tasks: 0 or more. */
  readonly count: number;
}

/** The result of {@link scale}. */
export interface ScaleServiceResult {
  readonly service: string;
  /** The desired count before. */
  readonly from: number;
  readonly to: number;
  /** True if automatic scaling may change the number. */
  readonly isAutomatic: boolean;
  /** Why tasks stopped while the service was scaled. */
  readonly causes: readonly DeploymentCause[];
}

export function scaleService(
  options: ScaleServiceOptions,
  host: OperationHost,
): Promise<ScaleServiceResult> {
  return withAwsSession("scale", options, host, async ({ settings, client, scope, signal }) => {
    const { service, count } = options;
    if (!Number.isSafeInteger(count) || count < 0)
      throw new UserError("BERTH-E6001", `invalid count ${count}`, {
        fix: "pass a number of tasks, 0 or more",
        exitCode: 64,
      });
    const { cluster } = selectService(settings, service);
    const limits = settings.services?.[service]?.scale;
    if (limits && (count < limits.min || count > limits.max))
      throw new UserError(
        "BERTH-E3107",
        `automatic scaling of ${service} allows ${limits.min} to ${limits.max} tasks, and not ${count}`,
        {
          where: `services.${service}.scale`,
          fix: `change min or max in the config, then run ${suggest("deploy", scope, service)}`,
        },
      );
    const current = (await describeServices(client, cluster, [service], { signal })).get(service);
    if (current?.status !== "ACTIVE")
      throw new UserError("BERTH-E6012", `the service ${service} is not deployed`, {
        fix: `run ${suggest("deploy", scope, service)} first`,
      });
    const from = current.desiredCount ?? 0;
    await client.call("ecs", "UpdateService", { cluster, service, desiredCount: count });
    let reached: ServiceCount;
    try {
      reached = await afterChange(
        {
          what: `${service} has the desired count ${count}, but its tasks cannot be observed`,
          fix: `run ${suggest("status", scope, service)}`,
        },
        scope,
        () =>
          waitForCount(client, {
            cluster,
            service,
            count,
            region: settings.region,
            outboundPath: outboundPathOf(settings),
            clock: systemClock,
            signal,
            listener: (event) => host.event?.({ type: "deployment", service, event }),
          }),
      );
    } catch (error) {
      if (signal?.aborted !== true) throw error;
      throw new UserError("BERTH-E3004", `interrupted: ${service} has the desired count ${count}`, {
        fix: `run ${suggest("status", scope, service)} to see its tasks`,
        exitCode: 130,
      });
    }
    if (!countReached(reached, count))
      throw new UserError(
        "BERTH-E3108",
        `${reached.running} of ${count} tasks of ${service} run after ten minutes${causeText(reached.causes)}`,
        {
          where: cluster,
          fix:
            reached.causes[0]?.failure?.fix ??
            `run ${suggest("status", scope, service)} for the events of the service`,
        },
      );
    return { service, from, to: count, isAutomatic: limits !== undefined, causes: reached.causes };
  });
}

const causeText = ([cause]: readonly DeploymentCause[]): string =>
  cause === undefined ? "" : `: ${cause.message}`;
