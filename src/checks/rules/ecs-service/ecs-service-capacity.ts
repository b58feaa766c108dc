import { awsErrorOf } from "../../../failures/index.ts";
import { append, listOf, type PlanModel, type Resource, isUnknown } from "../../../plan/index.ts";
import { requiresFargate, type Workload } from "../../../topology/index.ts";
import {
  type Check,
  type CheckContext,
  type CheckOutcome,
  fail,
  pass,
  unknownOutcome,
} from "../../engine/check.ts";

const CLUSTERS = ["aws_ecs_cluster"];

export const ecsServiceCapacityCheck: Check = {
  id: "ecs-service-capacity",
  question: "start",
  title: "Service has a desired count, and a launch type or capacity provider of its cluster",
  severity: "error",
  ids: ["SVC-01", "SVC-02", "SVC-03", "RACE-08", "TD-14"],
  explanation:
    "A service with desired_count 0, the default of Terraform, runs no tasks. Without a launch type and a capacity provider, its tasks run on instances, about which the result is unknown. ECS rejects a capacity provider that is not associated with the cluster, and a launch type together with a capacity provider strategy.",
  sources: ["Amazon ECS API Reference, CreateService"],
  *run(context) {
    const associations = associationsByCluster(context.plan);
    for (const workload of context.network.workloads) {
      const { resource, kind } = workload;
      yield* checkCompute(workload);
      if (!resource || kind !== "service") continue;
      yield* checkDesiredCount(context, workload);
      yield* checkCapacityProviders(context, resource, associations);
    }
  },
};

/** Tasks on instances, and tasks without a launch type that need Fargate. */
function* checkCompute({ compute, definition, name }: Workload): Iterable<CheckOutcome> {
  if (isUnknown(compute)) yield unknownOutcome(name, compute);
  else if (compute === "default" && requiresFargate(definition))
    yield fail(
      name,
      "TD-14",
      "it has no launch type and no capacity provider, so that ECS uses instances, but its task definition requires Fargate",
      { fix: 'Set launch_type = "FARGATE"' },
    );
  else if (compute !== "fargate")
    yield unknownOutcome(
      name,
      "its tasks run on instances, whose network, roles and capacity are not checked",
    );
}

function* checkDesiredCount(
  { plan }: CheckContext,
  { name, desiredCount: desired }: Workload,
): Iterable<CheckOutcome> {
  if (isUnknown(desired)) yield unknownOutcome(name, desired, "SVC-01");
  else if (desired !== 0) yield pass(name);
  else if (plan.resourcesOfType("aws_appautoscaling_target").length > 0)
    yield unknownOutcome(name, "Application Auto Scaling sets its desired count", "SVC-01");
  else yield fail(name, "SVC-01", "desired_count is 0", { severity: "warning" });
}

/** The associations of capacity providers, by their cluster and by its name. */
function associationsByCluster(plan: PlanModel): ReadonlyMap<unknown, readonly Resource[]> {
  const associations = new Map<unknown, Resource[]>();
  for (const association of plan.resourcesOfType("aws_ecs_cluster_capacity_providers")) {
    for (const { resource } of association.referencesTo(CLUSTERS, "cluster_name").references)
      append(associations, resource, association);
    const name = association.value("cluster_name");
    if (typeof name === "string") append(associations, name, association);
  }
  return associations;
}

function* checkCapacityProviders(
  { plan }: CheckContext,
  service: Resource,
  associationsOf: ReadonlyMap<unknown, readonly Resource[]>,
): Iterable<CheckOutcome> {
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
    yield fail(address, "SVC-03", "it has a launch type and a capacity provider strategy");
  const cluster = service.referencesTo(CLUSTERS, "cluster");
  const [reference] = cluster.references;
  const associations = [
    ...new Set(
      [reference?.resource, reference?.resource.value("name")].flatMap(
        (key) => associationsOf.get(key) ?? [],
      ),
    ),
  ];
  for (const path of blocks) {
    const provider = service.text(...path, "capacity_provider");
    if (typeof provider !== "string" || !provider.startsWith("FARGATE")) continue;
    if (!reference) {
      yield unknownOutcome(
        address,
        cluster.unknown[0] ?? "the cluster is not in this plan",
        "SVC-02",
      );
      continue;
    }
    const lists = [
      ...associations.map((association) => association.value("capacity_providers")),
      reference.resource.value("capacity_providers"),
    ];
    const name = reference.resource.value("name");
    const unknownValue = lists.find(isUnknown) ?? (isUnknown(name) ? name : undefined);
    const isAssociated = lists.some((list) => listOf(list).includes(provider));
    if (isAssociated) {
      const laterAssociation = associations.find(
        (association) => association.isNew && !service.dependsOn(association),
      );
      if (laterAssociation)
        yield fail(address, "RACE-08", `it has no dependency on ${laterAssociation.address}`, {
          severity: "warning",
          awsError: awsErrorOf("capacity-provider-not-associated"),
        });
      else yield pass(address);
    } else if (
      unknownValue !== undefined &&
      plan.resourcesOfType("aws_ecs_cluster_capacity_providers").length > 0
    )
      yield unknownOutcome(address, unknownValue, "SVC-02");
    else
      yield fail(
        address,
        "SVC-02",
        `its capacity provider strategy has ${provider}, which is not associated with ${reference.resource.address}`,
        {
          awsError: awsErrorOf("capacity-provider-not-associated"),
        },
      );
  }
}
