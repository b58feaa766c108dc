import { arnsFrom, text } from "../../authorization/request-members.ts";
import type { Input, ServicePermissions, ServiceResources } from "../../core/service.ts";
import { accessDenied } from "../../protocol/errors.ts";
import { elbTags } from "./tables.ts";

/** Source: Service Authorization Reference, "AWS Elastic Load Balancing V2". */
export const elbPermissions: ServicePermissions = {
  resources: (context, operation, input) => {
    if (operation.startsWith("Describe")) return [];
    const arns = ["LoadBalancerArn", "ListenerArn", "TargetGroupArn", "RuleArn"].flatMap((key) =>
      arnsFrom(input[key], String),
    );
    const list = input["ResourceArns"];
    const priorities = input["RulePriorities"];
    if (Array.isArray(priorities))
      return (priorities as readonly Input[]).flatMap(({ RuleArn }) => arnsFrom(RuleArn, String)); // a list of structures by its model
    const name = text(input["Name"]);
    if (operation === "CreateLoadBalancer")
      return [context.arn("elasticloadbalancing", `loadbalancer/app/${name}/*`)];
    if (operation === "CreateTargetGroup")
      return [context.arn("elasticloadbalancing", `targetgroup/${name}/*`)];
    return [...arns, ...(Array.isArray(list) ? list.map(String) : [])];
  },
  tagAction: () => "elasticloadbalancing:AddTags",
  hasCreateAction: true,
  denied: accessDenied,
};

export const elbResources: ServiceResources = {
  tags: (context, arn) => context.in(elbTags).get(arn),
};
