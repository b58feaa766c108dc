import type { Service } from "../../core/operation.ts";
import { applicationOperations } from "./applications.ts";
import { deploymentConfigOperations } from "./deployment-configs.ts";
import { deploymentGroupOperations } from "./deployment-groups.ts";
import { deploymentOperations } from "./deployments.ts";
import { tagOperations } from "./tagging.ts";

export const service: Service = {
  name: "codedeploy",
  operations: {
    ...applicationOperations,
    ...deploymentConfigOperations,
    ...deploymentGroupOperations,
    ...deploymentOperations,
    ...tagOperations,
  },
  waiterOperations: ["GetDeployment"],
};
