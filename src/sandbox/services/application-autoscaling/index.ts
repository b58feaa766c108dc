import type { Service } from "../../core/service.ts";
import { policyOperations } from "./policies.ts";
import { runPolicies } from "./scaling.ts";
import { runScheduledActions, scheduledActionOperations } from "./scheduled-actions.ts";
import { scalableTargets } from "./tables.ts";
import { targetOperations } from "./targets.ts";
import { scalingTagRules } from "./tag-rules.ts";

export const service: Service = {
  name: "application-autoscaling",
  tagRules: scalingTagRules,
  backgroundWork: {
    tables: [scalableTargets],
    // Alarms invoke scaling policies.
    after: ["monitoring"],
    run: (context) => {
      runScheduledActions(context);
      runPolicies(context);
    },
  },
  operations: { ...targetOperations, ...policyOperations, ...scheduledActionOperations },
};
