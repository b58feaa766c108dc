import { awsErrorOf } from "../../../failures/index.ts";
import { isUnknown } from "../../../plan/index.ts";
import { type Check, fail, unknownValueAt, pass, unknownOutcome } from "../../engine/check.ts";

export const serviceTargetContainerCheck: Check = {
  id: "service-target-container",
  question: "traffic",
  title: "Container and port of the target group exist in the task definition",
  severity: "error",
  ids: ["ALB-03", "ALB-22"],
  explanation:
    "ECS registers a task in a target group with a container name and a container port. It rejects a service whose container or port does not exist in the task definition, or whose container maps the port for both TCP and UDP.",
  sources: ["Amazon ECS API Reference, LoadBalancer"],
  *run({ network }) {
    for (const { name, resource, bindings, definition } of network.workloads) {
      if (resource === undefined) continue;
      const grace = resource.number("health_check_grace_period_seconds");
      const unknownValue = unknownValueAt(resource, "health_check_grace_period_seconds");
      if (bindings.length === 0 && unknownValue) yield unknownOutcome(name, unknownValue, "ALB-22");
      if (bindings.length === 0 && typeof grace === "number" && grace > 0)
        yield fail(name, "ALB-22", "it has a health check grace period, but no load balancer", {
          awsError: awsErrorOf("grace-period-without-load-balancer"),
        });
      for (const { container, port } of bindings) {
        if (isUnknown(container) || isUnknown(port)) {
          yield unknownOutcome(name, String(isUnknown(container) ? container : port), "ALB-03");
          continue;
        }
        if (definition === undefined || isUnknown(definition) || definition.unknown) {
          yield unknownOutcome(
            name,
            isUnknown(definition)
              ? definition
              : (definition?.unknown ?? "the task definition is unknown"),
            "ALB-03",
          );
          continue;
        }
        const matchingContainer = definition.containers.find(
          (candidate) => candidate.name === container,
        );
        if (!matchingContainer)
          yield fail(name, "ALB-03", `the task definition has no container ${String(container)}`, {
            awsError: awsErrorOf("container-not-in-task-definition", {
              container: String(container),
            }),
          });
        else if (port !== undefined && matchingContainer.ports?.includes(port) === false)
          yield fail(
            name,
            "ALB-03",
            `container ${String(container)} has ${matchingContainer.ports.length === 0 ? "no port" : `port ${matchingContainer.ports.join(", ")}`}, not ${port}`,
            {
              awsError: awsErrorOf("container-port-not-defined", {
                container: String(container),
                port: String(port),
              }),
            },
          );
        else if ((matchingContainer.ports ?? []).filter((mapped) => mapped === port).length > 1)
          yield fail(
            name,
            "ALB-03",
            `container ${String(container)} maps port ${String(port)} more than once, which ECS does not accept with a load balancer`,
            {
              fix: "Map the port once, or use a task definition of its own for the other protocol",
              awsError: awsErrorOf("container-port-mapped-twice", {
                container: String(container),
                port: String(port),
              }),
            },
          );
        else yield pass(name);
      }
    }
  },
};
