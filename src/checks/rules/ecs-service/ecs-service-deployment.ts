import { fargatePlatformVersions } from "../../../aws/index.ts";
import { awsErrorOf } from "../../../failures/index.ts";
import { type Resource, isUnknown } from "../../../plan/index.ts";
import type { Workload } from "../../../topology/index.ts";
import {
  type Check,
  type CheckContext,
  type CheckOutcome,
  fail,
  pass,
  unknownOutcome,
  unknownValueAt,
} from "../../engine/check.ts";

type Outcomes = Iterable<CheckOutcome>;

export const ecsServiceDeploymentCheck: Check = {
  id: "ecs-service-deployment",
  question: "start",
  title: "Service can deploy new tasks",
  severity: "error",
  ids: ["SVC-04", "SVC-06", "SVC-11", "RACE-14"],
  explanation:
    "A deployment needs a minimum healthy percent and a maximum percent that let ECS replace a task, a platform version that exists, a registered task definition, and a deployment controller that accepts the change.",
  sources: ["Amazon ECS API Reference, CreateService"],
  *run(context) {
    for (const workload of context.network.workloads) {
      const { resource, kind } = workload;
      if (resource && kind === "service") yield* checkDeployment(context, workload, resource);
    }
  },
};

function* checkDeployment(context: CheckContext, workload: Workload, service: Resource): Outcomes {
  yield* checkPercentages(workload, service);
  yield* checkPlatformVersion(workload, service);
  yield* checkCodeDeploy(workload, service);
  yield* checkTaskDefinitionFamily(context, workload, service);
}

function* checkPercentages({ name, desiredCount: desired }: Workload, service: Resource): Outcomes {
  const minimumPercent = service.number("deployment_minimum_healthy_percent") ?? 100;
  const maximumPercent = service.number("deployment_maximum_percent") ?? 200;
  if (isUnknown(minimumPercent)) yield unknownOutcome(name, minimumPercent, "SVC-06");
  else if (isUnknown(maximumPercent)) yield unknownOutcome(name, maximumPercent, "SVC-06");
  else if (typeof desired === "number" && desired > 0) {
    const minimum = Math.ceil((desired * minimumPercent) / 100);
    const maximum = Math.floor((desired * maximumPercent) / 100);
    if (minimum < maximum) yield pass(name);
    else
      yield fail(
        name,
        "SVC-06",
        `with ${desired} tasks, a minimum of ${minimumPercent} % and a maximum of ${maximumPercent} %, a deployment can neither stop nor start a task`,
        {
          awsError: awsErrorOf("deployment-blocked"),
        },
      );
  }
}

/** The operating systems that the tasks of a definition may have; several if the plan does not determine it. */
function operatingSystemsOf(
  definition: Resource | undefined,
): readonly (keyof typeof fargatePlatformVersions)[] {
  const family = definition?.text("runtime_platform", 0, "operating_system_family");
  if (!definition || isUnknown(family)) return ["linux", "windows"];
  return family?.startsWith("WINDOWS") === true ? ["windows"] : ["linux"];
}

function* checkPlatformVersion({ name, definition }: Workload, service: Resource): Outcomes {
  const version = service.text("platform_version");
  const unknownVersion = unknownValueAt(service, "platform_version");
  if (unknownVersion) yield unknownOutcome(name, unknownVersion, "SVC-04");
  const definitionResource =
    definition === undefined || isUnknown(definition) ? undefined : definition.resource;
  if (typeof version === "string" && version !== "LATEST") {
    const systems = operatingSystemsOf(definitionResource);
    const supporting = systems.filter((system) =>
      fargatePlatformVersions[system].includes(version),
    );
    if (supporting.length === 0)
      yield fail(
        name,
        "SVC-04",
        `platform version ${version} does not exist${systems.includes("linux") ? "" : " for Windows"}`,
        { awsError: awsErrorOf("platform-version-unknown") },
      );
    else if (supporting.length < systems.length)
      yield unknownOutcome(
        name,
        "the operating system of the task definition is unknown",
        "SVC-04",
      );
  }
  const usesExec = service.value("enable_execute_command") === true;
  const usesEfs = definitionResource?.isSet("volume", 0, "efs_volume_configuration") === true;
  if (version === "1.3.0" && (usesExec || usesEfs))
    yield fail(name, "SVC-04", "platform version 1.3.0 supports neither ECS Exec nor EFS", {
      awsError: awsErrorOf("platform-version-too-old"),
    });
}

function* checkCodeDeploy({ name }: Workload, service: Resource): Outcomes {
  const usesCodeDeploy = service.value("deployment_controller", 0, "type") === "CODE_DEPLOY";
  const isForced = service.value("force_new_deployment") === true;
  const unknownController = unknownValueAt(service, "deployment_controller", 0, "type");
  const unknownForce = unknownValueAt(service, "force_new_deployment");
  const unknownValue = unknownController ?? unknownForce;
  if (unknownValue && (usesCodeDeploy || unknownController) && (isForced || unknownForce))
    yield unknownOutcome(name, unknownValue, "SVC-11");
  if (!usesCodeDeploy) return;
  if (isForced)
    yield fail(
      name,
      "SVC-11",
      "force_new_deployment is set, but CodeDeploy creates the deployments of this service",
    );
  const oldDefinition = service.before?.["task_definition"];
  if (
    service.actions.includes("update") &&
    oldDefinition !== undefined &&
    oldDefinition !== service.value("task_definition")
  )
    yield fail(
      name,
      "SVC-11",
      "its task definition changes, but CodeDeploy creates the deployments of this service",
      {
        awsError: awsErrorOf("code-deploy-task-definition"),
      },
    );
}

function* checkTaskDefinitionFamily(
  { plan }: CheckContext,
  { name }: Workload,
  service: Resource,
): Outcomes {
  const family = service.text("task_definition");
  if (!service.isNew || typeof family !== "string" || family.startsWith("arn:")) return;
  const definition = plan
    .resourcesOfType("aws_ecs_task_definition")
    .find(
      (candidate) =>
        candidate.mode === "managed" && candidate.value("family") === family.split(":")[0],
    );
  if (definition?.isNew === true && !service.dependsOn(definition))
    yield fail(
      name,
      "RACE-14",
      `it refers to the task definition family ${family}, but has no dependency on ${definition.address}`,
    );
}
