import { OTHER_VPC, UNKNOWN_VALUE, addition, failureCase, unknownCase } from "../case-edits.ts";
import { withConfiguredAttribute } from "../../../support/plan-edits.ts";
import type { Cases, DerivedCase, DerivedCases } from "../case-types.ts";

export const targetGroupConfigCases: Cases = {
  "a target group of instances": failureCase("ALB-01", [
    'target_type = "ip"',
    'target_type = "instance"',
  ]),
  "a target group without a listener": failureCase("ALB-02", [
    'type             = "forward"\n    target_group_arn = aws_lb_target_group.app.arn',
    'type = "fixed-response"\n    fixed_response {\n      content_type = "text/plain"\n    }',
  ]),
  "a target group of another VPC": failureCase(
    "ALB-04",
    [
      'name        = "app"\n  vpc_id      = aws_vpc.main.id',
      'name        = "app"\n  vpc_id      = aws_vpc.other.id',
    ],
    addition(OTHER_VPC),
  ),
  "a target group that is not known": unknownCase(
    ["target-group-config"],
    [
      "target_group_arn = aws_lb_target_group.app.arn\n    container_name",
      `target_group_arn = ${UNKNOWN_VALUE}\n    container_name`,
    ],
  ),
};

const withSettings = (
  attribute: string,
  value: unknown,
  outcome: Partial<DerivedCase>,
): DerivedCase => ({
  base: "as it is",
  change: withConfiguredAttribute("aws_lb_target_group.app", attribute, value),
  ...outcome,
});

const FAILS = { failedChecks: ["target-group-config"] };
const PASSES = { passedChecks: ["target-group-config"] };

export const targetGroupConfigDerivedCases: DerivedCases = {
  "a target group for TCP behind a listener for HTTPS": withSettings("protocol", "TCP", FAILS),
  "a target group of instances for tasks on instances": {
    ...withSettings("target_type", "instance", PASSES),
    change: (plan) =>
      withConfiguredAttribute(
        "aws_ecs_task_definition.app",
        "network_mode",
        "bridge",
      )(
        withConfiguredAttribute(
          "aws_ecs_service.app",
          "launch_type",
          "EC2",
        )(withConfiguredAttribute("aws_lb_target_group.app", "target_type", "instance")(plan)),
      ),
  },
  "a target group for gRPC behind a listener for HTTPS": withSettings(
    "protocol_version",
    "GRPC",
    PASSES,
  ),
  "a target group for gRPC behind a listener for HTTP": {
    ...withSettings("protocol_version", "GRPC", FAILS),
    change: (plan) =>
      withConfiguredAttribute(
        "aws_lb_listener.https",
        "protocol",
        "HTTP",
      )(withConfiguredAttribute("aws_lb_target_group.app", "protocol_version", "GRPC")(plan)),
  },
  "a health check whose timeout is its interval": withSettings(
    "health_check",
    [{ enabled: true, interval: 10, timeout: 10, port: "traffic-port" }],
    FAILS,
  ),
  "a health check that expects a code of the class 5xx": withSettings(
    "health_check",
    [{ enabled: true, matcher: "200,500", port: "traffic-port" }],
    FAILS,
  ),
  "a health check that expects a range of codes": withSettings(
    "health_check",
    [{ enabled: true, matcher: "200-299,404", port: "traffic-port" }],
    PASSES,
  ),
  "a health check for gRPC that expects HTTP codes": {
    ...withSettings("protocol_version", "GRPC", FAILS),
    change: (plan) =>
      withConfiguredAttribute("aws_lb_target_group.app", "health_check", [
        { enabled: true, matcher: "200", port: "traffic-port" },
      ])(withConfiguredAttribute("aws_lb_target_group.app", "protocol_version", "GRPC")(plan)),
  },
  "a health check whose timeout is shorter than its interval": withSettings(
    "health_check",
    [{ enabled: true, interval: 10, timeout: 9, port: "traffic-port" }],
    PASSES,
  ),
};
