import { failureCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const serviceTargetContainerCases: Cases = {
  "another container's name": failureCase("ALB-03", [
    'container_name   = "app"',
    'container_name   = "web"',
  ]),
  "a grace period without a load balancer": failureCase("ALB-22", [
    '  load_balancer {\n    target_group_arn = aws_lb_target_group.app.arn\n    container_name   = "app"\n    container_port   = 8080\n  }\n',
    "",
  ]),
};
