import type { Context } from "../../core/operation.ts";
import { healthOf } from "../elasticloadbalancing/health.ts";
import { targetGroups, targetKey, targets } from "../elasticloadbalancing/tables.ts";
import { containersOf } from "./startup/simulated-app.ts";
import type { EcsService, Task } from "./tables.ts";

/** Whether a task is running and passes all health checks of its containers and load balancers. */
export function isHealthy(context: Context, service: EcsService, task: Task): boolean {
  if (task.status !== "RUNNING") return false;
  const hasUnhealthyContainer = containersOf(context, task).some((container) => {
    const row = task.containers.find((taskContainer) => taskContainer.name === container.name);
    return container.healthCheck !== undefined && row?.health !== "HEALTHY";
  });
  if (hasUnhealthyContainer) return false;
  const deployment = service.deployments.find(
    (otherDeployment) => otherDeployment.id === task.deploymentId,
  );
  return (deployment?.loadBalancers ?? service.loadBalancers).every((loadBalancer) => {
    const group = context.in(targetGroups).get(loadBalancer.targetGroupArn ?? "");
    const target =
      group &&
      context
        .in(targets)
        .get(targetKey(group.arn, task.privateIp ?? "", loadBalancer.containerPort ?? 0));
    if (!group || !target) return false;
    // A target group without a listener (such as the spare one of CodeDeploy) does not check its targets.
    return ["healthy", "unused"].includes(healthOf(context, group, target).state);
  });
}
