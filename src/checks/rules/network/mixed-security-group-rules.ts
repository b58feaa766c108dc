import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";

const RULE_TYPES: readonly string[] = [
  "aws_security_group_rule",
  "aws_vpc_security_group_ingress_rule",
  "aws_vpc_security_group_egress_rule",
];

export const mixedSecurityGroupRulesCheck: Check = {
  id: "mixed-security-group-rules",
  question: "other",
  title: "Rules of a security group are either inline or separate resources",
  severity: "warning",
  ids: ["TF-06"],
  explanation:
    "In every second apply, a security group with inline rules deletes the rules that separate resources have added.",
  sources: ["Terraform AWS provider, aws_security_group"],
  *run({ plan }) {
    if (plan.planJson.kind === "state") return;
    const unknownRule = plan
      .resourcesOfType(...RULE_TYPES)
      .find(
        (resource) =>
          resource.referencesTo(["aws_security_group"], "security_group_id").unknown.length > 0,
      );
    for (const group of plan.resourcesOfType("aws_security_group")) {
      if (group.mode !== "managed") continue;
      const inlineDirections = (["ingress", "egress"] as const).filter((direction) =>
        plan.isConfigured(group, direction),
      );
      const separateRule = plan
        .referrersOf(group, RULE_TYPES, ["aws_security_group"], "security_group_id")
        .find((resource) =>
          inlineDirections.includes(
            resource.value("type") === "egress" || resource.type.includes("egress")
              ? "egress"
              : "ingress",
          ),
        );
      if (separateRule)
        yield fail(
          group.address,
          "TF-06",
          `it has inline rules, and ${separateRule.address} adds a rule`,
        );
      else if (unknownRule && inlineDirections.length > 0)
        yield unknownOutcome(
          group.address,
          `the security group of ${unknownRule.address} is unknown`,
          "TF-06",
        );
      else yield pass(group.address);
    }
  },
};
