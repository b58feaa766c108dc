import { zonesWithoutFargate } from "../../../aws/fargate.ts";
import { isUnknown } from "../../../plan/unknown.ts";
import type { Resource } from "../../../plan/resource.ts";
import { jsonsOf, listOf } from "../../../plan/plan-json.ts";
import {
  type Check,
  fail,
  unknownValueAt,
  pass,
  type CheckContext,
  unknownOutcome,
} from "../../engine/check.ts";
import type { Workload } from "../../../topology/workloads.ts";

const CLUSTERS = ["aws_ecs_cluster"];

export const ecsServiceConfigCheck: Check = {
  id: "ecs-service-config",
  question: "start",
  title: "services are such that ECS takes them, and run something",
  severity: "error",
  ids: [
    "SVC-01",
    "SVC-02",
    "SVC-03",
    "SVC-04",
    "SVC-06",
    "SVC-07",
    "SVC-08",
    "SVC-09",
    "SVC-11",
    "SVC-13",
    "SVC-14",
    "RACE-08",
    "RACE-14",
  ],
  explanation:
    "ECS refuses a service whose strategy, subnets, groups or ports do not go together; with desired_count 0, Terraform's default, it runs nothing. Source: Amazon ECS API Reference, CreateService.",
  *run(subject) {
    for (const placement of subject.network.workloads) {
      const { resource, kind, name, desiredCount } = placement;
      if (!resource) continue;
      if (kind === "service") {
        if (isUnknown(desiredCount)) yield unknownOutcome(name, desiredCount, "SVC-01");
        else if (desiredCount === 0) {
          const isScaled = subject.plan.resourcesOfType("aws_appautoscaling_target").length > 0;
          yield isScaled
            ? unknownOutcome(name, "its count is auto scaling's", "SVC-01")
            : fail(name, "SVC-01", "its desired_count is 0", {
                severity: "warning",
              });
        } else yield pass(name);
        yield* launching(subject, resource);
        yield* deploying(placement, resource);
        yield* connecting(subject, placement, resource);
      }
      yield* standing(subject, placement);
    }
  },
};

function* launching({ plan }: CheckContext, service: Resource): Generator<ReturnType<typeof pass>> {
  const { address } = service;
  const blocks = service.blockPaths("capacity_provider_strategy");
  if (isUnknown(blocks)) {
    yield unknownOutcome(address, blocks, "SVC-02");
    return;
  }
  if (
    blocks.length > 0 &&
    service.isSet("launch_type") &&
    plan.isConfigured(service, "launch_type")
  )
    yield fail(address, "SVC-03", "it has both a launch type and a capacity provider strategy", {
      error:
        "InvalidParameterException: Specifying both a launch type and capacity provider strategy is not supported.",
    });
  const cluster = service.referencesTo(CLUSTERS, "cluster");
  const [hit] = cluster.references;
  const providers = plan
    .resourcesOfType("aws_ecs_cluster_capacity_providers")
    .filter((ecsClusterCapacityProviders) => {
      const target = ecsClusterCapacityProviders.referencesTo(CLUSTERS, "cluster_name");
      return (
        hit !== undefined &&
        (target.references.some((found) => found.resource === hit.resource) ||
          ecsClusterCapacityProviders.value("cluster_name") === hit.resource.value("name"))
      );
    });
  for (const path of blocks) {
    const wanted = service.text(...path, "capacity_provider");
    if (typeof wanted !== "string" || !wanted.startsWith("FARGATE")) continue;
    if (!hit) {
      yield unknownOutcome(
        address,
        cluster.unknown[0] ?? "the cluster is not in this plan",
        "SVC-02",
      );
      continue;
    }
    const lists = [
      ...providers.map((provider) => provider.value("capacity_providers")),
      hit.resource.value("capacity_providers"),
    ];
    const name = hit.resource.value("name");
    const lost = lists.find(isUnknown) ?? (isUnknown(name) ? name : undefined);
    const has = lists.some((list) => listOf(list).includes(wanted));
    if (has) {
      const late = providers.find((provider) => provider.isNew && !service.dependsOn(provider));
      if (late)
        yield fail(address, "RACE-08", `it does not wait for ${late.address}`, {
          severity: "warning",
          error:
            "InvalidParameterException: The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster.",
        });
      else yield pass(address);
    } else if (
      lost !== undefined &&
      plan.resourcesOfType("aws_ecs_cluster_capacity_providers").length > 0
    )
      yield unknownOutcome(address, lost, "SVC-02");
    else
      yield fail(
        address,
        "SVC-02",
        `its strategy names ${wanted}, which ${hit.resource.address} is not associated with`,
        {
          error:
            "InvalidParameterException: The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster or specify a valid capacity provider and try again.",
        },
      );
  }
}

function* deploying(
  { definition, name, desiredCount }: Workload,
  service: Resource,
): Generator<ReturnType<typeof pass>> {
  const [low, high] = [
    service.number("deployment_minimum_healthy_percent") ?? 100,
    service.number("deployment_maximum_percent") ?? 200,
  ];
  if (isUnknown(low) || isUnknown(high))
    yield unknownOutcome(name, String(isUnknown(low) ? low : high), "SVC-06");
  else if (typeof desiredCount === "number" && desiredCount > 0) {
    const [floor, ceiling] = [
      Math.ceil((desiredCount * low) / 100),
      Math.floor((desiredCount * high) / 100),
    ];
    if (floor >= ceiling)
      yield fail(
        name,
        "SVC-06",
        `of ${desiredCount} tasks ${low} % must stay and ${high} % may be: there is no room for a deployment`,
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
}

function* connecting(
  { plan }: CheckContext,
  { definition, name }: Workload,
  service: Resource,
): Generator<ReturnType<typeof pass>> {
  const lost =
    unknownValueAt(service, "service_connect_configuration", 0, "enabled") ??
    unknownValueAt(service, "service_connect_configuration", 0, "service");
  if (lost) yield unknownOutcome(name, lost, "SVC-13");
  if (service.value("service_connect_configuration", 0, "enabled") === true) {
    const [cluster] = service.referencesTo(CLUSTERS, "cluster").references;
    const isNamed =
      service.isSet("service_connect_configuration", 0, "namespace") ||
      cluster?.resource.isSet("service_connect_defaults") === true;
    if (!isNamed && cluster)
      yield fail(name, "SVC-13", "Service Connect has no namespace", {
        error: "InvalidParameterException: Namespace is missing",
      });
    const blocks = service.blockPaths("service_connect_configuration", 0, "service");
    for (const path of isUnknown(blocks) ? [] : blocks) {
      const port = service.text(...path, "port_name");
      if (definition === undefined || isUnknown(definition) || definition.unknown) {
        yield unknownOutcome(
          name,
          isUnknown(definition)
            ? definition
            : (definition?.unknown ?? "the task definition is not known"),
          "SVC-13",
        );
        continue;
      }
      const ports = definition.containers.flatMap((container) =>
        jsonsOf(container.json?.["portMappings"]).map((mapping) => mapping["name"]),
      );
      if (ports.includes(port)) yield pass(name);
      else
        yield fail(name, "SVC-13", `the task definition names no port ${String(port)}`, {
          error: `InvalidParameterException: portName(${String(port)}) does not refer to any named PortMapping in the task definition.`,
        });
    }
  }
  const lostRegistries = unknownValueAt(service, "service_registries");
  if (lostRegistries) yield unknownOutcome(name, lostRegistries, "SVC-14");
  const registries = service.blockPaths("service_registries");
  for (const path of isUnknown(registries) ? [] : registries) {
    const [hit] = service.referencesTo(
      ["aws_service_discovery_service"],
      ...path,
      "registry_arn",
    ).references;
    const type = hit?.resource.value("dns_config", 0, "dns_records", 0, "type");
    if (isUnknown(type)) {
      yield unknownOutcome(name, type, "SVC-14");
      continue;
    }
    const hasPort = service.isSet(...path, "port") || service.isSet(...path, "container_port");
    if (type === "SRV" && !hasPort)
      yield fail(name, "SVC-14", "an SRV record needs a port", {
        error:
          "InvalidParameterException: When specifying 'containerName' and 'containerPort' for an SRV record …",
      });
    else if (
      type === "A" &&
      service.isSet(...path, "container_port") &&
      !service.isSet(...path, "container_name")
    )
      yield fail(name, "SVC-14", "an A record takes no port without a container", {
        error: "InvalidParameterException: the service registry is not valid",
      });
    else if (hit) yield pass(name);
    else yield unknownOutcome(name, "the registry is not in this plan", "SVC-14");
  }
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

function* standing(
  { plan }: CheckContext,
  { name, subnets, securityGroups, resource }: Workload,
): Generator<ReturnType<typeof pass>> {
  for (const lost of [...subnets.unknown, ...securityGroups.unknown])
    yield unknownOutcome(name, lost, "SVC-07");
  if (
    subnets.items.length === 0 &&
    subnets.unknown.length === 0 &&
    resource?.isSet("network_configuration") === true
  )
    yield fail(name, "SVC-09", "it has no subnets", {
      error: "InvalidParameterException: subnets can not be empty.",
    });
  if (subnets.items.length > 16 || securityGroups.items.length > 5)
    yield fail(
      name,
      "SVC-09",
      `it has ${subnets.items.length} subnets and ${securityGroups.items.length} security groups; 16 and 5 are the most`,
      { error: "InvalidParameterException: a maximum of 16 subnets and 5 security groups" },
    );
  for (const { key, availabilityZone, resource: subnet } of subnets.items) {
    const id = subnet?.value("availability_zone_id");
    const zones = plan.resourcesOfType("aws_availability_zones")[0];
    const index = listOf(zones?.value("names")).indexOf(availabilityZone);
    const found = typeof id === "string" ? id : listOf(zones?.value("zone_ids"))[index];
    if (typeof found === "string" && zonesWithoutFargate.has(found))
      yield fail(name, "SVC-08", `${key} is in ${found}, where there is no Fargate`, {
        error:
          "service … was unable to place a task. Reason: Capacity is unavailable at this time.",
      });
  }
  const homes = new Set(subnets.items.map((item) => item.vpc).filter((vpc) => vpc !== undefined));
  for (const key of securityGroups.items) {
    const group = plan.resourceAt(key);
    const [vpc] = group?.referencesTo(["aws_vpc", "aws_default_vpc"], "vpc_id").references ?? [];
    if (vpc && homes.size > 0 && !homes.has(vpc.resource.address))
      yield fail(
        name,
        "SVC-07",
        `${key} is in ${vpc.resource.address}, and the subnets are in ${[...homes].join(", ")}`,
        {
          error: `InvalidParameterException: Security Group ${key} does not appear to belong to the same VPC as the input subnets.`,
        },
      );
    else if (vpc) yield pass(name);
  }
  if (homes.size > 1)
    yield fail(name, "SVC-07", `its subnets are in ${[...homes].join(" and ")}`, {
      error: "InvalidParameterException: the subnets are in different VPCs",
    });
}
