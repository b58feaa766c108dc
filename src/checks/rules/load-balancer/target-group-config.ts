import { healthCheckCodes, invalidHealthCheckCode } from "../../../aws/index.ts";
import { awsErrorOf } from "../../../failures/index.ts";
import { type Resource, formatValue, isUnknown } from "../../../plan/index.ts";
import {
  type PlanNetwork,
  sendersTo,
  VPC_TYPES,
  targetKey,
  type Workload,
} from "../../../topology/index.ts";
import {
  type Check,
  type CheckOutcome,
  fail,
  pass,
  unknownOutcome,
  unknownValueAt,
} from "../../engine/check.ts";
import { forwardingRules } from "../../shared/load-balancer-traffic.ts";

export const targetGroupConfigCheck: Check = {
  id: "target-group-config",
  question: "traffic",
  title:
    "Target groups of services use IP addresses, the VPC of the tasks, a listener and valid settings",
  severity: "error",
  ids: ["ALB-01", "ALB-02", "ALB-04"],
  explanation:
    "A task with the network mode awsvpc is a target with its IP address. ECS rejects a target group that no listener or rule uses, or that is in another VPC. Elastic Load Balancing rejects the protocol versions HTTP2 and GRPC with a listener for HTTP, a health check whose timeout is not shorter than its interval, and a matcher with other codes than 200 to 499, or 0 to 99 for gRPC.",
  sources: [
    "Amazon ECS Developer Guide, “Use an Application Load Balancer for Amazon ECS”",
    "Elastic Load Balancing, “Target groups for your Application Load Balancers”",
    "Elastic Load Balancing API Reference, Matcher",
  ],
  *run({ network, plan }) {
    for (const workload of network.workloads) {
      for (const { targetGroups: groups, externalIds, unknown } of workload.bindings) {
        for (const unknownValue of unknown)
          yield unknownOutcome(workload.name, unknownValue, "ALB-02");
        for (const arn of externalIds)
          yield unknownOutcome(workload.name, `this plan does not contain ${arn}`, "ALB-02");
        for (const group of groups) {
          const { address } = group;
          yield targetTypeOutcome(workload, group);
          yield* settingOutcomes(network, group);
          const vpc = targetKey(group.referencesTo(VPC_TYPES, "vpc_id"));
          const taskVpc = workload.subnets.items[0]?.vpc;
          if (vpc !== undefined && taskVpc !== undefined && vpc !== taskVpc)
            yield fail(address, "ALB-04", `it is in ${vpc}, but the tasks are in ${taskVpc}`);
          else if (vpc === undefined) yield unknownOutcome(address, "its VPC is unknown", "ALB-04");
          if (
            sendersTo(network.loadBalancers, group).length > 0 ||
            forwardingRules(plan, group).length > 0
          ) {
            yield pass(address);
            continue;
          }
          const unknownValue = [
            ...plan.resourcesOfType(
              "aws_lb_listener",
              "aws_alb_listener",
              "aws_lb_listener_rule",
              "aws_alb_listener_rule",
            ),
          ].find((listenerOrRule) => hasUnknownTarget(listenerOrRule));
          yield unknownValue
            ? unknownOutcome(
                address,
                `the target group of ${unknownValue.address} is unknown`,
                "ALB-02",
              )
            : fail(address, "ALB-02", "no listener and no listener rule uses it", {
                awsError: awsErrorOf("target-group-without-listener", { "target-group": address }),
              });
        }
      }
    }
  },
};

/** Tasks in the network mode awsvpc are targets with their IP address, and all other tasks with that of their instance. */
function targetTypeOutcome({ compute, definition }: Workload, group: Resource): CheckOutcome {
  const { address } = group;
  const type = group.value("target_type") ?? "instance";
  const mode =
    compute === "fargate"
      ? "awsvpc"
      : definition === undefined || isUnknown(definition)
        ? definition
        : definition.resource && (definition.resource.text("network_mode") ?? "bridge");
  if (isUnknown(type)) return unknownOutcome(address, type, "ALB-01");
  if (isUnknown(mode) || mode === undefined)
    return unknownOutcome(address, mode ?? "the task definition is unknown", "ALB-01");
  if (type === (mode === "awsvpc" ? "ip" : "instance")) return pass(address);
  return fail(
    address,
    "ALB-01",
    `its target_type is ${formatValue(type)}, but the tasks use ${mode}`,
    mode === "awsvpc"
      ? {
          awsError: awsErrorOf("target-type", {
            "target-group": address,
            type: formatValue(type),
          }),
        }
      : { fix: 'Set target_type = "instance"' },
  );
}

/** The protocols of target groups by the protocol of the listener. Source: Elastic Load Balancing, the pages about listeners. */
const TARGET_PROTOCOLS: Readonly<Record<string, readonly string[]>> = {
  HTTP: ["HTTP", "HTTPS"],
  HTTPS: ["HTTP", "HTTPS"],
  TCP: ["TCP", "TCP_UDP"],
  TLS: ["TCP", "TLS"],
  UDP: ["UDP", "TCP_UDP"],
  TCP_UDP: ["TCP_UDP"],
};

/** Settings that Elastic Load Balancing rejects together. */
function* settingOutcomes(network: PlanNetwork, group: Resource): Iterable<CheckOutcome> {
  const { address } = group;
  const targetProtocol = group.value("protocol");
  for (const { listener } of sendersTo(network.loadBalancers, group)) {
    const accepted = isUnknown(listener.protocol) ? undefined : TARGET_PROTOCOLS[listener.protocol];
    if (typeof targetProtocol !== "string" || accepted?.includes(targetProtocol) !== false)
      continue;
    if (!listener.actions.some((action) => action.certainTargets.has(group)))
      yield unknownOutcome(address, `whether ${listener.resource.address} sends requests to it`);
    else
      yield {
        answer: "fail",
        address,
        message: `its protocol is ${targetProtocol}, but the protocol of ${listener.resource.address} is ${String(listener.protocol)}`,
        fix: `Use the protocol ${accepted.join(" or ")} for the target group`,
      };
  }
  const version = group.value("protocol_version");
  if (version === "HTTP2" || version === "GRPC")
    for (const { listener } of sendersTo(network.loadBalancers, group))
      if (listener.protocol === "HTTP")
        yield {
          answer: "fail",
          address,
          message: `its protocol version is ${version}, but the protocol of ${listener.resource.address} is HTTP`,
          fix: "Use a listener with the protocol HTTPS, or the protocol version HTTP1",
        };
  const protocol = group.value("protocol");
  if (protocol !== "HTTP" && protocol !== "HTTPS") return;
  const unknownVersion = unknownValueAt(group, "protocol_version");
  if (unknownVersion) yield unknownOutcome(address, unknownVersion);
  const matcher = group.text("health_check", 0, "matcher");
  const kind = version === "GRPC" ? "GRPC" : "HTTP";
  // Terraform does not send an empty text.
  const code =
    typeof matcher === "string" && matcher !== "" && !unknownVersion
      ? invalidHealthCheckCode(kind, matcher)
      : undefined;
  if (code !== undefined)
    yield {
      answer: "fail",
      address,
      message: `its health check expects the ${kind} code ${code}`,
      fix: `Set matcher to codes from ${healthCheckCodes[kind].join(" to ")}`,
    };
  const timeout = group.number("health_check", 0, "timeout");
  const interval = group.number("health_check", 0, "interval");
  if (typeof timeout === "number" && typeof interval === "number" && timeout >= interval)
    yield {
      answer: "fail",
      address,
      message: `the timeout of its health check is ${timeout} s, but its interval is ${interval} s`,
      fix: "Set a timeout that is shorter than the interval",
    };
}

/** True if the target group of a listener or a listener rule is unknown. */
const hasUnknownTarget = (listener: Resource): boolean => {
  const attribute = listener.type.endsWith("rule") ? "action" : "default_action";
  if (isUnknown(listener.value(attribute))) return true;
  return (
    listener.referencesTo(
      ["aws_lb_target_group", "aws_alb_target_group"],
      attribute,
      0,
      "target_group_arn",
    ).unknown.length > 0
  );
};
