import { dnsSuffix } from "../aws/regions.ts";
import type { Hop } from "../sandbox/network/journey.ts";
import { toHost } from "../sandbox/network/names.ts";
import type { Sandbox } from "../sandbox/server.ts";
import type { Context } from "../sandbox/service.ts";
import {
  type NetworkInterface,
  networkInterfaces,
  type Route,
} from "../sandbox/services/ec2/rows.ts";
import { repositories } from "../sandbox/services/ecr/rows.ts";
import {
  type Definition,
  type EcsService,
  findDefinition,
  tasksOf,
} from "../sandbox/services/ecs/rows.ts";
import { type Edges, needsOf } from "./graph.ts";
import { finding } from "./identify.ts";
import type { Names } from "./names.ts";
import { allServices } from "./services.ts";
import { configured, type StateResource } from "./stack.ts";
import type { Finding } from "./verdicts.ts";

/** A stack as the dangers in it are looked for: what it made, and what depends on what. */
export interface Surveyed {
  readonly resources: readonly StateResource[];
  readonly edges: Edges;
}

/** What went well this time, and need not the next: said apart from failures. */
export function dangersIn(sandbox: Sandbox, stacks: readonly Surveyed[], names: Names): Finding[] {
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
        says: "destroy will be refused: deletion protection is enabled",
        where: address,
      }),
    ];
  }
  if (type === "aws_ecr_repository" && values["force_delete"] !== true) {
    return [
      finding("DEST-01", {
        step: "destroy",
        says: "destroy will be refused once images are in it",
        where: address,
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
    ...(containers.some((one) => one.logConfiguration?.logDriver === "awslogs")
      ? [`logs.${suffix}`]
      : []),
    ...(containers.some((one) => (one.secrets ?? []).length > 0)
      ? [`secretsmanager.${suffix}`]
      : []),
  ];
}

/** Targets of routes that are resources of their own. */
const GATEWAYS: ReadonlySet<Route["target"]["kind"]> = new Set(["gateway", "nat", "endpoint"]);

/** The resources of a stack that made a hop possible. */
function makersOf({ ids, ruleId, route }: Hop, stack: Surveyed, names: Names): string[] {
  const routes = stack.resources.filter(
    (one) =>
      one.type === "aws_route" &&
      route !== undefined &&
      ids.includes(text(one, "route_table_id")) &&
      (route.cidr === undefined
        ? text(one, "destination_prefix_list_id") === route.prefixListId
        : text(one, "destination_cidr_block") === route.cidr),
  );
  const named = [
    // A route says more than its table.
    ...(routes.length === 0 ? ids : []),
    ...(ruleId === undefined ? [] : [ruleId]),
    ...(route && GATEWAYS.has(route.target.kind) ? [route.target.id] : []),
  ];
  return [...named.flatMap((id) => names.of(id) ?? []), ...routes.map((one) => one.address)];
}

function neededBy(
  context: Context,
  definition: Definition,
  face: NetworkInterface,
  stack: Surveyed,
  names: Names,
): string[] {
  const ways = hostsOf(context, definition).map((host) => toHost(context, face, host));
  const associations = stack.resources.filter(
    (one) => one.type === "aws_route_table_association" && text(one, "subnet_id") === face.subnetId,
  );
  return [
    ...ways.flatMap((way) => way.hops.flatMap((hop) => makersOf(hop, stack, names))),
    ...ways.flatMap(({ endpointId }) =>
      endpointId === undefined ? [] : (names.of(endpointId) ?? []),
    ),
    ...associations.map((one) => one.address),
  ];
}

const ROLE_POLICIES = new Set([
  "aws_iam_role_policy",
  "aws_iam_role_policy_attachment",
  "aws_iam_policy_attachment",
  "aws_iam_role_policies_exclusive",
]);

/** What a service needs and does not wait for: Terraform may make it later. */
function racesOf(context: Context, row: EcsService, stack: Surveyed, names: Names): Finding[] {
  const service = names.of(row.arn);
  if (service === undefined || !stack.resources.some((one) => one.address === service)) return [];
  // With a controller of one's own it is the task sets that start tasks.
  const starters = [
    service,
    ...stack.resources
      .filter((one) => one.type === "aws_ecs_task_set" && text(one, "service") === row.arn)
      .map((one) => one.address),
  ];
  const known = new Set(starters.flatMap((one) => [...needsOf(stack.edges, configured(one))]));
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
            says: `${service} does not wait for ${missed.join(", ")}`,
            where: service,
          }),
        ];
  const task = tasksOf(context, row).find((one) => one.status === "RUNNING");
  const face = context.in(networkInterfaces).get(task?.interfaceId ?? "");
  const definition = findDefinition(context, task?.definitionArn ?? "");
  const role = definition?.body.executionRoleArn?.split("/").pop();
  const of = (test: (one: StateResource) => boolean): string[] =>
    stack.resources.filter(test).map((one) => one.address);
  const groups = row.loadBalancers.map((one) => one.targetGroupArn ?? "");
  const forwards = of(
    (one) =>
      (one.type === "aws_lb_listener" || one.type === "aws_lb_listener_rule") &&
      groups.some((group) => group !== "" && JSON.stringify(one.values).includes(group)),
  );
  return [
    ...race("RACE-02", forwards.some((one) => !isLate(one)) ? [] : late(forwards)),
    ...race(
      "RACE-03",
      late(
        of(
          (one) => ROLE_POLICIES.has(one.type) && role !== undefined && text(one, "role") === role,
        ),
      ),
    ),
    ...race(
      "RACE-06",
      face && definition ? late(neededBy(context, definition, face, stack, names)) : [],
    ),
    ...race(
      "RACE-08",
      row.strategy.length > 0
        ? late(of((one) => one.type === "aws_ecs_cluster_capacity_providers"))
        : [],
    ),
  ];
}

/** A repository that this stack makes is empty when its first task starts. */
function emptyRepositories(
  context: Context,
  row: EcsService,
  stack: Surveyed,
  names: Names,
): Finding[] {
  const service = names.of(row.arn);
  if (
    service === undefined ||
    row.desired === 0 ||
    !stack.resources.some((one) => one.address === service)
  )
    return [];
  const definition = findDefinition(
    context,
    row.deployments.find((one) => one.status === "PRIMARY")?.definitionArn ?? "",
  );
  const images = (definition?.body.containerDefinitions ?? []).flatMap((one) => one.image ?? []);
  return context
    .in(repositories)
    .filter((one) => one.images.length === 0 && images.some((image) => image.startsWith(one.uri)))
    .filter((one) => names.of(one.arn) !== undefined)
    .map((one) =>
      finding("ECR-02", {
        step: "order",
        says: `${names.show(one.arn)} is empty on the first apply: ${service} cannot start before an image is pushed`,
        where: names.show(one.arn),
      }),
    );
}

/** A log group under a key does not wait for the policy that is a resource of its own. */
function keyRaces({ resources, edges }: Surveyed): Finding[] {
  const policies = resources.filter((one) => one.type === "aws_kms_key_policy");
  return resources
    .filter((one) => one.type === "aws_cloudwatch_log_group" && text(one, "kms_key_id") !== "")
    .flatMap((group) => {
      const policy = policies.find((one) =>
        text(group, "kms_key_id").endsWith(text(one, "key_id").split("/").pop() ?? "-"),
      );
      if (!policy || needsOf(edges, configured(group.address)).has(configured(policy.address)))
        return [];
      return [
        finding("RACE-01", {
          step: "order",
          says: `${group.address} does not wait for ${policy.address}`,
          where: group.address,
        }),
      ];
    });
}
