import { UNKNOWN_VALUE, addition, failureCase, unknownCase } from "../case-edits.ts";
import { withConfiguredAttribute, withResource } from "../../../support/plan-edits.ts";
import type { Cases, DerivedCase, DerivedCases } from "../case-types.ts";

export const listenerConfigCases: Cases = {
  "HTTPS without a certificate": failureCase("ALB-14", [
    "  certificate_arn   = aws_acm_certificate_validation.main.certificate_arn\n",
    "",
  ]),
  "a certificate that nobody waits for": failureCase(
    "ALB-15",
    [
      "  certificate_arn   = aws_acm_certificate_validation.main.certificate_arn\n",
      "  certificate_arn   = aws_acm_certificate.main.arn\n",
    ],
    [
      'resource "aws_acm_certificate_validation" "main" {\n',
      'resource "aws_acm_certificate_validation" "main" {\n  count           = 0\n',
    ],
  ),
  "a redirect to nowhere": failureCase("ALB-16", ['port        = "443"', 'port        = "8443"']),
  "two listeners on a port": failureCase(
    "ALB-17",
    addition(
      'resource "aws_lb_listener" "again" {\n  load_balancer_arn = aws_lb.main.arn\n  port              = 80\n  protocol          = "HTTP"\n  default_action {\n    type             = "forward"\n    target_group_arn = aws_lb_target_group.app.arn\n  }\n}',
    ),
  ),
  "a listener before its certificate": failureCase("RACE-09", [
    "certificate_arn   = aws_acm_certificate_validation.main.certificate_arn",
    "certificate_arn   = aws_acm_certificate.main.arn",
  ]),
  "a port that is not known": unknownCase(
    ["listener-config", "public-listener-reachability"],
    ["  port              = 443\n", `  port              = length(${UNKNOWN_VALUE})\n`],
  ),
};

const withRule = (
  name: string,
  priority: number,
  listeners: readonly string[] = ["aws_lb_listener.https"],
): DerivedCase["change"] =>
  withResource(`aws_lb_listener_rule.${name}`, {
    values: {
      priority,
      action: [{ type: "fixed-response", fixed_response: [{ content_type: "text/plain" }] }],
      condition: [{ path_pattern: [{ values: [`/${name}`] }] }],
    },
    unknown: { listener_arn: true },
    expressions: {
      listener_arn: { references: listeners.flatMap((listener) => [`${listener}.arn`, listener]) },
      action: [{ type: { constant_value: "fixed-response" } }],
      priority: { constant_value: priority },
    },
  });

export const listenerConfigDerivedCases: DerivedCases = {
  "a listener for HTTPS of a network load balancer": {
    base: "as it is",
    change: withConfiguredAttribute("aws_lb.main", "load_balancer_type", "network"),
    failedChecks: ["listener-config"],
  },
  "two rules of a listener with one priority": {
    base: "as it is",
    change: (plan) => withRule("a", 10)(withRule("b", 10)(plan)),
    failedChecks: ["listener-config"],
  },
  "two rules with one priority, one of which may belong to another listener": {
    base: "as it is",
    change: (plan) =>
      withRule("a", 10, ["aws_lb_listener.http", "aws_lb_listener.https"])(withRule("b", 10)(plan)),
    unknownChecks: ["listener-config"],
  },
  "two rules of a listener with different priorities": {
    base: "as it is",
    change: (plan) => withRule("a", 10)(withRule("b", 20)(plan)),
    passedChecks: ["listener-config"],
  },
};
