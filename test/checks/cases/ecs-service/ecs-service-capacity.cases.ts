import { failureCase, inService } from "../case-edits.ts";
import type { Cases, DerivedCases } from "../case-types.ts";
import { hideAttribute } from "../../../support/plan-edits.ts";

export const ecsServiceCapacityCases: Cases = {
  "no tasks": failureCase("SVC-01", [
    "desired_count                     = 2",
    "desired_count                     = 0",
  ]),
  "a capacity provider that the cluster has not": failureCase("SVC-02", [
    'capacity_providers = ["FARGATE"]',
    'capacity_providers = ["FARGATE_SPOT"]',
  ]),
  "a launch type and a strategy": failureCase("SVC-03", inService('  launch_type = "FARGATE"')),
  "a service before the capacity providers": failureCase("RACE-08", [
    "    aws_ecs_cluster_capacity_providers.main,\n",
    "",
  ]),
};

export const ecsServiceCapacityDerivedCases: DerivedCases = {
  "an unknown capacity provider strategy": {
    base: "as it is",
    change: hideAttribute("aws_ecs_service.app", "capacity_provider_strategy"),
    unknownChecks: ["ecs-service-capacity"],
  },
};
