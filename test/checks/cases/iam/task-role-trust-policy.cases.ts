import { failureCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const taskRoleTrustPolicyCases: Cases = {
  "roles that trust another service": failureCase("IAM-04", [
    "ecs-tasks.amazonaws.com",
    "ecs.amazonaws.com",
  ]),
};
