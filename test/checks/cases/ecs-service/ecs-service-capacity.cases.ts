import { failureCase, inService } from "../case-edits.ts";
import type { Cases, DerivedCases } from "../case-types.ts";
import { hideAttribute, withConfiguredAttribute } from "../../../support/plan-edits.ts";

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

const withoutStrategy = withConfiguredAttribute(
  "aws_ecs_service.app",
  "capacity_provider_strategy",
  [],
);

export const ecsServiceCapacityDerivedCases: DerivedCases = {
  "a service without a launch type whose tasks need Fargate": {
    base: "as it is",
    change: withoutStrategy,
    failures: ["TD-14"],
  },
  "a service without a launch type in a cluster whose default is Fargate": {
    base: "as it is",
    change: (plan) =>
      withConfiguredAttribute(
        "aws_ecs_cluster_capacity_providers.main",
        "default_capacity_provider_strategy",
        [{ capacity_provider: "FARGATE", weight: 1 }],
      )(withoutStrategy(plan)),
    passedChecks: ["ecs-service-capacity"],
  },
  "a service on instances": {
    base: "as it is",
    change: (plan) =>
      withConfiguredAttribute(
        "aws_ecs_service.app",
        "launch_type",
        "EC2",
      )(
        withConfiguredAttribute("aws_ecs_task_definition.app", "requires_compatibilities", ["EC2"])(
          withoutStrategy(plan),
        ),
      ),
    unknownChecks: ["ecs-service-capacity"],
  },
  "a service on instances whose task definition requires Fargate": {
    base: "as it is",
    change: (plan) =>
      withConfiguredAttribute("aws_ecs_service.app", "launch_type", "EC2")(withoutStrategy(plan)),
    unknownChecks: ["ecs-service-capacity"],
  },
  "a service with an unknown launch type": {
    base: "as it is",
    change: (plan) =>
      hideAttribute(
        "aws_ecs_service.app",
        "launch_type",
      )(
        withConfiguredAttribute(
          "aws_ecs_service.app",
          "launch_type",
          "EC2",
        )(
          withConfiguredAttribute("aws_ecs_task_definition.app", "requires_compatibilities", [
            "EC2",
            "FARGATE",
          ])(withoutStrategy(plan)),
        ),
      ),
    unknownChecks: ["ecs-service-capacity"],
  },
  "an unknown capacity provider strategy": {
    base: "as it is",
    change: hideAttribute("aws_ecs_service.app", "capacity_provider_strategy"),
    unknownChecks: ["ecs-service-capacity"],
  },
};
