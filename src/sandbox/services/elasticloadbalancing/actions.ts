import type * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError } from "../../protocol/errors.ts";
import type { Context } from "../../service.ts";
import {
  loadBalancersOf,
  needLoadBalancer,
  needTargetGroup,
  targetGroups,
  targetsOf,
} from "./rows.ts";

/** An action as ELB stores it: a forward has both its short and its long form. */
export function settledActions(
  context: Context,
  loadBalancerArn: string,
  actions: readonly elb.Action[],
): elb.Action[] {
  return actions.map((action, index) => {
    const targets = targetsOf(action);
    switch (action.Type) {
      case "forward": {
        if (targets.length === 0)
          throw new AwsError("ValidationError", "A target group ARN must be specified");
        const { vpcId } = needLoadBalancer(context, loadBalancerArn);
        for (const arn of targets) {
          const others = loadBalancersOf(context, arn).filter((one) => one !== loadBalancerArn);
          if (others.length > 0) {
            throw new AwsError(
              "TargetGroupAssociationLimit",
              `The following target groups cannot be associated with more than one load balancer: ${arn}`,
            );
          }
          const used = context
            .in(targetGroups)
            .filter((one) => loadBalancersOf(context, one.arn).includes(loadBalancerArn))
            .map((one) => one.arn);
          if (
            !used.includes(arn) &&
            used.length >= context.laws.quotas.targetGroupsPerLoadBalancer
          ) {
            throw new AwsError(
              "TooManyUniqueTargetGroupsPerLoadBalancer",
              `The maximum number of unique target groups on load balancer '${loadBalancerArn}' has been reached`,
            );
          }
          if (needTargetGroup(context, arn).vpcId !== vpcId) {
            throw new AwsError(
              "ValidationError",
              `The target group '${arn}' and the load balancer are in different VPCs`,
            );
          }
        }
        const config = action.ForwardConfig ?? {
          TargetGroups: targets.map((arn) => ({ TargetGroupArn: arn, Weight: 1 })),
        };
        return {
          ...action,
          Order: action.Order ?? index + 1,
          ...(targets.length === 1 ? { TargetGroupArn: targets[0] } : {}),
          ForwardConfig: {
            ...config,
            TargetGroupStickinessConfig: config.TargetGroupStickinessConfig ?? { Enabled: false },
          },
        };
      }
      case "redirect":
        return {
          ...action,
          Order: action.Order ?? index + 1,
          RedirectConfig: {
            Protocol: "#{protocol}",
            Port: "#{port}",
            Host: "#{host}",
            Path: "/#{path}",
            Query: "#{query}",
            ...action.RedirectConfig,
            StatusCode: action.RedirectConfig?.StatusCode,
          },
        };
      case "fixed-response":
        return { ...action, Order: action.Order ?? index + 1 };
      default:
        throw new AwsError(
          "NotImplemented",
          `Berth's sandbox does not implement listener actions of type ${action.Type}`,
          501,
        );
    }
  });
}
