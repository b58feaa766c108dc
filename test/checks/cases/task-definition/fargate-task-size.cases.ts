import { failureCase, inTaskDefinition } from "../case-edits.ts";
import { withAttribute, withContainer } from "../../../support/plan-edits.ts";
import type { Cases, DerivedCases } from "../case-types.ts";

export const fargateTaskSizeCases: Cases = {
  "a size that is none": failureCase(
    "TD-01",
    ["memory                   = 1024", "memory                   = 512"],
    ["cpu                      = 512", "cpu                      = 512"],
  ),
  "no size": failureCase("TD-02", ["  cpu                      = 512\n", ""]),
  "a container larger than its task": failureCase("TD-05", [
    "memory       = 512",
    "memory       = 4096",
  ]),
  "more disk than there is": failureCase(
    "TD-18",
    inTaskDefinition(
      'ephemeral_storage {\n    size_in_gib = 200\n  }\n  runtime_platform {\n    operating_system_family = "WINDOWS_SERVER_2022_CORE"\n    cpu_architecture        = "ARM64"\n  }',
    ),
  ),
};

const TASK_DEFINITION = "aws_ecs_task_definition.app";
const COMPANION =
  "terraform_data.berth_companion_aws_ecs_task_definition_app_container_definitions";

export const fargateTaskSizeDerivedCases: DerivedCases = {
  "a container larger than its task, which has no cpu": {
    base: "as it is",
    change: (plan) =>
      withAttribute(
        TASK_DEFINITION,
        "cpu",
        null,
      )(
        withAttribute(TASK_DEFINITION, "requires_compatibilities", ["EC2"])(
          withContainer(COMPANION, 0, { memory: 4096 })(plan),
        ),
      ),
    failures: ["TD-05"],
  },
  "a size that is an empty text, which Terraform does not send": {
    base: "as it is",
    change: withAttribute(TASK_DEFINITION, "cpu", ""),
    failures: ["TD-02"],
  },
  "a task on EC2 whose sizes are empty texts": {
    base: "as it is",
    change: (plan) =>
      ["cpu", "memory"].reduce(
        (changed, attribute) => withAttribute(TASK_DEFINITION, attribute, "")(changed),
        withAttribute(TASK_DEFINITION, "requires_compatibilities", ["EC2"])(
          withContainer(COMPANION, 0, { memoryReservation: 256 })(plan),
        ),
      ),
    passedChecks: ["container-rules"],
  },
};
