import { dnsSuffix, parseEcrImage, partitionOf } from "../../aws/index.ts";
import type {
  Hop,
  Inspection,
  ServiceView,
  TaskDefinitionView,
} from "../../sandbox/inspection/index.ts";
import { dependenciesOf, type Edges } from "../terraform-copy/graph.ts";
import { createFinding } from "../diagnosis/failure-identification.ts";
import type { AddressIndex } from "../diagnosis/address-index.ts";
import { activeServices } from "./service.ts";
import { configurationAddress, type StateResource } from "../terraform-copy/state-resources.ts";
import type { Finding } from "../result.ts";

/** An applied stack: its resources, and their dependencies. */
export interface AppliedStack {
  readonly resources: readonly StateResource[];
  readonly edges: Edges;
}

/** Problems that did not occur in this run but may occur in the next one, such as missing dependencies. */
export function findLatentRisks(
  inspection: Inspection,
  stacks: readonly AppliedStack[],
  addressIndex: AddressIndex,
): Finding[] {
  const services = activeServices(inspection);
  return stacks.flatMap((stack) => [
    ...services.flatMap((service) => missingDependencies(inspection, service, stack, addressIndex)),
    ...services.flatMap((service) => emptyRepositories(inspection, service, stack, addressIndex)),
    ...stack.resources.flatMap(destroyBlockers),
  ]);
}

const textValue = (resource: StateResource, key: string): string => {
  const value = resource.values[key];
  return typeof value === "string" ? value : "";
};

/** Settings of a resource that make its destroy fail. */
function destroyBlockers(resource: StateResource): Finding[] {
  const { type, values, address, mode } = resource;
  if (mode !== "managed") return [];
  if (type === "aws_lb" && values["enable_deletion_protection"] === true) {
    return [
      createFinding("DEST-02", {
        step: "destroy",
        message: "destroy will fail: deletion protection is enabled",
        address,
      }),
    ];
  }
  if (type === "aws_ecr_repository" && values["force_delete"] !== true) {
    return [
      createFinding("DEST-01", {
        step: "destroy",
        message: "destroy will fail while the repository contains images",
        address,
      }),
    ];
  }
  return [];
}

/** Hosts that a task must reach before its program starts. */
function requiredHosts({ region, containers }: TaskDefinitionView): string[] {
  const suffix = `${region}.${dnsSuffix(partitionOf(region))}`;
  const ecr = containers.flatMap(({ image }) => parseEcrImage(image)?.registry ?? []);
  return [
    ...(ecr.length > 0
      ? [`api.ecr.${suffix}`, ...ecr, `prod-${region}-starport-layer-bucket.s3.${suffix}`]
      : []),
    ...(containers.some(({ logDriver }) => logDriver === "awslogs") ? [`logs.${suffix}`] : []),
    ...(containers.some(({ secrets }) => secrets.length > 0) ? [`secretsmanager.${suffix}`] : []),
  ];
}

/** Targets of routes that are separate Terraform resources. */
const GATEWAYS: ReadonlySet<string> = new Set(["gateway", "nat", "endpoint"]);

/** Addresses of the resources that allow a packet to take a hop. */
function resourcesOfHop(
  { ids, ruleId, route }: Hop,
  stack: AppliedStack,
  addressIndex: AddressIndex,
): string[] {
  const routes = stack.resources.filter(
    (resource) =>
      resource.type === "aws_route" &&
      route !== undefined &&
      ids.includes(textValue(resource, "route_table_id")) &&
      (route.cidr === undefined
        ? textValue(resource, "destination_prefix_list_id") === route.prefixListId
        : textValue(resource, "destination_cidr_block") === route.cidr),
  );
  const resourceIds = [
    // A route is more specific than its route table.
    ...(routes.length === 0 ? ids : []),
    ...(ruleId === undefined ? [] : [ruleId]),
    ...(route && GATEWAYS.has(route.target.kind) ? [route.target.id] : []),
  ];
  return [
    ...resourceIds.flatMap((id) => addressIndex.addressOf(id) ?? []),
    ...routes.map((resource) => resource.address),
  ];
}

/** A task, with what determines its network paths. */
interface RunningTask {
  readonly definition: TaskDefinitionView;
  readonly networkInterface: string;
  readonly subnetId: string;
}

/** Addresses of the resources that a task requires on its network paths. */
function networkDependencies(
  inspection: Inspection,
  { definition, networkInterface, subnetId }: RunningTask,
  stack: AppliedStack,
  addressIndex: AddressIndex,
): string[] {
  const traces = requiredHosts(definition).map((host) =>
    inspection.trace({ networkInterface }, { host }),
  );
  const associations = stack.resources.filter(
    (resource) =>
      resource.type === "aws_route_table_association" &&
      textValue(resource, "subnet_id") === subnetId,
  );
  return [
    ...traces.flatMap((trace) =>
      trace.hops.flatMap((hop) => resourcesOfHop(hop, stack, addressIndex)),
    ),
    ...traces.flatMap(({ endpointId }) =>
      endpointId === undefined ? [] : (addressIndex.addressOf(endpointId) ?? []),
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

/** Resources that a service requires but does not depend on. Terraform may create them after the service. */
function missingDependencies(
  inspection: Inspection,
  serviceView: ServiceView,
  stack: AppliedStack,
  addressIndex: AddressIndex,
): Finding[] {
  const service = addressIndex.addressOf(serviceView.arn);
  if (service === undefined || !stack.resources.some((resource) => resource.address === service))
    return [];
  // With an external deployment controller, the task sets start the tasks.
  const starters = [
    service,
    ...stack.resources
      .filter(
        (resource) =>
          resource.type === "aws_ecs_task_set" &&
          textValue(resource, "service") === serviceView.arn,
      )
      .map((resource) => resource.address),
  ];
  const dependencies = new Set(
    starters.flatMap((starter) => [...dependenciesOf(stack.edges, configurationAddress(starter))]),
  );
  const isMissing = (address: string): boolean => {
    const name = configurationAddress(address.replace(/'s .*$/, ""));
    return (
      name !== configurationAddress(service) &&
      stack.edges.nodes.includes(name) &&
      !dependencies.has(name)
    );
  };
  const missing = (addresses: readonly string[]): string[] => [
    ...new Set(addresses.filter(isMissing).map(configurationAddress)),
  ];
  const risk = (
    id: "RACE-02" | "RACE-03" | "RACE-06" | "RACE-08",
    addresses: readonly string[],
  ): Finding[] =>
    addresses.length === 0
      ? []
      : [
          createFinding(id, {
            step: "order",
            message: `${service} does not depend on ${addresses.join(", ")}`,
            address: service,
          }),
        ];
  const task = inspection
    .tasksOf(serviceView.arn)
    .find((candidate) => candidate.status === "RUNNING");
  const definition = inspection.taskDefinition(task?.taskDefinition ?? "");
  const role = definition?.executionRole?.split("/").pop();
  const addressesWhere = (test: (resource: StateResource) => boolean): string[] =>
    stack.resources.filter(test).map((resource) => resource.address);
  const forwards = addressesWhere(
    (resource) =>
      (resource.type === "aws_lb_listener" || resource.type === "aws_lb_listener_rule") &&
      serviceView.targetGroups.some((group) => JSON.stringify(resource.values).includes(group)),
  );
  return [
    ...risk("RACE-02", forwards.some((address) => !isMissing(address)) ? [] : missing(forwards)),
    ...risk(
      "RACE-03",
      missing(
        addressesWhere(
          (resource) =>
            ROLE_POLICIES.has(resource.type) &&
            role !== undefined &&
            textValue(resource, "role") === role,
        ),
      ),
    ),
    ...risk(
      "RACE-06",
      task?.networkInterfaceId !== undefined && definition
        ? missing(
            networkDependencies(
              inspection,
              { definition, networkInterface: task.networkInterfaceId, subnetId: task.subnetId },
              stack,
              addressIndex,
            ),
          )
        : [],
    ),
    ...risk(
      "RACE-08",
      serviceView.usesCapacityProviders
        ? missing(
            addressesWhere((resource) => resource.type === "aws_ecs_cluster_capacity_providers"),
          )
        : [],
    ),
  ];
}

/** A repository that this stack creates is empty when the first task starts. */
function emptyRepositories(
  inspection: Inspection,
  { arn, desiredCount, deployments, account, region }: ServiceView,
  stack: AppliedStack,
  addressIndex: AddressIndex,
): Finding[] {
  const service = addressIndex.addressOf(arn);
  if (
    service === undefined ||
    desiredCount === 0 ||
    !stack.resources.some((resource) => resource.address === service)
  )
    return [];
  const primary = deployments.find((deployment) => deployment.status === "PRIMARY");
  const { containers = [] } = inspection.taskDefinition(primary?.taskDefinition ?? "") ?? {};
  return inspection
    .resources("repository")
    .filter(
      (repository) =>
        repository.account === account &&
        repository.region === region &&
        repository.imageCount === 0 &&
        containers.some(({ image }) => image.startsWith(repository.uri)) &&
        addressIndex.addressOf(repository.arn) !== undefined,
    )
    .map((repository) =>
      createFinding("ECR-02", {
        step: "order",
        message: `${addressIndex.displayName(repository.arn)} is empty on the first apply: ${service} cannot start before an image is pushed`,
        address: addressIndex.displayName(repository.arn),
      }),
    );
}
