import type { Service } from "../../core/service.ts";
import { capacityOperations } from "./capacity.ts";
import { clusterOperations } from "./clusters.ts";
import { serviceHistoryOperations } from "./service-history.ts";
import { serviceOperations } from "./services.ts";
import { tagOperations } from "./tagging.ts";
import { taskSetOperations } from "./task-sets.ts";
import { taskDefinitionOperations } from "./task-definitions.ts";
import { taskOperations } from "./tasks.ts";
import { ecsPermissions } from "./permissions.ts";
import { runScheduler } from "./scheduler.ts";
import { services, tasks } from "./tables.ts";
import { ecsTagRules } from "./tag-rules.ts";

export const service: Service = {
  name: "ecs",
  tagRules: ecsTagRules,
  permissions: ecsPermissions,
  backgroundWork: {
    tables: [services, tasks],
    // Scaling and schedules change what ECS has to start.
    after: ["application-autoscaling", "events", "scheduler"],
    run: runScheduler,
  },
  unsupportedMembers: {
    // Classic load balancers, and the second target group of blue/green deployments.
    LoadBalancer: ["advancedConfiguration", "loadBalancerName"],
  },
  operations: {
    ...capacityOperations,
    ...clusterOperations,
    ...serviceHistoryOperations,
    ...serviceOperations,
    ...tagOperations,
    ...taskDefinitionOperations,
    ...taskOperations,
    ...taskSetOperations,
  },
  waiterOperations: [
    "DescribeServiceDeployments",
    "DescribeServices",
    "DescribeTasks",
    "ListTasks",
  ],
};
