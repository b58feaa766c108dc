import { isEcrImage } from "../check-definition.ts";
import type { Attempt } from "./attempt.ts";
import { pullEnvironment } from "./env-files.ts";
import { pullImage } from "./image.ts";
import { openLog } from "./logs.ts";
import { registryAuth } from "./registry-auth.ts";
import { assume } from "./role.ts";
import { pullSecret } from "./secrets.ts";
import { type Failure, TaskStartError } from "./start-failure.ts";

/**
 * Walks a task through its start, in AWS's order. Answers why it fails; undefined where it starts.
 *
 * Source: Amazon ECS Developer Guide, "Amazon ECS task lifecycle" and "Viewing Amazon ECS stopped task errors".
 */
export function startTask(attempt: Attempt): Failure | undefined {
  const { body } = attempt.definition;
  const containers = body.containerDefinitions ?? [];
  try {
    const role =
      body.executionRoleArn === undefined ? undefined : assume(attempt, body.executionRoleArn);
    if (body.taskRoleArn !== undefined) assume(attempt, body.taskRoleArn);
    for (const container of containers) {
      const credentials = container.repositoryCredentials?.credentialsParameter;
      const wanted = [
        ...(container.secrets ?? []).flatMap((secret) => secret.valueFrom ?? []),
        ...(container.logConfiguration?.secretOptions ?? []).flatMap(
          (secretOption) => secretOption.valueFrom ?? [],
        ),
        ...(credentials === undefined ? [] : [credentials]),
      ];
      for (const from of wanted) if (role) pullSecret(attempt, role, from);
      if (role) pullEnvironment(attempt, role, container.environmentFiles ?? []);
    }
    if (role && containers.some((container) => isEcrImage(container.image ?? "")))
      registryAuth(attempt, role);
    for (const container of containers) if (role) openLog(attempt, role, container);
    for (const container of containers) pullImage(attempt, role, container);
    return undefined;
  } catch (error) {
    if (error instanceof TaskStartError) return error.failure;
    throw error;
  }
}
