import { UNKNOWN_VALUE, addition, failureCase, unknownCase } from "../case-edits.ts";
import { type Cases, type DerivedCases, type Edit, passingCase } from "../case-types.ts";

/** A network load balancer with security groups, whose target group has a value of preserve_client_ip. */
const networkLoadBalancer = (preserve: string): readonly Edit[] => [
  [
    'resource "aws_lb" "main" {\n',
    'resource "aws_lb" "main" {\n  load_balancer_type = "network"\n',
  ],
  [
    'protocol          = "HTTP"\n\n  default_action {\n    type = "redirect"\n    redirect {\n      port        = "443"\n      protocol    = "HTTPS"\n      status_code = "HTTP_301"\n    }\n  }',
    'protocol          = "TCP"\n\n  default_action {\n    type             = "forward"\n    target_group_arn = aws_lb_target_group.app.arn\n  }',
  ],
  [
    'protocol          = "HTTPS"\n  certificate_arn   = aws_acm_certificate_validation.main.certificate_arn\n',
    'protocol          = "TCP"\n',
  ],
  [
    '  protocol    = "HTTP"\n  target_type = "ip"\n',
    `  protocol    = "TCP"\n  target_type = "ip"\n  preserve_client_ip = ${preserve}\n`,
  ],
];

/** A rule of the tasks for addresses, instead of the security group of the load balancer. */
const ingressFrom = (cidr: string): Edit => [
  "  to_port                      = 8080\n  referenced_security_group_id = aws_security_group.balancer.id",
  `  to_port                      = 8080\n  cidr_ipv4                    = "${cidr}"`,
];

/** The tasks are behind a load balancer of another root module, of which this one has a listener rule. */
const sharedLoadBalancer = (targetGroup: string): readonly Edit[] => [
  [
    '    type             = "forward"\n    target_group_arn = aws_lb_target_group.app.arn\n',
    '    type = "fixed-response"\n    fixed_response {\n      content_type = "text/plain"\n    }\n',
  ],
  addition(`resource "aws_lb_target_group" "other" {
  name        = "other"
  vpc_id      = aws_vpc.main.id
  port        = 8080
  protocol    = "HTTP"
  target_type = "ip"
}

resource "aws_lb_listener_rule" "app" {
  listener_arn = "arn:aws:elasticloadbalancing:us-east-1:111122223333:listener/app/shared/50dc6c495c0c9188/f2f7dc8efc522ab2"

  action {
    type             = "forward"
    target_group_arn = ${targetGroup}
  }

  condition {
    path_pattern {
      values = ["/*"]
    }
  }
}`),
];

export const loadBalancerToTaskCases: Cases = {
  "a load balancer that lets nothing out": failureCase("ALB-10", [
    'resource "aws_vpc_security_group_egress_rule" "balancer_to_tasks" {\n  security_group_id            = aws_security_group.balancer.id\n  ip_protocol                  = "tcp"\n  from_port                    = 8080\n  to_port                      = 8080',
    'resource "aws_vpc_security_group_egress_rule" "balancer_to_tasks" {\n  security_group_id            = aws_security_group.balancer.id\n  ip_protocol                  = "tcp"\n  from_port                    = 80\n  to_port                      = 80',
  ]),
  "tasks that do not admit the load balancer": failureCase("ALB-11", [
    'resource "aws_vpc_security_group_ingress_rule" "tasks_from_balancer" {\n  security_group_id            = aws_security_group.tasks.id\n  ip_protocol                  = "tcp"\n  from_port                    = 8080\n  to_port                      = 8080',
    'resource "aws_vpc_security_group_ingress_rule" "tasks_from_balancer" {\n  security_group_id            = aws_security_group.tasks.id\n  ip_protocol                  = "tcp"\n  from_port                    = 80\n  to_port                      = 80',
  ]),
  "a network load balancer that keeps the addresses of clients": {
    edits: networkLoadBalancer("true"),
  },
  "a network load balancer that keeps the addresses of clients, and tasks that allow all addresses":
    { edits: [...networkLoadBalancer("true"), ingressFrom("0.0.0.0/0")] },
  "a network load balancer that keeps the addresses of clients, and tasks that allow some":
    unknownCase(
      ["load-balancer-to-task"],
      ...networkLoadBalancer("true"),
      ingressFrom("10.0.0.0/16"),
    ),
  "a network load balancer that may keep the addresses of clients": unknownCase(
    ["load-balancer-to-task"],
    ...networkLoadBalancer(UNKNOWN_VALUE),
    ingressFrom("10.0.0.0/16"),
  ),
  "a network load balancer that replaces the addresses of clients": {
    edits: [...networkLoadBalancer("false"), ingressFrom("10.0.0.0/16")],
  },
  "a listener rule of a load balancer of another root module": unknownCase(
    ["load-balancer-to-task"],
    ...sharedLoadBalancer("aws_lb_target_group.app.arn"),
  ),
  "a listener rule of another root module's load balancer for another target group": failureCase(
    "ALB-02",
    ...sharedLoadBalancer("aws_lb_target_group.other.arn"),
  ),
  "the default security group": failureCase(
    "SVC-10",
    [
      "security_groups  = [aws_security_group.tasks.id]",
      "security_groups  = [aws_vpc.main.default_security_group_id]",
    ],
    [
      "to_port                      = 8080\n  referenced_security_group_id = aws_security_group.tasks.id",
      'to_port                      = 8080\n  cidr_ipv4                    = "10.0.0.0/16"',
    ],
  ),
  "groups that are not known": unknownCase(
    ["load-balancer-to-task", "no-internet-egress"],
    ["security_groups  = [aws_security_group.tasks.id]", `security_groups  = [${UNKNOWN_VALUE}]`],
  ),
};

export const loadBalancerToTaskDerivedCases: DerivedCases = {
  "a network load balancer that keeps the addresses of clients: passes": passingCase(
    "a network load balancer that keeps the addresses of clients",
    "load-balancer-to-task",
  ),
  "a network load balancer that keeps the addresses of clients, and tasks that allow all addresses: passes":
    passingCase(
      "a network load balancer that keeps the addresses of clients, and tasks that allow all addresses",
      "load-balancer-to-task",
    ),
  "a network load balancer that replaces the addresses of clients: passes": passingCase(
    "a network load balancer that replaces the addresses of clients",
    "load-balancer-to-task",
  ),
  "a listener rule of a load balancer of another root module: passes": passingCase(
    "a listener rule of a load balancer of another root module",
    "target-group-config",
  ),
};
