import type { Service } from "../../core/service.ts";
import { policyOperations } from "./policies.ts";
import { scheduledActionOperations } from "./scheduled-actions.ts";
import { targetOperations } from "./targets.ts";
import { scalingTagRules } from "./tag-rules.ts";

export const service: Service = {
  name: "application-autoscaling",
  tagRules: scalingTagRules,
  operations: { ...targetOperations, ...policyOperations, ...scheduledActionOperations },
};
