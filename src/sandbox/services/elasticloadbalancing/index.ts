import type { Service } from "../../core/operation.ts";
import { certificateOperations } from "./certificates.ts";
import { listenerOperations } from "./listeners.ts";
import { loadBalancerOperations } from "./load-balancers.ts";
import { ruleOperations } from "./rules.ts";
import { targetGroupOperations } from "./target-groups.ts";
import { targetOperations } from "./targets.ts";

export const service: Service = {
  name: "elasticloadbalancing",
  operations: {
    ...certificateOperations,
    ...listenerOperations,
    ...loadBalancerOperations,
    ...ruleOperations,
    ...targetGroupOperations,
    ...targetOperations,
  },
  waiterOperations: ["DescribeTargetHealth"],
};
