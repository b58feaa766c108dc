import { listOf } from "../../../plan/plan-json.ts";
import { isUnknown, type Resource } from "../../../plan/plan-model.ts";
import type { Workload } from "../../../topology/task-definitions.ts";
import { type Check, type CheckContext, fail, pass, unknownOutcome } from "../../engine/check.ts";

const CLUSTERS = ["aws_ecs_cluster"];

export const ecsServiceCapacityCheck: Check = {
  id: "ecs-service-capacity",
  question: "start",
  title: "Service runs tasks, on a launch type or capacity provider that the cluster has",
  severity: "error",
  ids: ["SVC-01", "SVC-02", "SVC-03", "RACE-08"],
  explanation:
    "A service with desired_count 0, Terraform’s default, runs no tasks. ECS rejects a capacity provider that is not associated with the cluster, and a launch type together with a capacity provider strategy.",
  sources: ["Amazon ECS API Reference, CreateService"],
  *run(subject) {
    for (const placement of subject.network.workloads) {
      const { resource, kind } = placement;
      if (!resource || kind !== "service") continue;
      yield* desiredCount(subject, placement);
      yield* launching(subject, resource);
    }
  },
};

function* desiredCount(
  { plan }: CheckContext,
  { name, desired }: Workload,
): Generator<ReturnType<typeof pass>> {
  if (isUnknown(desired)) yield unknownOutcome(name, desired, "SVC-01");
  else if (desired !== 0) yield pass(name);
  else if (plan.resourcesOfType("aws_appautoscaling_target").length > 0)
    yield unknownOutcome(name, "its count is auto scaling's", "SVC-01");
  else yield fail(name, "SVC-01", "its desired_count is 0", { severity: "warning" });
}

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
