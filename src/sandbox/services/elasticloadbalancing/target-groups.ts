import { isDeepStrictEqual } from "node:util";
import type * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import { healthCheckCodes, invalidHealthCheckCode, nameProblem } from "../../../aws/index.ts";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { tagMap } from "../../core/tags.ts";
import { vpcs } from "../ec2/tables.ts";
import {
  attributeList,
  changedAttributes,
  elbTags,
  loadBalancersOf,
  requireLoadBalancer,
  requireTargetGroup,
  type TargetGroup,
  targetGroups,
} from "./tables.ts";
import { checkTargetGroupAttributes } from "./attribute-values.ts";
import { deleteTargets } from "./targets.ts";

/** Source: Elastic Load Balancing API Reference, TargetGroupAttribute. */
const DEFAULTS: Readonly<Record<string, string>> = {
  "deregistration_delay.timeout_seconds": "300",
  "load_balancing.algorithm.anomaly_mitigation": "off",
  "load_balancing.algorithm.type": "round_robin",
  "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
  "slow_start.duration_seconds": "0",
  "stickiness.app_cookie.cookie_name": "",
  "stickiness.app_cookie.duration_seconds": "86400",
  "stickiness.enabled": "false",
  "stickiness.lb_cookie.duration_seconds": "86400",
  "stickiness.type": "lb_cookie",
  "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
  "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
  "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
  "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
};

/** The protocol version whose health checks expect gRPC codes. */
const GRPC = "GRPC";

function describe(context: Context, row: TargetGroup): elb.TargetGroup {
  const { healthCheck: health } = row;
  return {
    TargetGroupArn: row.arn,
    TargetGroupName: row.name,
    Protocol: row.protocol as elb.ProtocolEnum, // checked by the protocol
    ProtocolVersion: row.protocolVersion,
    Port: row.port,
    VpcId: row.vpcId,
    TargetType: row.targetType,
    IpAddressType: row.ipAddressType as elb.TargetGroupIpAddressTypeEnum, // as above
    LoadBalancerArns: loadBalancersOf(context, row.arn),
    HealthCheckEnabled: health.enabled,
    HealthCheckProtocol: health.protocol as elb.ProtocolEnum, // as above
    HealthCheckPort: health.port,
    HealthCheckPath: health.path,
    HealthCheckIntervalSeconds: health.intervalSeconds,
    HealthCheckTimeoutSeconds: health.timeoutSeconds,
    HealthyThresholdCount: health.healthy,
    UnhealthyThresholdCount: health.unhealthy,
    Matcher:
      row.protocolVersion === GRPC ? { GrpcCode: health.matcher } : { HttpCode: health.matcher },
  };
}

type HealthInput = Pick<
  elb.CreateTargetGroupInput,
  | "HealthCheckEnabled"
  | "HealthCheckProtocol"
  | "HealthCheckPort"
  | "HealthCheckPath"
  | "HealthCheckIntervalSeconds"
  | "HealthCheckTimeoutSeconds"
  | "HealthyThresholdCount"
  | "UnhealthyThresholdCount"
  | "Matcher"
>;

/** Source of the text for no codes: hashicorp/terraform#16690. No public source of the text for invalid codes is known. */
function checkMatcher(version: string, { GrpcCode, HttpCode }: elb.Matcher): void {
  const [kind, codes, others] =
    version === GRPC
      ? (["GRPC", GrpcCode, HttpCode] as const)
      : (["HTTP", HttpCode, GrpcCode] as const);
  if (others !== undefined || !codes)
    throw new AwsError("ValidationError", `Health check matcher ${kind} code cannot be empty`);
  const invalid = invalidHealthCheckCode(kind, codes);
  if (invalid !== undefined)
    throw new AwsError(
      "ValidationError",
      `Health check matcher ${kind} code '${invalid}' must be within '${healthCheckCodes[kind].join("-")}' inclusive`,
    );
}

const isPort = (text: string): boolean => /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535;

function healthFrom(
  version: string,
  before: TargetGroup["healthCheck"],
  input: HealthInput,
): TargetGroup["healthCheck"] {
  if (input.Matcher) checkMatcher(version, input.Matcher);
  const after = {
    enabled: input.HealthCheckEnabled ?? before.enabled,
    protocol: input.HealthCheckProtocol ?? before.protocol,
    port: input.HealthCheckPort ?? before.port,
    path: input.HealthCheckPath ?? before.path,
    matcher: input.Matcher?.GrpcCode ?? input.Matcher?.HttpCode ?? before.matcher,
    intervalSeconds: input.HealthCheckIntervalSeconds ?? before.intervalSeconds,
    timeoutSeconds: input.HealthCheckTimeoutSeconds ?? before.timeoutSeconds,
    healthy: input.HealthyThresholdCount ?? before.healthy,
    unhealthy: input.UnhealthyThresholdCount ?? before.unhealthy,
  };
  // Source of the text: terraform-linters/tflint-ruleset-aws#404.
  if (after.timeoutSeconds >= after.intervalSeconds)
    throw new AwsError(
      "ValidationError",
      "Health check interval must be greater than the timeout.",
    );
  // Source: Elastic Load Balancing API Reference, TargetGroup. No public source of the text is known.
  if (after.port !== "traffic-port" && !isPort(after.port))
    throw new AwsError(
      "ValidationError",
      `Health check port '${after.port}' must be 'traffic-port' or a port from 1 to 65535`,
    );
  if (!after.path.startsWith("/")) {
    throw new AwsError(
      "ValidationError",
      `Health check path '${after.path}' must begin with a '/' character`,
    );
  }
  return after;
}

const HEALTH: TargetGroup["healthCheck"] = {
  enabled: true,
  protocol: "HTTP",
  port: "traffic-port",
  path: "/",
  matcher: "200",
  intervalSeconds: 30,
  timeoutSeconds: 5,
  healthy: 5,
  unhealthy: 2,
};

/** Source: Elastic Load Balancing API Reference, CreateTargetGroup, HealthCheckPath, and Matcher. */
const GRPC_HEALTH: TargetGroup["healthCheck"] = {
  ...HEALTH,
  path: "/AWS.ALB/healthcheck",
  matcher: "12",
};

const VERSIONS: readonly string[] = [GRPC, "HTTP1", "HTTP2"];

export const targetGroupOperations: Operations = {
  CreateTargetGroup: operation<elb.CreateTargetGroupInput, elb.CreateTargetGroupOutput>()(
    [
      "Name",
      "Protocol",
      "ProtocolVersion",
      "Port",
      "VpcId",
      "TargetType",
      "IpAddressType",
      "Tags",
      "HealthCheckEnabled",
      "HealthCheckProtocol",
      "HealthCheckPort",
      "HealthCheckPath",
      "HealthCheckIntervalSeconds",
      "HealthCheckTimeoutSeconds",
      "HealthyThresholdCount",
      "UnhealthyThresholdCount",
      "Matcher",
    ],
    (context, input) => {
      const problem = nameProblem("targetGroup", input.Name);
      if (problem !== undefined)
        throw new AwsError("ValidationError", `The target group name ${problem}`);
      const type = input.TargetType ?? "instance";
      if (type !== "ip" && type !== "instance") {
        throw notImplemented(`target groups of type ${type}`);
      }
      if (input.IpAddressType === "ipv6") throw notImplemented("target groups for IPv6");
      if (input.Protocol !== "HTTP" && input.Protocol !== "HTTPS") {
        throw notImplemented(`target groups of protocol ${input.Protocol}`);
      }
      // Source: Elastic Load Balancing API Reference, CreateTargetGroup. No public source of the text is known.
      if (input.ProtocolVersion && !VERSIONS.includes(input.ProtocolVersion))
        throw new AwsError(
          "ValidationError",
          `The protocol version '${input.ProtocolVersion}' must be one of ${VERSIONS.join(", ")}`,
        );
      if (input.Port === undefined)
        throw new AwsError("ValidationError", "A port must be specified");
      if (input.VpcId === undefined)
        throw new AwsError("ValidationError", "A VPC must be specified");
      if (!context.in(vpcs).has(input.VpcId))
        throw new AwsError("ValidationError", `The VPC ID '${input.VpcId}' is not found`);
      // Terraform sends an empty value for the default.
      const protocolVersion = input.ProtocolVersion || "HTTP1";
      const settings: Omit<TargetGroup, "arn" | "attributes"> = {
        name: input.Name,
        protocol: input.Protocol,
        protocolVersion,
        port: input.Port,
        vpcId: input.VpcId,
        targetType: type,
        ipAddressType: input.IpAddressType ?? "ipv4",
        healthCheck: healthFrom(
          protocolVersion,
          protocolVersion === GRPC ? GRPC_HEALTH : HEALTH,
          input,
        ),
      };
      // A request with the settings of the target group succeeds, and creates nothing. Source: Elastic Load Balancing API
      // Reference, CreateTargetGroup: "This operation is idempotent".
      const existing = context.in(targetGroups).find((row) => row.name === input.Name);
      if (existing) {
        if (isDeepStrictEqual({ ...existing, ...settings }, existing))
          return { TargetGroups: [describe(context, existing)] };
        throw new AwsError(
          "DuplicateTargetGroupName",
          `A target group with the same name '${input.Name}' exists, but with different settings`,
        );
      }
      if (context.in(targetGroups).all().length >= context.settings.quotas.targetGroups)
        throw new AwsError(
          "TooManyTargetGroups",
          "The maximum number of target groups has been reached",
        );
      const row: TargetGroup = {
        ...settings,
        arn: context.arn("elasticloadbalancing", `targetgroup/${input.Name}/${context.hex(16)}`),
        attributes: DEFAULTS,
      };
      context.in(targetGroups).put(row.arn, row);
      context.in(elbTags).put(row.arn, tagMap(input.Tags));
      return { TargetGroups: [describe(context, row)] };
    },
  ),

  DescribeTargetGroups: operation<elb.DescribeTargetGroupsInput, elb.DescribeTargetGroupsOutput>()(
    ["TargetGroupArns", "Names", "LoadBalancerArn", "Marker", "PageSize"],
    (context, input) => {
      const named = input.Names?.map((name) => {
        const row = context.in(targetGroups).find((targetGroup) => targetGroup.name === name);
        if (!row) throw new AwsError("TargetGroupNotFound", "One or more target groups not found");
        return row;
      });
      const balancer =
        input.LoadBalancerArn === undefined
          ? undefined
          : requireLoadBalancer(context, input.LoadBalancerArn);
      const rows = (
        named ??
        input.TargetGroupArns?.map((arn) => requireTargetGroup(context, arn)) ??
        context.in(targetGroups).all()
      ).filter((row) => !balancer || loadBalancersOf(context, row.arn).includes(balancer.arn));
      const { items, next } = page(rows, input.PageSize ?? 400, input.Marker);
      return {
        TargetGroups: items.map((row) => describe(context, row)),
        ...(next === undefined ? {} : { NextMarker: next }),
      };
    },
  ),

  ModifyTargetGroup: operation<elb.ModifyTargetGroupInput, elb.ModifyTargetGroupOutput>()(
    [
      "TargetGroupArn",
      "HealthCheckEnabled",
      "HealthCheckProtocol",
      "HealthCheckPort",
      "HealthCheckPath",
      "HealthCheckIntervalSeconds",
      "HealthCheckTimeoutSeconds",
      "HealthyThresholdCount",
      "UnhealthyThresholdCount",
      "Matcher",
    ],
    (context, input) => {
      const row = requireTargetGroup(context, input.TargetGroupArn);
      const changed = {
        ...row,
        healthCheck: healthFrom(row.protocolVersion, row.healthCheck, input),
      };
      context.in(targetGroups).put(row.arn, changed);
      return { TargetGroups: [describe(context, changed)] };
    },
  ),

  DeleteTargetGroup: operation<elb.DeleteTargetGroupInput, object>()(
    ["TargetGroupArn"],
    (context, input) => {
      const row = context.in(targetGroups).get(input.TargetGroupArn);
      if (!row) return {};
      if (loadBalancersOf(context, row.arn).length > 0) {
        throw new AwsError(
          "ResourceInUse",
          `Target group '${row.arn}' is currently in use by a listener or a rule`,
        );
      }
      deleteTargets(context, row.arn);
      context.in(targetGroups).delete(row.arn);
      context.in(elbTags).delete(row.arn);
      return {};
    },
  ),

  DescribeTargetGroupAttributes: operation<
    elb.DescribeTargetGroupAttributesInput,
    elb.DescribeTargetGroupAttributesOutput
  >()(["TargetGroupArn"], (context, input) => ({
    Attributes: attributeList(requireTargetGroup(context, input.TargetGroupArn).attributes),
  })),

  ModifyTargetGroupAttributes: operation<
    elb.ModifyTargetGroupAttributesInput,
    elb.ModifyTargetGroupAttributesOutput
  >()(["TargetGroupArn", "Attributes"], (context, input) => {
    const row = requireTargetGroup(context, input.TargetGroupArn);
    const attributes = changedAttributes(row.attributes, input.Attributes, "Target group");
    checkTargetGroupAttributes(attributes);
    context.in(targetGroups).put(row.arn, { ...row, attributes });
    return { Attributes: attributeList(attributes) };
  }),
};
