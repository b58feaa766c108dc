import type * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import { traceBetween, type Trace } from "../../network/trace.ts";
import type { Context } from "../../core/operation.ts";
import { type NetworkInterface, networkInterfaces, subnets } from "../ec2/tables.ts";
import { replyAt } from "../ecs/startup/simulated-app.ts";
import { loadBalancers, loadBalancersOf, type Target, type TargetGroup } from "./tables.ts";

/** What a load balancer thinks of a target. Words: Elastic Load Balancing, "Target health status" and "Health check reason codes". */
export interface Health {
  readonly state: elb.TargetHealthStateEnum;
  readonly reason?: elb.TargetHealthReasonEnum;
  readonly description?: string;
  /** What an unused target's group or zone is not registered with. */
  readonly unusedBy?: "listeners" | "zones";
  /** Where a check was lost. */
  readonly journey?: Trace;
}

/** A load balancer's own interfaces, one in each zone. */
export const nodesOf = (context: Context, loadBalancerArn: string): NetworkInterface[] =>
  context
    .in(networkInterfaces)
    .filter((networkInterface) => networkInterface.owner === loadBalancerArn);

export const faceOf = (
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

/** A matcher is a list of codes and ranges: 200,301-303. */
export const matchesCode = (matcher: string, status: number): boolean =>
  matcher.split(",").some((part) => {
    const [from = "", to = from] = part.split("-");
    return status >= Number(from) && status <= Number(to);
  });

const unused = (unusedBy: "listeners" | "zones", description: string): Health => ({
  state: "unused",
  reason: "Target.NotInUse",
  description,
  unusedBy,
});

const unhealthy = (
  reason: elb.TargetHealthReasonEnum,
  description: string,
  journey?: Trace,
): Health => ({
  state: "unhealthy",
  reason,
  description,
  ...(journey ? { journey } : {}),
});

/** Checks a target as every load balancer does that sends to its group, from each of its zones. */
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
    return unused(
      "listeners",
      "Target group is not configured to receive traffic from the load balancer",
    );
  const zones = new Set(
    balancers.flatMap((balancer) =>
      balancer.subnetIds.map((subnetId) => context.in(subnets).get(subnetId)?.zone),
    ),
  );
  if (target.zone !== undefined && !zones.has(target.zone))
    return unused(
      "zones",
      "Target is in an Availability Zone that is not enabled for the load balancer",
    );
  const { healthCheck } = group;
  const checked = check(
    context,
    group,
    target,
    balancers.flatMap((balancer) => nodesOf(context, balancer.arn)),
  );
  const rounds = checked.state === "healthy" ? healthCheck.healthy : healthCheck.unhealthy;
  if (!context.isPast(target.registered, rounds * healthCheck.intervalSeconds)) {
    return {
      state: "initial",
      reason: "Elb.InitialHealthChecking",
      description: "Initial health checks in progress",
    };
  }
  return checked;
}

function check(
  context: Context,
  { healthCheck, vpcId }: TargetGroup,
  target: Target,
  nodes: readonly NetworkInterface[],
): Health {
  const port = healthCheck.port === "traffic-port" ? target.port : Number(healthCheck.port);
  const networkInterface = faceOf(context, vpcId, target.id);
  if (!networkInterface) return unhealthy("Target.Timeout", "Request timed out");
  for (const node of nodes) {
    const journey = traceBetween(context, node, networkInterface, port);
    if (!journey.arrives) return unhealthy("Target.Timeout", "Request timed out", journey);
  }
  const reply = replyAt(context, networkInterface, port, healthCheck.path);
  if (reply.kind === "refuses")
    return unhealthy("Target.FailedHealthChecks", "Health checks failed");
  return matchesCode(healthCheck.matcher, reply.status)
    ? { state: "healthy" }
    : unhealthy(
        "Target.ResponseCodeMismatch",
        `Health checks failed with these codes: [${reply.status}]`,
      );
}
