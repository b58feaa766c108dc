import { isUnknown } from "../../../plan/plan-model.ts";
import { type Check, fail, unknownValueAt, pass, unknownOutcome } from "../../engine/check.ts";

export const serviceTargetContainerCheck: Check = {
  id: "service-target-container",
  question: "traffic",
  title: "the container and port that a load balancer is bound to are in the task definition",
  severity: "error",
  ids: ["ALB-03", "ALB-22"],
  explanation:
    "ECS registers a task by the container's name and port, and refuses a service that names others.",
  sources: ["Amazon ECS API Reference, LoadBalancer"],
  *run({ network }) {
    for (const { name, resource, bindings, definition } of network.workloads) {
      if (resource === undefined) continue;
      const grace = resource.number("health_check_grace_period_seconds");
      const lost = unknownValueAt(resource, "health_check_grace_period_seconds");
      if (bindings.length === 0 && lost) yield unknownOutcome(name, lost, "ALB-22");
      if (bindings.length === 0 && typeof grace === "number" && grace > 0)
        yield fail(name, "ALB-22", "it has a health check grace period and no load balancer", {
          error:
            "InvalidParameterException: Health check grace period is only valid for services configured to use load balancers",
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
              : (definition?.unknown ?? "the task definition is not known"),
            "ALB-03",
          );
          continue;
        }
        const found = definition.containers.find(
          (otherContainer) => otherContainer.name === container,
        );
        if (!found)
          yield fail(name, "ALB-03", `the task definition has no container ${String(container)}`, {
            error: `InvalidParameterException: The container ${String(container)} does not exist in the task definition.`,
          });
        else if (port !== undefined && found.ports?.includes(port) === false)
          yield fail(
            name,
            "ALB-03",
            `container ${String(container)} maps ${found.ports.length === 0 ? "no port" : `port ${found.ports.join(", ")}`}, not ${port}`,
            {
              error: `InvalidParameterException: The container ${String(container)} did not have a container port ${port} defined.`,
            },
          );
        else yield pass(name);
      }
    }
  },
};
