import type { Construct } from "../construct.ts";
import {
  patternsOf,
  priorityOf,
  type RouteOptions,
  type ServiceHealthCheckOptions,
} from "../../config/index.ts";
import { CheckedConstruct } from "../foundation/checked-construct.ts";
import { LbListenerRule } from "../provider/lb-listener-rule.generated.ts";
import { LbTargetGroup } from "../provider/lb-target-group.generated.ts";
import { checkName } from "../synth/names.ts";
import type { LoadBalancerReference } from "./foundation-reference.ts";

/** Properties of a `ServiceTargetGroup`. */
export interface ServiceTargetGroupProps {
  /** Name of the service. */
  readonly service: string;
  /** Name of the target group, at most 32 characters. */
  readonly name: string;
  readonly vpcId: string;
  readonly loadBalancer: LoadBalancerReference;
  readonly route: RouteOptions;
  /** @default {} */
  readonly healthCheck?: ServiceHealthCheckOptions;
  /** Seconds in which a target that is removed completes requests. @default 30 */
  readonly deregistrationDelay?: number;
}

/**
 * ECS registers each task with the port of its container, so that this port is not used. Because it does not change with the
 * port of the container, such a change does not replace the target group, whose name would be taken.
 */
const UNUSED_PORT = 80;

/** A pattern without wildcards up to its first wildcard: "/api/*" is "/api/". */
const literalPart = (pattern: string): string => pattern.replace(/[*?].*$/, "");

/**
 * The target group of a service, and its own rule of the listener. The default action of the listener stays as it is.
 *
 * Cost: none; a listener has up to 100 rules (Elastic Load Balancing quotas).
 */
export class ServiceTargetGroup extends CheckedConstruct {
  readonly targetGroup: LbTargetGroup;
  readonly rule: LbListenerRule;
  /** The URL of the service: of its first host without wildcards, or of the load balancer. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: ServiceTargetGroupProps) {
    super(scope, id, props);
    const { loadBalancer, route, healthCheck = {} } = props;
    const { paths, hosts } = patternsOf(route);
    this.targetGroup = new LbTargetGroup(this, "target-group", {
      name: checkName("targetGroup", props.name, "name"),
      vpcId: props.vpcId,
      targetType: "ip",
      protocol: "HTTP",
      port: UNUSED_PORT,
      deregistrationDelay: String(props.deregistrationDelay ?? 30),
      healthCheck: {
        path: healthCheck.path ?? "/",
        matcher: healthCheck.matcher ?? "200",
        port: "traffic-port",
        protocol: "HTTP",
        interval: healthCheck.interval ?? 15,
        timeout: healthCheck.timeout ?? 5,
        healthyThreshold: healthCheck.healthyThreshold ?? 2,
        unhealthyThreshold: healthCheck.unhealthyThreshold ?? 3,
      },
    });
    this.rule = new LbListenerRule(this, "listener-rule", {
      listenerArn: loadBalancer.listenerArn,
      priority: priorityOf(props.service, route),
      action: [{ type: "forward", targetGroupArn: this.targetGroup.arn }],
      condition: [
        ...(hosts.length === 0 ? [] : [{ hostHeader: { values: [...hosts] } }]),
        ...(paths.length === 0 ? [] : [{ pathPattern: { values: [...paths] } }]),
      ],
    });
    const { protocol = "http", dnsName } = loadBalancer;
    const { port = protocol === "https" ? 443 : 80 } = loadBalancer;
    const host = hosts.find((name) => literalPart(name) === name) ?? dnsName;
    const suffix = port === (protocol === "https" ? 443 : 80) ? "" : `:${port}`;
    this.url = `${protocol}://${host}${suffix}${literalPart(paths[0] ?? "/")}`;
  }
}
