import { formatValue, isUnknown } from "../../../plan/unknown.ts";
import { listOf } from "../../../plan/plan-json.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";

const RULES: readonly string[] = [
  "aws_security_group_rule",
  "aws_vpc_security_group_ingress_rule",
  "aws_vpc_security_group_egress_rule",
];

export const mixedSecurityGroupRulesCheck: Check = {
  id: "mixed-security-group-rules",
  question: "other",
  title: "a security group's rules are written in it or apart from it, and zones are real zones",
  severity: "warning",
  ids: ["TF-06", "TF-04"],
  explanation:
    "A group with rules inside takes away what separate resources have added, at every other apply. Zone lists may hold local zones that subnets cannot use. Source: Terraform AWS provider, aws_security_group and aws_availability_zones.",
  *run({ plan }) {
    if (plan.planJson.kind === "state") return;
    const lost = plan
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
      else if (lost && written.length > 0)
        yield unknownOutcome(
          group.address,
          `which group ${lost.address} is for is not known`,
          "TF-06",
        );
      else yield pass(group.address);
    }
    for (const zones of plan.resourcesOfType("aws_availability_zones")) {
      const names = zones.value("names");
      if (isUnknown(names)) continue;
      const invalid = listOf(names).find((entry) =>
        /-\w+-\d[a-z]$/.test(String(entry).replace(/^[a-z]{2}(-gov)?-[a-z]+-\d/, "")),
      );
      if (invalid === undefined) yield pass(zones.address);
      else
        yield fail(zones.address, "TF-04", `it lists ${formatValue(invalid)}, a local zone`, {
          error: `InvalidParameterValue: Value (${formatValue(invalid)}) for parameter availabilityZone is invalid`,
        });
    }
  },
};
