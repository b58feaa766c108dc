import type { Service } from "../../core/service.ts";
import { applicationOperations } from "./applications.ts";
import { deploymentConfigOperations } from "./deployment-configs.ts";
import { deploymentGroupOperations } from "./deployment-groups.ts";
import { deploymentOperations } from "./deployments.ts";
import { tagOperations } from "./tagging.ts";
import { passedRole } from "../../authorization/request-members.ts";
import { completeDeployments } from "./deployments.ts";
import { codeDeployTagRules } from "./tag-rules.ts";

export const service: Service = {
  name: "codedeploy",
  tagRules: codeDeployTagRules,
  // Source: Service Authorization Reference, "AWS CodeDeploy".
  permissions: {
    tagAction: () => "codedeploy:TagResource",
    passedRoles: (operation, input) =>
      ["CreateDeploymentGroup", "UpdateDeploymentGroup"].includes(operation)
        ? passedRole(input, "serviceRoleArn", "codedeploy.amazonaws.com")
        : [],
  },
  // A deployment shifts traffic when the tasks of ECS are healthy. Without ECS services, there are no deployments.
  backgroundWork: { tables: [], after: ["ecs"], run: completeDeployments },
  operations: {
    ...applicationOperations,
    ...deploymentConfigOperations,
    ...deploymentGroupOperations,
    ...deploymentOperations,
    ...tagOperations,
  },
  waiterOperations: ["GetDeployment"],
};
