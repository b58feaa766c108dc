import type { DeploymentClient, Service } from "./aws-types.ts";
import { UserError } from "../shared/index.ts";
import type { Clock } from "./clock.ts";
import { retried } from "./retry.ts";
import {
  currentDeployments,
  findDeployment,
  findRevision,
  listDeployments,
  type ServiceDeploymentRecord,
  type ServiceName,
} from "./service.ts";

/** A deployment that was started or found. */
export type StartedDeployment =
  /** UpdateService has started it. */
  | { readonly kind: "started"; readonly arn: string }
  /** It was already in progress, such as after an interruption. */
  | { readonly kind: "found"; readonly arn: string }
  /** The service already runs the revision: the last deployment led to it, or ECS rolled the last deployment back to it. */
  | { readonly kind: "unchanged" };

/** Options of {@link startDeployment}. */
export interface StartOptions extends ServiceName {
  /** ARN of the task definition revision to deploy. */
  readonly taskDefinition: string;
  /** The service before the deployment. */
  readonly current: Service;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** Time between two calls of ListServiceDeployments, and the time after which a deployment must be listed, in milliseconds. */
const POLL_MS = 500;
const LISTED_AFTER_MS = 60_000;

/**
 * Starts the deployment of a task definition revision, unless it is in progress or completed.
 *
 * @throws UserError BERTH-E3102 if ECS lists no new deployment
 */
export async function startDeployment(
  client: DeploymentClient,
  options: StartOptions,
): Promise<StartedDeployment> {
  const { cluster, service, taskDefinition, current } = options;
  const earlier = await listDeployments(client, options, 1);
  const { ongoing, completed } = currentDeployments(earlier);
  const deploys = async (revisionArn: string): Promise<boolean> =>
    (await findRevision(client, revisionArn))?.taskDefinition === taskDefinition;
  if (ongoing && isForward(ongoing.status) && (await deploys(ongoing.revisionArn)))
    return { kind: "found", arn: ongoing.arn };
  const isCurrent = current.taskDefinition === taskDefinition;
  if (!ongoing && isCurrent && completed) {
    const reached = await reachedRevision(client, completed);
    if (reached !== undefined && (await deploys(reached))) return { kind: "unchanged" };
  }
  const { service: updated } = await client.call("ecs", "UpdateService", {
    cluster,
    service,
    taskDefinition,
    // Without a change of the service, ECS starts a deployment only if it is forced.
    ...(isCurrent ? { forceNewDeployment: true } : {}),
  });
  const known = new Set(earlier.map(({ arn }) => arn));
  const reported = updated?.currentServiceDeployment;
  if (reported !== undefined && !known.has(reported)) return { kind: "started", arn: reported };
  const arn = await listedDeployment(
    client,
    options,
    async (deployment) => !known.has(deployment.arn) && deploys(deployment.revisionArn),
  );
  return { kind: "started", arn };
}

/** The service revision that runs after a completed deployment; undefined if neither it nor its rollback was successful. */
async function reachedRevision(
  client: DeploymentClient,
  { arn, status, revisionArn }: ServiceDeploymentRecord,
): Promise<string | undefined> {
  if (status === "SUCCESSFUL") return revisionArn;
  if (status !== "ROLLBACK_SUCCESSFUL") return undefined;
  return (await findDeployment(client, arn))?.rollback?.serviceRevisionArn;
}

/**
 * The ARN of the first deployment of a service that was just created.
 *
 * @throws UserError BERTH-E3102 if ECS lists no deployment
 */
export const firstDeployment = (
  client: DeploymentClient,
  options: Omit<StartOptions, "taskDefinition" | "current">,
): Promise<string> => listedDeployment(client, options, () => Promise.resolve(true));

/** Waits until ECS lists a deployment. */
async function listedDeployment(
  client: DeploymentClient,
  options: Omit<StartOptions, "taskDefinition" | "current">,
  matches: (deployment: ServiceDeploymentRecord) => Promise<boolean>,
): Promise<string> {
  const { cluster, service, clock, signal } = options;
  const end = clock.now() + LISTED_AFTER_MS;
  while (clock.now() < end) {
    const deployments = await retried(() => listDeployments(client, options, 1), {
      clock,
      signal,
    });
    for (const deployment of deployments) if (await matches(deployment)) return deployment.arn;
    await clock.sleep(POLL_MS, signal);
  }
  throw new UserError("BERTH-E3102", `ECS does not list the deployment of the service ${service}`, {
    where: cluster,
    fix: "run the command again: it finds the deployment if it is in progress",
  });
}

/** True if the deployment still leads to its own revision, and not back to an earlier one. */
export const isForward = (status: string): boolean =>
  status === "PENDING" || status === "IN_PROGRESS";
