import { failureCase, inService } from "../case-edits.ts";
import type { Cases, DerivedCase, DerivedCases } from "../case-types.ts";
import { hideAttribute, withConfiguredAttribute } from "../../../support/plan-edits.ts";

export const ecsServiceDeploymentCases: Cases = {
  "a platform version that is none": failureCase("SVC-04", [
    'platform_version                  = "1.4.0"',
    'platform_version                  = "1.9.0"',
  ]),
  "no room for a deployment": failureCase(
    "SVC-06",
    inService("  deployment_maximum_percent = 100\n  deployment_minimum_healthy_percent = 100"),
  ),
  "a new deployment by force": failureCase(
    "SVC-11",
    inService(
      '  force_new_deployment = true\n  deployment_controller {\n    type = "CODE_DEPLOY"\n  }',
    ),
  ),
  "a service before its definition": failureCase("RACE-14", [
    "task_definition                   = aws_ecs_task_definition.app.arn",
    'task_definition                   = "app"',
  ]),
};

const withPlatform =
  (version: string, family: string): DerivedCase["change"] =>
  (plan) =>
    withConfiguredAttribute("aws_ecs_task_definition.app", "runtime_platform", [
      { operating_system_family: family, cpu_architecture: "X86_64" },
    ])(withConfiguredAttribute("aws_ecs_service.app", "platform_version", version)(plan));

export const ecsServiceDeploymentDerivedCases: DerivedCases = {
  "the platform version of Windows": {
    base: "as it is",
    change: withPlatform("1.0.0", "WINDOWS_SERVER_2022_CORE"),
    passedChecks: ["ecs-service-deployment"],
  },
  "the platform version of Windows for tasks on Linux": {
    base: "as it is",
    change: withPlatform("1.0.0", "LINUX"),
    failures: ["SVC-04"],
  },
  "a platform version of Linux for tasks on Windows": {
    base: "as it is",
    change: withPlatform("1.4.0", "WINDOWS_SERVER_2022_CORE"),
    failures: ["SVC-04"],
  },
  "the platform version of Windows for an operating system that is not known": {
    base: "as it is",
    change: (plan) =>
      hideAttribute(
        "aws_ecs_task_definition.app",
        "runtime_platform",
      )(withPlatform("1.0.0", "LINUX")(plan)),
    unknownChecks: ["ecs-service-deployment"],
  },
  "an unknown platform version": {
    base: "as it is",
    change: hideAttribute("aws_ecs_service.app", "platform_version"),
    unknownChecks: ["ecs-service-deployment"],
  },
};
