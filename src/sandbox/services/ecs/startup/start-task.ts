import { parseEcrImage } from "../../../../aws/index.ts";
import type { Attempt } from "./attempt.ts";
import { downloadEnvFiles } from "./env-files.ts";
import { pullImage } from "./image.ts";
import { checkLogDriver } from "./logs.ts";
import { authorizeRegistry } from "./registry-auth.ts";
import { assumeRole } from "./role.ts";
import { pullSecret } from "./secrets.ts";
import { type Failure, TaskStartError } from "./start-failure.ts";

/**
 * Performs the startup steps of a task in the order of AWS. Returns the failure; undefined if the task starts.
 *
 * Source: Amazon ECS Developer Guide, "Amazon ECS task lifecycle" and "Viewing Amazon ECS stopped task errors".
 */
export function startTask(attempt: Attempt): Failure | undefined {
  const { body } = attempt.definition;
  const containers = body.containerDefinitions ?? [];
  try {
    const role =
      body.executionRoleArn === undefined ? undefined : assumeRole(attempt, body.executionRoleArn);
    if (body.taskRoleArn !== undefined) assumeRole(attempt, body.taskRoleArn);
    for (const container of containers) {
      const credentials = container.repositoryCredentials?.credentialsParameter;
      const secretArns = [
        ...(container.secrets ?? []).flatMap((secret) => secret.valueFrom ?? []),
        ...(container.logConfiguration?.secretOptions ?? []).flatMap(
          (secretOption) => secretOption.valueFrom ?? [],
        ),
        ...(credentials === undefined ? [] : [credentials]),
      ];
      for (const valueFrom of secretArns) if (role) pullSecret(attempt, role, valueFrom);
      if (role) downloadEnvFiles(attempt, role, container.environmentFiles ?? []);
    }
    if (role && containers.some(({ image = "" }) => parseEcrImage(image) !== undefined))
      authorizeRegistry(attempt, role);
    for (const container of containers) if (role) checkLogDriver(attempt, role, container);
    for (const container of containers) pullImage(attempt, role, container);
    return undefined;
  } catch (error) {
    if (error instanceof TaskStartError) return error.failure;
    throw error;
  }
}
