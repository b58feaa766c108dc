import { failureCase } from "../case-edits.ts";
import { withContainer } from "../../../support/plan-edits.ts";
import type { Cases, DerivedCases } from "../case-types.ts";

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

export const serviceTargetContainerDerivedCases: DerivedCases = {
  "the port of the load balancer for TCP and UDP": {
    base: "as it is",
    change: withContainer(
      "terraform_data.berth_companion_aws_ecs_task_definition_app_container_definitions",
      0,
      {
        portMappings: [
          { name: "http", containerPort: 8080, protocol: "tcp" },
          { name: "quic", containerPort: 8080, protocol: "udp" },
        ],
      },
    ),
    failures: ["ALB-03"],
  },
};
