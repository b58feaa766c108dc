import type { Service } from "../../service.ts";
import { listenerOperations } from "./listeners.ts";
import { loadBalancerOperations } from "./load-balancers.ts";
import { targetGroupOperations } from "./target-groups.ts";

export const service: Service = {
  name: "elasticloadbalancing",
  operations: { ...listenerOperations, ...loadBalancerOperations, ...targetGroupOperations },
};
