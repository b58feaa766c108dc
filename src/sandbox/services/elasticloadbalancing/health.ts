import type * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import { traceBetween, type Trace } from "../ec2/network/trace.ts";
import type { Context } from "../../core/operation.ts";
import { type NetworkInterface, networkInterfaces, subnets } from "../ec2/tables.ts";
import { appResponseAt } from "../ecs/startup/simulated-app.ts";
import { loadBalancers, loadBalancersOf, type Target, type TargetGroup } from "./tables.ts";

/** Health of a target. Source: Elastic Load Balancing, "Target health status" and "Health check reason codes". */
export interface Health {
  readonly state: elb.TargetHealthStateEnum;
  readonly reason?: elb.TargetHealthReasonEnum;
  readonly description?: string;
  /** Why a target is unused: no listener uses its target group, or no load balancer is enabled in its zone. */
  readonly unusedBy?: "listeners" | "zones";
  /** The path of a health check that got no response. */
  readonly trace?: Trace;
}

/** The network interfaces of a load balancer, one in each zone. */
export const nodesOf = (context: Context, loadBalancerArn: string): NetworkInterface[] =>
  context
    .in(networkInterfaces)
    .filter((networkInterface) => networkInterface.owner === loadBalancerArn);

export const networkInterfaceAt = (
  context: Context,
  vpcId: string,
  address: string,
): NetworkInterface | undefined =>
  context
    .in(networkInterfaces)
    .find(
      (networkInterface) =>
        networkInterface.privateIp === address && networkInterface.vpcId === vpcId,
    );

/** Whether a status matches a list of codes and ranges, such as 200,301-303. */
export const matchesCode = (matcher: string, status: number): boolean =>
  matcher.split(",").some((part) => {
    const [from = "", to = from] = part.split("-");
    return status >= Number(from) && status <= Number(to);
  });

const unusedTarget = (unusedBy: "listeners" | "zones", description: string): Health => ({
  state: "unused",
  reason: "Target.NotInUse",
  description,
  unusedBy,
});

const unhealthyTarget = (
  reason: elb.TargetHealthReasonEnum,
  description: string,
  trace?: Trace,
): Health => ({
  state: "unhealthy",
  reason,
  description,
  ...(trace ? { trace } : {}),
});

/** Checks a target from each zone of each load balancer that forwards to its target group. */
export function healthOf(context: Context, group: TargetGroup, target: Target): Health {
  if (target.draining) {
    return {
      state: "draining",
      reason: "Target.DeregistrationInProgress",
      description: "Target deregistration is in progress",
    };
  }
  const balancers = loadBalancersOf(context, group.arn).flatMap(
    (arn) => context.in(loadBalancers).get(arn) ?? [],
  );
  if (balancers.length === 0)
    return unusedTarget(
      "listeners",
      "Target group is not configured to receive traffic from the load balancer",
    );
  const zones = new Set(
    balancers.flatMap((balancer) =>
      balancer.subnetIds.map((subnetId) => context.in(subnets).get(subnetId)?.zone),
    ),
  );
  if (target.zone !== undefined && !zones.has(target.zone))
    return unusedTarget(
      "zones",
      "Target is in an Availability Zone that is not enabled for the load balancer",
    );
  const { healthCheck } = group;
  const result = check(
    context,
    group,
    target,
    balancers.flatMap((balancer) => nodesOf(context, balancer.arn)),
  );
  const requiredChecks = result.state === "healthy" ? healthCheck.healthy : healthCheck.unhealthy;
  if (!context.isPast(target.registered, requiredChecks * healthCheck.intervalSeconds)) {
    return {
      state: "initial",
      reason: "Elb.InitialHealthChecking",
      description: "Initial health checks in progress",
    };
  }
  return result;
}

function check(
  context: Context,
  { healthCheck, protocolVersion, vpcId }: TargetGroup,
  target: Target,
  nodes: readonly NetworkInterface[],
): Health {
  const port = healthCheck.port === "traffic-port" ? target.port : Number(healthCheck.port);
  const networkInterface = networkInterfaceAt(context, vpcId, target.id);
  if (!networkInterface) return unhealthyTarget("Target.Timeout", "Request timed out");
  for (const node of nodes) {
    const trace = traceBetween(context, node, networkInterface, port);
    if (!trace.arrives) return unhealthyTarget("Target.Timeout", "Request timed out", trace);
  }
  const response = appResponseAt(context, networkInterface, port, healthCheck.path);
  if (response.kind === "connection-refused")
    return unhealthyTarget("Target.FailedHealthChecks", "Health checks failed");
  // The application's gRPC status is not known. The HTTP status of every response of gRPC is 200.
  const expected = protocolVersion === "GRPC" ? "200" : healthCheck.matcher;
  return matchesCode(expected, response.status)
    ? { state: "healthy" }
    : unhealthyTarget(
        "Target.ResponseCodeMismatch",
        `Health checks failed with these codes: [${response.status}]`,
      );
}
