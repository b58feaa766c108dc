import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Settings } from "../../../src/config/options.ts";
import type { Clients } from "../clients.ts";
import { list, type Outputs, sorted, type Verify } from "./property.ts";

/** Reads back the load balancer, its attributes, target group and listeners. */
export async function verifyLoadBalancer(
  clients: Clients,
  verify: Verify,
  context: {
    readonly settings: Settings;
    readonly outputs: Outputs;
    readonly containerPort: number;
    readonly vpcId: string;
    readonly group: string | undefined;
  },
): Promise<void> {
  const { settings, outputs, containerPort, vpcId, group } = context;
  const { loadBalancer } = settings;
  if (loadBalancer === false) return;
  const arn = String(outputs["load_balancer_arn"]);
  const { LoadBalancers: [balancer] = [] } = await clients.elb.send(
    new elb.DescribeLoadBalancersCommand({ LoadBalancerArns: [arn] }),
  );
  const isInternal = loadBalancer.scheme === "internal";
  verify(
    "load balancer",
    [balancer?.State?.Code, balancer?.Scheme, balancer?.Type],
    ["active", loadBalancer.scheme ?? "internet-facing", "application"],
  );
  verify("DNS name of the load balancer", balancer?.DNSName, outputs["load_balancer_dns_name"]);
  verify("security group of the load balancer", balancer?.SecurityGroups, [group]);
  verify(
    "subnets of the load balancer",
    sorted((balancer?.AvailabilityZones ?? []).map((zone) => zone.SubnetId)),
    sorted(list(outputs[isInternal ? "private_subnet_ids" : "public_subnet_ids"])),
  );
  const { Attributes = [] } = await clients.elb.send(
    new elb.DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: arn }),
  );
  const attribute = (key: string): string | undefined =>
    Attributes.find((candidate) => candidate.Key === key)?.Value;
  verify(
    "invalid headers are dropped",
    attribute("routing.http.drop_invalid_header_fields.enabled"),
    "true",
  );
  verify(
    "deletion protection",
    attribute("deletion_protection.enabled"),
    String(loadBalancer.deletionProtection ?? settings.production ?? false),
  );
  verify(
    "access logs",
    attribute("access_logs.s3.enabled"),
    String(loadBalancer.accessLogs !== undefined),
  );

  const { TargetGroups: [target] = [] } = await clients.elb.send(
    new elb.DescribeTargetGroupsCommand({ LoadBalancerArn: arn }),
  );
  const { healthCheck = {} } = loadBalancer;
  verify(
    "target group",
    [target?.TargetGroupArn, target?.TargetType, target?.Port, target?.VpcId],
    [outputs["target_group_arn"], "ip", containerPort, vpcId],
  );
  verify(
    "health check",
    [target?.HealthCheckPath, target?.Matcher?.HttpCode, target?.HealthCheckPort],
    [
      healthCheck.path ?? "/",
      healthCheck.matcher ?? "200",
      healthCheck.port === undefined ? "traffic-port" : String(healthCheck.port),
    ],
  );

  const { Listeners = [] } = await clients.elb.send(
    new elb.DescribeListenersCommand({ LoadBalancerArn: arn }),
  );
  const { certificateArn } = loadBalancer;
  const mainListener = Listeners.find(
    (listener) => listener.ListenerArn === outputs["listener_arn"],
  );
  verify(
    "listener",
    [
      mainListener?.Protocol,
      mainListener?.Port,
      mainListener?.DefaultActions?.[0]?.TargetGroupArn,
      mainListener?.Certificates?.[0]?.CertificateArn,
    ],
    [
      certificateArn === undefined ? "HTTP" : "HTTPS",
      loadBalancer.port ?? (certificateArn === undefined ? 80 : 443),
      outputs["target_group_arn"],
      certificateArn,
    ],
  );
  const redirect = Listeners.find((listener) => listener.Port === 80)?.DefaultActions?.[0]
    ?.RedirectConfig;
  if (certificateArn === undefined) verify("no other listener", Listeners.length, 1);
  else
    verify(
      "port 80 redirects to HTTPS",
      [redirect?.Protocol, redirect?.StatusCode, Listeners.length],
      ["HTTPS", "HTTP_301", 2],
    );
}
