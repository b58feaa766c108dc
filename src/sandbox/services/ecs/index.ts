import type { Service } from "../../core/operation.ts";
import { capacityOperations } from "./capacity.ts";
import { clusterOperations } from "./clusters.ts";
import { serviceOperations } from "./services.ts";
import { tagOperations } from "./tagging.ts";
import { taskSetOperations } from "./task-sets.ts";
import { taskDefinitionOperations } from "./task-definitions.ts";
import { taskOperations } from "./tasks.ts";

export const service: Service = {
  name: "ecs",
  operations: {
    ...capacityOperations,
    ...clusterOperations,
    ...serviceOperations,
    ...tagOperations,
    ...taskDefinitionOperations,
    ...taskOperations,
    ...taskSetOperations,
  },
  waiterOperations: ["DescribeServices", "DescribeTasks", "ListTasks"],
};
