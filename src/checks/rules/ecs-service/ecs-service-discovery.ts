import { jsonsOf } from "../../../plan/plan-json.ts";
import { isUnknown, type Resource } from "../../../plan/plan-model.ts";
import type { Workload } from "../../../topology/task-definitions.ts";
import { type Check, fail, pass, unknownOutcome, unknownValueAt } from "../../engine/check.ts";

const CLUSTERS = ["aws_ecs_cluster"];

export const ecsServiceDiscoveryCheck: Check = {
  id: "ecs-service-discovery",
  question: "start",
  title: "Service Connect and service registries of a service are valid",
  severity: "error",
  ids: ["SVC-13", "SVC-14"],
  explanation:
    "Service Connect needs a namespace and a named port of the task definition. A service registry with SRV records needs a port.",
  sources: ["Amazon ECS API Reference, CreateService"],
  *run(subject) {
    for (const placement of subject.network.workloads) {
      const { resource, kind } = placement;
      if (resource && kind === "service") yield* connecting(placement, resource);
    }
  },
};

function* connecting(
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
}
