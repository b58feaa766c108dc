import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";

const RULES: readonly string[] = [
  "aws_security_group_rule",
  "aws_vpc_security_group_ingress_rule",
  "aws_vpc_security_group_egress_rule",
];

export const mixedSecurityGroupRulesCheck: Check = {
  id: "mixed-security-group-rules",
  question: "other",
  title: "Security group rules are either inline or separate resources",
  severity: "warning",
  ids: ["TF-06"],
  explanation:
    "A security group with inline rules deletes the rules that separate resources add, in every second apply.",
  sources: ["Terraform AWS provider, aws_security_group"],
  *run({ plan }) {
    if (plan.shown.kind === "state") return;
    const unknownValue = plan
      .resourcesOfType(...RULES)
      .find(
        (resource) =>
          resource.referencesTo(["aws_security_group"], "security_group_id").unknown.length > 0,
      );
    for (const group of plan.resourcesOfType("aws_security_group")) {
      if (group.mode !== "managed") continue;
      const written = (["ingress", "egress"] as const).filter((side) =>
        plan.isConfigured(group, side),
      );
      const mixed = plan
        .referrersOf(group, RULES, ["aws_security_group"], "security_group_id")
        .find((resource) =>
          written.includes(
            resource.value("type") === "egress" || resource.type.includes("egress")
              ? "egress"
              : "ingress",
          ),
        );
      if (mixed)
        yield fail(group.address, "TF-06", `it writes rules itself, and ${mixed.address} adds one`);
      else if (unknownValue && written.length > 0)
        yield unknownOutcome(
          group.address,
          `which group ${unknownValue.address} is for is not known`,
          "TF-06",
        );
      else yield pass(group.address);
    }
  },
};
