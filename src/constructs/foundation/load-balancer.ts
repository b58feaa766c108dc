import { Lb } from "../provider/lb.generated.ts";
import { LbListener } from "../provider/lb-listener.generated.ts";
import { LbTargetGroup } from "../provider/lb-target-group.generated.ts";
import type { Construct } from "../construct.ts";
import type { HealthCheckOptions } from "../../config/index.ts";
import { CheckedConstruct } from "./checked-construct.ts";
import { checkName } from "../synth/names.ts";
import type { INetwork } from "./network.ts";
import type { SecurityGroup } from "./security-group.ts";

/** TLS 1.3, and 1.2 with forward secrecy. Source: Elastic Load Balancing, "Security policies for your Application Load Balancer". */
const TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06";

/** Properties of a `LoadBalancer`. */
export interface LoadBalancerProps {
  readonly name: string;
  readonly network: INetwork;
  readonly securityGroup: SecurityGroup;
  /** TCP port of the containers. */
  readonly containerPort: number;
  /** TCP port of the listener. @default 443 with a certificate, else 80 */
  readonly port?: number;
  /** ARN of an issued certificate. The listener then uses HTTPS, and port 80 redirects to it. @default none */
  readonly certificateArn?: string;
  /** @default "internet-facing" */
  readonly scheme?: "internet-facing" | "internal";
  /** @default false */
  readonly deletionProtection?: boolean;
  readonly healthCheck?: HealthCheckOptions;
  /** @default none */
  readonly accessLogs?: { readonly bucket: string; readonly prefix?: string };
}

/** The port of the listener: `port`, or else 443 with a certificate and 80 without. */
export function listenerPort(options: {
  readonly port?: number;
  readonly certificateArn?: string;
}): number {
  return options.port ?? (options.certificateArn === undefined ? 80 : 443);
}

/**
 * An application load balancer that drops invalid headers, a target group for tasks (type `ip`), and a listener.
 *
 * Cost: about $16.50 a month, and by usage. An internet-facing load balancer costs $3.65 a month more for the public address
 * in each zone (Elastic Load Balancing and Amazon VPC pricing).
 *
 * @example
 * new LoadBalancer(this, "load-balancer", { name: "hello", network, securityGroup, containerPort: 8080 });
 */
export class LoadBalancer extends CheckedConstruct {
  readonly loadBalancer: Lb;
  readonly targetGroup: LbTargetGroup;
  readonly listener: LbListener;

  constructor(scope: Construct, id: string, props: LoadBalancerProps) {
    super(scope, id, props);
    const { network, accessLogs, certificateArn, healthCheck = {} } = props;
    const isInternal = props.scheme === "internal";
    const port = listenerPort(props);
    this.loadBalancer = new Lb(this, "resource", {
      name: checkName("loadBalancer", props.name, "name"),
      internal: isInternal,
      loadBalancerType: "application",
      subnets: [...(isInternal ? network.privateSubnetIds : network.publicSubnetIds)],
      securityGroups: [props.securityGroup.id],
      dropInvalidHeaderFields: true,
      enableDeletionProtection: props.deletionProtection ?? false,
      ...(accessLogs ? { accessLogs: { ...accessLogs, enabled: true } } : {}),
      ...(isInternal ? {} : { dependsOn: [...network.internetDependencies] }),
    });
    // A changed port needs a new target group. The listener uses the old target group until the new one exists, so both
    // exist at the same time and need different names.
    this.targetGroup = new LbTargetGroup(this, "target-group", {
      namePrefix: props.name.slice(0, 6).replace(/-$/, ""),
      vpcId: network.vpcId,
      targetType: "ip",
      protocol: "HTTP",
      port: props.containerPort,
      deregistrationDelay: "30",
      healthCheck: {
        path: healthCheck.path ?? "/",
        matcher: healthCheck.matcher ?? "200",
        port: healthCheck.port === undefined ? "traffic-port" : String(healthCheck.port),
        protocol: "HTTP",
      },
      tags: { Name: props.name },
      lifecycle: { createBeforeDestroy: true },
    });
    const forward = [{ type: "forward", targetGroupArn: this.targetGroup.arn }];
    this.listener =
      certificateArn === undefined
        ? new LbListener(this, "http", {
            loadBalancerArn: this.loadBalancer.arn,
            port,
            protocol: "HTTP",
            defaultAction: forward,
          })
        : new LbListener(this, "https", {
            loadBalancerArn: this.loadBalancer.arn,
            port,
            protocol: "HTTPS",
            certificateArn,
            sslPolicy: TLS_POLICY,
            defaultAction: forward,
          });
    if (certificateArn !== undefined) {
      new LbListener(this, "redirect", {
        loadBalancerArn: this.loadBalancer.arn,
        port: 80,
        protocol: "HTTP",
        defaultAction: [
          {
            type: "redirect",
            redirect: { port: String(port), protocol: "HTTPS", statusCode: "HTTP_301" },
          },
        ],
      });
    }
  }
}
