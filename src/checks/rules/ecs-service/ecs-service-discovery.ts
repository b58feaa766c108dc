import { jsonsOf, type Resource, isUnknown } from "../../../plan/index.ts";
import type { Workload } from "../../../topology/index.ts";
import {
  type Check,
  type CheckOutcome,
  fail,
  pass,
  unknownOutcome,
  unknownValueAt,
} from "../../engine/check.ts";

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
  *run(context) {
    for (const workload of context.network.workloads) {
      const { resource, kind } = workload;
      if (resource && kind === "service") yield* checkServiceConnect(workload, resource);
    }
  },
};

function* checkServiceConnect(
  { definition, name }: Workload,
  service: Resource,
): Iterable<CheckOutcome> {
  const unknownValue =
    unknownValueAt(service, "service_connect_configuration", 0, "enabled") ??
    unknownValueAt(service, "service_connect_configuration", 0, "service");
  if (unknownValue) yield unknownOutcome(name, unknownValue, "SVC-13");
  if (service.value("service_connect_configuration", 0, "enabled") === true) {
    const [cluster] = service.referencesTo(CLUSTERS, "cluster").references;
    const hasNamespace =
      service.isSet("service_connect_configuration", 0, "namespace") ||
      cluster?.resource.isSet("service_connect_defaults") === true;
    if (!hasNamespace && cluster) yield fail(name, "SVC-13", "Service Connect has no namespace");
    const blocks = service.blockPaths("service_connect_configuration", 0, "service");
    for (const path of isUnknown(blocks) ? [] : blocks) {
      const port = service.text(...path, "port_name");
      if (definition === undefined || isUnknown(definition) || definition.unknown) {
        yield unknownOutcome(
          name,
          isUnknown(definition)
            ? definition
            : (definition?.unknown ?? "the task definition is unknown"),
          "SVC-13",
        );
        continue;
      }
      const ports = definition.containers.flatMap((container) =>
        jsonsOf(container.json?.["portMappings"]).map((mapping) => mapping["name"]),
      );
      if (ports.includes(port)) yield pass(name);
      else yield fail(name, "SVC-13", `the task definition has no port named ${String(port)}`);
    }
  }
  const unknownRegistries = unknownValueAt(service, "service_registries");
  if (unknownRegistries) yield unknownOutcome(name, unknownRegistries, "SVC-14");
  const registries = service.blockPaths("service_registries");
  for (const path of isUnknown(registries) ? [] : registries) {
    const [reference] = service.referencesTo(
      ["aws_service_discovery_service"],
      ...path,
      "registry_arn",
    ).references;
    const type = reference?.resource.value("dns_config", 0, "dns_records", 0, "type");
    if (isUnknown(type)) {
      yield unknownOutcome(name, type, "SVC-14");
      continue;
    }
    const hasPort = service.isSet(...path, "port") || service.isSet(...path, "container_port");
    if (type === "SRV" && !hasPort)
      yield fail(name, "SVC-14", "its service registry has an SRV record and no port");
    else if (
      type === "A" &&
      service.isSet(...path, "container_port") &&
      !service.isSet(...path, "container_name")
    )
      yield fail(
        name,
        "SVC-14",
        "its service registry has an A record and a port without a container",
      );
    else if (reference) yield pass(name);
    else yield unknownOutcome(name, "this plan does not contain the service registry", "SVC-14");
  }
}
