import { isUnknown, type Resource } from "../../../plan/plan-model.ts";
import type { Workload } from "../../../topology/task-definitions.ts";
import {
  type Check,
  type CheckContext,
  fail,
  pass,
  unknownOutcome,
  unknownValueAt,
} from "../../engine/check.ts";

export const ecsServiceDeploymentCheck: Check = {
  id: "ecs-service-deployment",
  question: "start",
  title: "Service can deploy new tasks",
  severity: "error",
  ids: ["SVC-04", "SVC-06", "SVC-11", "RACE-14"],
  explanation:
    "A deployment needs room between the minimum healthy percent and the maximum percent, a platform version that exists, a registered task definition, and a deployment controller that accepts it.",
  sources: ["Amazon ECS API Reference, CreateService"],
  *run(subject) {
    for (const placement of subject.network.workloads) {
      const { resource, kind } = placement;
      if (resource && kind === "service") yield* deploying(subject, placement, resource);
    }
  },
};

function* deploying(
  { plan }: CheckContext,
  { definition, name, desired }: Workload,
  service: Resource,
): Generator<ReturnType<typeof pass>> {
  const [low, high] = [
    service.number("deployment_minimum_healthy_percent") ?? 100,
    service.number("deployment_maximum_percent") ?? 200,
  ];
  if (isUnknown(low) || isUnknown(high))
    yield unknownOutcome(name, String(isUnknown(low) ? low : high), "SVC-06");
  else if (typeof desired === "number" && desired > 0) {
    const [floor, ceiling] = [Math.ceil((desired * low) / 100), Math.floor((desired * high) / 100)];
    if (floor >= ceiling)
      yield fail(
        name,
        "SVC-06",
        `of ${desired} tasks ${low} % must stay and ${high} % may be: there is no room for a deployment`,
        {
          error:
            "service … was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.",
        },
      );
    else yield pass(name);
  }
  const version = service.text("platform_version");
  const lost = unknownValueAt(service, "platform_version");
  if (lost) yield unknownOutcome(name, lost, "SVC-04");
  if (typeof version === "string" && version !== "LATEST" && !/^1\.[34]\.0$/.test(version))
    yield fail(name, "SVC-04", `Fargate has no platform version ${version}`, {
      error: "PlatformUnknownException: The specified platform does not exist.",
    });
  const isExec = service.value("enable_execute_command") === true;
  const hasEfs =
    definition !== undefined &&
    !isUnknown(definition) &&
    definition.resource?.isSet("volume", 0, "efs_volume_configuration") === true;
  if (version === "1.3.0" && (isExec || hasEfs))
    yield fail(name, "SVC-04", "platform version 1.3.0 has neither ECS Exec nor EFS", {
      error:
        "PlatformTaskDefinitionIncompatibilityException: One or more of the requested capabilities are not supported.",
    });
  const isCodeDeploys = service.value("deployment_controller", 0, "type") === "CODE_DEPLOY";
  const isForced = service.value("force_new_deployment") === true;
  const lostController = unknownValueAt(service, "deployment_controller", 0, "type");
  const lostForce = unknownValueAt(service, "force_new_deployment");
  const open = lostController ?? lostForce;
  if (open && (isCodeDeploys || lostController) && (isForced || lostForce))
    yield unknownOutcome(name, open, "SVC-11");
  if (isCodeDeploys && isForced)
    yield fail(name, "SVC-11", "it forces a new deployment, and CodeDeploy makes its deployments", {
      error:
        "InvalidParameterException: Cannot force a new deployment on services with a CODE_DEPLOY deployment controller.",
    });
  if (
    isCodeDeploys &&
    service.actions.includes("update") &&
    service.before?.["task_definition"] !== undefined &&
    service.before["task_definition"] !== service.value("task_definition")
  )
    yield fail(
      name,
      "SVC-11",
      "its task definition changes, and CodeDeploy makes its deployments",
      {
        error:
          "InvalidParameterException: Unable to update task definition on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.",
      },
    );
  const family = service.text("task_definition");
  if (service.isNew && typeof family === "string" && !family.startsWith("arn:")) {
    const made = plan
      .resourcesOfType("aws_ecs_task_definition")
      .find(
        (ecsTaskDefinition) =>
          ecsTaskDefinition.mode === "managed" &&
          ecsTaskDefinition.value("family") === family.split(":")[0],
      );
    if (made?.isNew === true && !service.dependsOn(made))
      yield fail(
        name,
        "RACE-14",
        `it names the family ${family}, and does not wait for ${made.address}`,
        { error: "ClientException: TaskDefinition not found." },
      );
  }
}
