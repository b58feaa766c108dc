import { sendersTo } from "../../../topology/load-balancers.ts";
import { keyOf, VPCS } from "../../../topology/subnets.ts";
import { formatValue, isUnknown, type Resource } from "../../../plan/plan-model.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";

export const targetGroupConfigCheck: Check = {
  id: "target-group-config",
  question: "traffic",
  title:
    "target groups of services take IP addresses, are in the tasks' VPC, and are used by a listener",
  severity: "error",
  ids: ["ALB-01", "ALB-02", "ALB-04"],
  explanation:
    "Tasks with awsvpc are targets by IP address; ECS refuses a target group that no listener or rule uses, or that is of another VPC.",
  sources: ["Amazon ECS Developer Guide, “Use an Application Load Balancer for Amazon ECS”"],
  *run({ network, plan }) {
    for (const placement of network.workloads) {
      for (const { groups, externalIds, unknown } of placement.bindings) {
        for (const lost of unknown) yield unknownOutcome(placement.name, lost, "ALB-02");
        for (const arn of externalIds)
          yield unknownOutcome(placement.name, `${arn} is not in this plan`, "ALB-02");
        for (const group of groups) {
          const { address } = group;
          const type = group.value("target_type") ?? "instance";
          if (isUnknown(type)) yield unknownOutcome(address, type, "ALB-01");
          else if (type !== "ip")
            yield fail(
              address,
              "ALB-01",
              `its target_type is ${formatValue(type)}, and the tasks use awsvpc`,
              {
                error: `InvalidParameterException: The provided target group ${address} has target type ${formatValue(type)}, which is incompatible with the awsvpc network mode specified in the task definition.`,
              },
            );
          else yield pass(address);
          const vpc = keyOf(group.referencesTo(VPCS, "vpc_id"));
          const home = placement.subnets.items[0]?.vpc;
          if (vpc !== undefined && home !== undefined && vpc !== home)
            yield fail(address, "ALB-04", `it is in ${vpc}, and the tasks are in ${home}`, {
              error:
                "InvalidParameterException: the target group and the tasks are in different VPCs",
            });
          else if (vpc === undefined)
            yield unknownOutcome(address, "its VPC is not known", "ALB-04");
          if (sendersTo(network.loadBalancers, group).length > 0) {
            yield pass(address);
            continue;
          }
          const lost = [
            ...plan.resourcesOfType(
              "aws_lb_listener",
              "aws_alb_listener",
              "aws_lb_listener_rule",
              "aws_alb_listener_rule",
            ),
          ].find((listenerOrRule) => isListenerUnknown(listenerOrRule));
          yield lost
            ? unknownOutcome(address, `what ${lost.address} sends to is not known`, "ALB-02")
            : fail(address, "ALB-02", "no listener and no rule sends to it", {
                error: `InvalidParameterException: The target group with targetGroupArn ${address} does not have an associated load balancer.`,
              });
        }
      }
    }
  },
};

const isListenerUnknown = (entry: Resource): boolean => {
  const attribute = entry.type.endsWith("rule") ? "action" : "default_action";
  if (isUnknown(entry.value(attribute))) return true;
  return (
    entry.referencesTo(
      ["aws_lb_target_group", "aws_alb_target_group"],
      attribute,
      0,
      "target_group_arn",
    ).unknown.length > 0
  );
};
