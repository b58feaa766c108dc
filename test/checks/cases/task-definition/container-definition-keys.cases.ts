import { UNKNOWN_VALUE, failureCase, inContainer, unknownCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const containerDefinitionKeysCases: Cases = {
  "a key with a slip": failureCase("TD-19", inContainer("enviroment   = []")),
  "containers that are not known": unknownCase(
    [
      "container-definition-keys",
      "container-references",
      "fargate-compatibility",
      "fargate-task-size",
      "log-configuration",
      "service-target-container",
      "execution-role-required",
      "ecs-service-discovery",
    ],
    [
      "  container_definitions = jsonencode([\n",
      `  container_definitions = ${UNKNOWN_VALUE} != "" ? ${UNKNOWN_VALUE} : jsonencode([\n`,
    ],
    ["  execution_role_arn       = aws_iam_role.execution.arn\n", ""],
  ),
};
