import type { DeploymentClient } from "./aws-types.ts";
import { describeTaskDefinition, isSameContent } from "./equal-revisions.ts";
import { findRevision, listDeployments, type ServiceName } from "./service.ts";

/**
 * The ARN of the task definition of the last successful deployment whose content differs from that of the current one; undefined if
 * ECS has none in its history of 90 days. A deregistered revision is skipped, because a service cannot be updated to it.
 *
 * Source: Amazon ECS Developer Guide, "Deregistering an Amazon ECS task definition revision".
 *
 * @param current ARN of the task definition that the service runs
 */
export async function findPreviousRevision(
  client: DeploymentClient,
  name: ServiceName,
  current: string,
): Promise<string | undefined> {
  const known = new Set([current]);
  const currentDefinition = await describeTaskDefinition(client, current);
  for (const { status, revisionArn } of await listDeployments(client, name)) {
    if (status !== "SUCCESSFUL") continue;
    const arn = (await findRevision(client, revisionArn))?.taskDefinition;
    if (arn === undefined || known.has(arn)) continue;
    known.add(arn);
    const definition = await describeTaskDefinition(client, arn);
    if (definition.status === "ACTIVE" && !isSameContent(definition, currentDefinition)) return arn;
  }
  return undefined;
}
