import { OTHER_VPC, UNKNOWN_VALUE, addition, failureCase, unknownCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

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
