import type { Json } from "../../../../src/plan/plan-json.ts";
import { failureCase, inContainer } from "../case-edits.ts";
import {
  withAttribute,
  withConfiguredAttribute,
  withContainer,
  withResource,
} from "../../../support/plan-edits.ts";
import type { Cases, DerivedCase, DerivedCases } from "../case-types.ts";

export const fargateCompatibilityCases: Cases = {
  "the bridge": failureCase("TD-03", [
    'network_mode             = "awsvpc"',
    'network_mode             = "bridge"',
  ]),
  "another port of the host": failureCase("TD-04", ["hostPort = 8080", "hostPort = 80"]),
  "a privileged container": failureCase("TD-13", inContainer("privileged = true")),
  "a definition for EC2": failureCase(
    "TD-14",
    ['requires_compatibilities = ["FARGATE"]', 'requires_compatibilities = ["EC2"]'],
    ['network_mode             = "awsvpc"', 'network_mode             = "bridge"'],
  ),
};

const SERVICE = "aws_ecs_service.app";
const COMPANION =
  "terraform_data.berth_companion_aws_ecs_task_definition_app_container_definitions";

const fails = (change: DerivedCase["change"]): DerivedCase => ({
  base: "as it is",
  change,
  failures: ["TD-13"],
});

const passes = (change: DerivedCase["change"]): DerivedCase => ({
  base: "as it is",
  change,
  passedChecks: ["fargate-compatibility"],
});

const withCapability = (capability: string): DerivedCase["change"] =>
  withContainer(COMPANION, 0, { linuxParameters: { capabilities: { add: [capability] } } });

const inTarget = (settings: object): Json => ({ target: [{ ecs_parameters: [settings] }] });

/** Adds a schedule of EventBridge Scheduler that starts tasks of the task definition on Fargate. */
const withSchedule = (taskSettings: object): DerivedCase["change"] =>
  withResource("aws_scheduler_schedule.night", {
    values: inTarget({ launch_type: "FARGATE", ...taskSettings }),
    unknown: inTarget({ task_definition_arn: true }),
    expressions: inTarget({
      task_definition_arn: { references: ["aws_ecs_task_definition.app.arn"] },
    }),
  });

export const fargateCompatibilityDerivedCases: DerivedCases = {
  "a service with a placement strategy": fails(
    withAttribute(SERVICE, "ordered_placement_strategy", [{ type: "spread", field: "host" }]),
  ),
  "a service with placement constraints": fails(
    withAttribute(SERVICE, "placement_constraints", [{ type: "distinctInstance" }]),
  ),
  "a schedule of EventBridge Scheduler": passes(withSchedule({})),
  "a schedule of EventBridge Scheduler with a placement strategy": fails(
    withSchedule({ placement_strategy: [{ type: "spread", field: "host" }] }),
  ),
  "a schedule of EventBridge Scheduler with placement constraints": fails(
    withSchedule({ placement_constraints: [{ type: "distinctInstance" }] }),
  ),
  "a service with a role": fails(
    withConfiguredAttribute(SERVICE, "iam_role", "arn:aws:iam::111122223333:role/ecs"),
  ),
  "a service with the role that AWS sets": passes(
    withConfiguredAttribute(
      SERVICE,
      "iam_role",
      "/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
    ),
  ),
  "a container with a capability that Fargate does not support": fails(withCapability("NET_ADMIN")),
  "a container with the capability of debuggers": passes(withCapability("SYS_PTRACE")),
};
