import type { DerivedCases } from "../case-types.ts";
import { withContainer } from "../../../support/plan-edits.ts";

export const unreadAttributesDerivedCases: DerivedCases = {
  "a container with a range of ports": {
    base: "as it is",
    change: withContainer("terraform_data.berth_companion_aws_ecs_task_definition_app_container_definitions", 1, {
      portMappings: [{ containerPortRange: "9000-9010" }],
    }),
    unknownChecks: ["unread-attributes"],
  },
};
