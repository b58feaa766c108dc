import type { Service } from "../../core/service.ts";
import { policyOperations } from "./policies.ts";
import { scheduledActionOperations } from "./scheduled-actions.ts";
import { targetOperations } from "./targets.ts";

export const service: Service = {
  name: "application-autoscaling",
  operations: { ...targetOperations, ...policyOperations, ...scheduledActionOperations },
};
