import type { DeploymentClient } from "./aws-types.ts";
import { describeTaskDefinition, isSameContent } from "./equal-revisions.ts";
import {
  findRevision,
  listDeployments,
  type ServiceDeploymentRecord,
  type ServiceName,
} from "./service.ts";
import { isForward } from "./start.ts";

/** A return of a service to an earlier revision: ARNs of task definitions. */
export interface Rollback {
  readonly from: string;
  readonly to: string;
}

/**
 * The return to the last successful deployment whose content differs from that of the current revision; undefined if ECS has none in
 * its history of 90 days. It is the return of an earlier run that was interrupted, if the service is returning to the current
 * revision, or has returned to it without a record.
 *
 * @param current ARN of the task definition of the service
 * @param isRecorded whether the image of the current revision is that of the next deployment
 */
export async function findRollback(
  client: DeploymentClient,
  name: ServiceName,
  current: string,
  isRecorded: () => Promise<boolean>,
): Promise<Rollback | undefined> {
  const deployments = await listDeployments(client, name);
  const previous = await findPreviousRevision(client, deployments, current);
  if (previous === undefined) return undefined;
  const [newest] = deployments;
  const isContinued =
    newest !== undefined &&
    numberOf(current) < numberOf(previous) &&
    (await findRevision(client, newest.revisionArn))?.taskDefinition === current &&
    (isForward(newest.status) || (newest.status === "SUCCESSFUL" && !(await isRecorded())));
  return isContinued ? { from: previous, to: current } : { from: current, to: previous };
}

/** The number of a revision: a new deployment of Berth has a higher one than those before it. */
const numberOf = (arn: string): number => Number(arn.slice(arn.lastIndexOf(":") + 1));

/**
 * The ARN of the task definition of the last successful deployment whose content differs from that of the current one. A deregistered
 * revision is skipped, because a service cannot be updated to it.
 *
 * Source: Amazon ECS Developer Guide, "Deregistering an Amazon ECS task definition revision".
 */
async function findPreviousRevision(
  client: DeploymentClient,
  deployments: readonly ServiceDeploymentRecord[],
  current: string,
): Promise<string | undefined> {
  const known = new Set([current]);
  const currentDefinition = await describeTaskDefinition(client, current);
  for (const { status, revisionArn } of deployments) {
    if (status !== "SUCCESSFUL") continue;
    const arn = (await findRevision(client, revisionArn))?.taskDefinition;
    if (arn === undefined || known.has(arn)) continue;
    known.add(arn);
    const definition = await describeTaskDefinition(client, arn);
    if (definition.status === "ACTIVE" && !isSameContent(definition, currentDefinition)) return arn;
  }
  return undefined;
}
