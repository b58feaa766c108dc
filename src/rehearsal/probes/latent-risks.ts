import { dnsSuffix } from "../../aws/regions.ts";
import type { Hop } from "../../sandbox/network/trace.ts";
import { traceToHost } from "../../sandbox/network/dns.ts";
import type { Sandbox } from "../../sandbox/server.ts";
import type { Context } from "../../sandbox/core/operation.ts";
import {
  type NetworkInterface,
  networkInterfaces,
  type Route,
} from "../../sandbox/services/ec2/tables.ts";
import { repositories } from "../../sandbox/services/ecr/tables.ts";
import {
  type Definition,
  type EcsService,
  findDefinition,
  tasksOf,
} from "../../sandbox/services/ecs/tables.ts";
import { type Edges, needsOf } from "../terraform-copy/graph.ts";
import { finding } from "../diagnosis/failure-identification.ts";
import type { AddressIndex } from "../diagnosis/address-index.ts";
import { allServices } from "./service.ts";
import { configured, type StateResource } from "../terraform-copy/terraform-stack.ts";
import type { Finding } from "../result.ts";

/** A stack as the dangers in it are looked for: what it made, and what depends on what. */
export interface Surveyed {
  readonly resources: readonly StateResource[];
  readonly edges: Edges;
}

/** What went well this time, and need not the next: said apart from failures. */
export function latentRisksIn(
  sandbox: Sandbox,
  stacks: readonly Surveyed[],
  names: AddressIndex,
): Finding[] {
  const services = allServices(sandbox);
  return stacks.flatMap((stack) => [
    ...services.flatMap(({ context, row }) => racesOf(context, row, stack, names)),
    ...services.flatMap(({ context, row }) => emptyRepositories(context, row, stack, names)),
    ...keyRaces(stack),
    ...stack.resources.flatMap(keeps),
  ]);
}

const text = (resource: StateResource, key: string): string => {
  const value = resource.values[key];
  return typeof value === "string" ? value : "";
};

/** What stands in the way of a destroy by its own wish. */
function keeps(resource: StateResource): Finding[] {
  const { type, values, address, mode } = resource;
  if (mode !== "managed") return [];
  if (type === "aws_lb" && values["enable_deletion_protection"] === true) {
    return [
      finding("DEST-02", {
        step: "destroy",
        message: "destroy will be refused: deletion protection is enabled",
        address,
      }),
    ];
  }
  if (type === "aws_ecr_repository" && values["force_delete"] !== true) {
    return [
      finding("DEST-01", {
        step: "destroy",
        message: "destroy will be refused once images are in it",
        address,
      }),
    ];
  }
  return [];
}

/** Hosts that a task of a definition needs before its program starts. */
function hostsOf(context: Context, { body }: Definition): string[] {
  const suffix = `${context.region}.${dnsSuffix(context.partition)}`;
  const containers = body.containerDefinitions ?? [];
  const ecr = containers.flatMap(({ image = "" }) =>
    /^\d{12}\.dkr\.ecr\./.test(image) ? [image.split("/")[0] ?? ""] : [],
  );
  return [
    ...(ecr.length > 0
      ? [`api.ecr.${suffix}`, ...ecr, `prod-${context.region}-starport-layer-bucket.s3.${suffix}`]
      : []),
    ...(containers.some((container) => container.logConfiguration?.logDriver === "awslogs")
      ? [`logs.${suffix}`]
      : []),
    ...(containers.some((container) => (container.secrets ?? []).length > 0)
      ? [`secretsmanager.${suffix}`]
      : []),
  ];
}

/** Targets of routes that are resources of their own. */
const GATEWAYS: ReadonlySet<Route["target"]["kind"]> = new Set(["gateway", "nat", "endpoint"]);

/** The resources of a stack that made a hop possible. */
function makersOf({ ids, ruleId, route }: Hop, stack: Surveyed, names: AddressIndex): string[] {
  const routes = stack.resources.filter(
    (resource) =>
      resource.type === "aws_route" &&
      route !== undefined &&
      ids.includes(text(resource, "route_table_id")) &&
      (route.cidr === undefined
        ? text(resource, "destination_prefix_list_id") === route.prefixListId
        : text(resource, "destination_cidr_block") === route.cidr),
  );
  const named = [
    // A route says more than its table.
    ...(routes.length === 0 ? ids : []),
    ...(ruleId === undefined ? [] : [ruleId]),
    ...(route && GATEWAYS.has(route.target.kind) ? [route.target.id] : []),
  ];
  return [
    ...named.flatMap((id) => names.of(id) ?? []),
    ...routes.map((resource) => resource.address),
  ];
}

function neededBy(
  context: Context,
  definition: Definition,
  networkInterface: NetworkInterface,
  stack: Surveyed,
  names: AddressIndex,
): string[] {
  const ways = hostsOf(context, definition).map((host) =>
    traceToHost(context, networkInterface, host),
  );
  const associations = stack.resources.filter(
    (resource) =>
      resource.type === "aws_route_table_association" &&
      text(resource, "subnet_id") === networkInterface.subnetId,
  );
  return [
    ...ways.flatMap((trace) => trace.hops.flatMap((hop) => makersOf(hop, stack, names))),
    ...ways.flatMap(({ endpointId }) =>
      endpointId === undefined ? [] : (names.of(endpointId) ?? []),
    ),
    ...associations.map((association) => association.address),
  ];
}

const ROLE_POLICIES = new Set([
  "aws_iam_role_policy",
  "aws_iam_role_policy_attachment",
  "aws_iam_policy_attachment",
  "aws_iam_role_policies_exclusive",
]);

/** What a service needs and does not wait for: Terraform may make it later. */
function racesOf(
  context: Context,
  row: EcsService,
  stack: Surveyed,
  names: AddressIndex,
): Finding[] {
  const service = names.of(row.arn);
  if (service === undefined || !stack.resources.some((resource) => resource.address === service))
    return [];
  // With a controller of one's own it is the task sets that start tasks.
  const starters = [
    service,
    ...stack.resources
      .filter(
        (resource) => resource.type === "aws_ecs_task_set" && text(resource, "service") === row.arn,
      )
      .map((resource) => resource.address),
  ];
  const known = new Set(
    starters.flatMap((starter) => [...needsOf(stack.edges, configured(starter))]),
  );
  const isLate = (address: string): boolean => {
    const name = configured(address.replace(/'s .*$/, ""));
    return name !== configured(service) && stack.edges.nodes.includes(name) && !known.has(name);
  };
  const late = (addresses: readonly string[]): string[] => [
    ...new Set(addresses.filter(isLate).map(configured)),
  ];
  const race = (
    id: "RACE-02" | "RACE-03" | "RACE-06" | "RACE-08",
    missed: readonly string[],
  ): Finding[] =>
    missed.length === 0
      ? []
      : [
          finding(id, {
            step: "order",
            message: `${service} does not wait for ${missed.join(", ")}`,
            address: service,
          }),
        ];
  const task = tasksOf(context, row).find((otherTask) => otherTask.status === "RUNNING");
  const networkInterface = context.in(networkInterfaces).get(task?.interfaceId ?? "");
  const definition = findDefinition(context, task?.definitionArn ?? "");
  const role = definition?.body.executionRoleArn?.split("/").pop();
  const of = (test: (resource: StateResource) => boolean): string[] =>
    stack.resources.filter(test).map((resource) => resource.address);
  const groups = row.loadBalancers.map((loadBalancer) => loadBalancer.targetGroupArn ?? "");
  const forwards = of(
    (resource) =>
      (resource.type === "aws_lb_listener" || resource.type === "aws_lb_listener_rule") &&
      groups.some((group) => group !== "" && JSON.stringify(resource.values).includes(group)),
  );
  return [
    ...race("RACE-02", forwards.some((value) => !isLate(value)) ? [] : late(forwards)),
    ...race(
      "RACE-03",
      late(
        of(
          (resource) =>
            ROLE_POLICIES.has(resource.type) &&
            role !== undefined &&
            text(resource, "role") === role,
        ),
      ),
    ),
    ...race(
      "RACE-06",
      networkInterface && definition
        ? late(neededBy(context, definition, networkInterface, stack, names))
        : [],
    ),
    ...race(
      "RACE-08",
      row.strategy.length > 0
        ? late(of((resource) => resource.type === "aws_ecs_cluster_capacity_providers"))
        : [],
    ),
  ];
}

/** A repository that this stack makes is empty when its first task starts. */
function emptyRepositories(
  context: Context,
  row: EcsService,
  stack: Surveyed,
  names: AddressIndex,
): Finding[] {
  const service = names.of(row.arn);
  if (
    service === undefined ||
    row.desired === 0 ||
    !stack.resources.some((resource) => resource.address === service)
  )
    return [];
  const definition = findDefinition(
    context,
    row.deployments.find((deployment) => deployment.status === "PRIMARY")?.definitionArn ?? "",
  );
  const images = (definition?.body.containerDefinitions ?? []).flatMap(
    (containerDefinition) => containerDefinition.image ?? [],
  );
  return context
    .in(repositories)
    .filter(
      (repository) =>
        repository.images.length === 0 && images.some((image) => image.startsWith(repository.uri)),
    )
    .filter((repository) => names.of(repository.arn) !== undefined)
    .map((repository) =>
      finding("ECR-02", {
        step: "order",
        message: `${names.show(repository.arn)} is empty on the first apply: ${service} cannot start before an image is pushed`,
        address: names.show(repository.arn),
      }),
    );
}

/** A log group under a key does not wait for the policy that is a resource of its own. */
function keyRaces({ resources, edges }: Surveyed): Finding[] {
  const policies = resources.filter((resource) => resource.type === "aws_kms_key_policy");
  return resources
    .filter(
      (resource) =>
        resource.type === "aws_cloudwatch_log_group" && text(resource, "kms_key_id") !== "",
    )
    .flatMap((group) => {
      const policy = policies.find((resource) =>
        text(group, "kms_key_id").endsWith(text(resource, "key_id").split("/").pop() ?? "-"),
      );
      if (!policy || needsOf(edges, configured(group.address)).has(configured(policy.address)))
        return [];
      return [
        finding("RACE-01", {
          step: "order",
          message: `${group.address} does not wait for ${policy.address}`,
          address: group.address,
        }),
      ];
    });
}
