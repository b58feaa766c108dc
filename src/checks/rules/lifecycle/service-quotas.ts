import { type AwsErrorName, awsErrorOf } from "../../../failures/index.ts";
import {
  type AttributePath,
  isUnknown,
  type PlanModel,
  type Resource,
  type Unknown,
} from "../../../plan/index.ts";
import { type Check, type CheckOutcome, fail, pass, unknownOutcome } from "../../engine/check.ts";

export const serviceQuotasCheck: Check = {
  id: "service-quotas",
  question: "other",
  title: "New resources are within the quotas of a new account",
  severity: "warning",
  ids: ["Q-02", "Q-03", "Q-04"],
  explanation:
    "A new account has five Elastic IP addresses and five VPCs in a region, five NAT gateways in an availability zone, fifty interface endpoints in a VPC, and sixty ingress and sixty egress rules in a security group. The rules are counted for IPv4 and IPv6 separately. A rule with a prefix list counts as the maximum number of entries of the list, and a rule with a security group counts as one of both.",
  sources: [
    "Amazon VPC User Guide, “Amazon VPC quotas”",
    "Amazon VPC User Guide, “Available AWS-managed prefix lists”",
  ],
  *run({ plan, network }) {
    const checkCount = function* (
      types: readonly string[],
      quota: number,
      id: "Q-02" | "Q-03",
      noun: string,
      error: AwsErrorName,
    ) {
      const resources = plan
        .resourcesOfType(...types)
        .filter((resource) => resource.mode === "managed");
      const [first] = resources;
      if (first)
        yield resources.length > quota
          ? fail(
              first.address,
              id,
              `the plan creates ${resources.length} ${noun}; the quota of a new account is ${quota}`,
              { awsError: awsErrorOf(error) },
            )
          : pass(first.address);
    };
    yield* checkCount(["aws_eip"], 5, "Q-02", "Elastic IP addresses", "address-quota");
    yield* checkCount(["aws_vpc"], 5, "Q-03", "VPCs", "vpc-quota");
    yield* checkRules(plan);
    for (const { name, securityGroups: groups } of network.workloads)
      if (groups.items.length > 5)
        yield fail(name, "Q-04", `it has ${groups.items.length} security groups; the quota is 5`);
  },
};

/** Ingress or egress rules in a security group, of IPv4 and of IPv6. */
const RULE_QUOTA = 60;

const GROUP_TYPES = ["aws_security_group", "aws_default_security_group"];

/** Types of resources that are a single rule of a group. */
const RULE_TYPES = [
  "aws_security_group_rule",
  "aws_vpc_security_group_ingress_rule",
  "aws_vpc_security_group_egress_rule",
];

/** How many rules AWS-managed prefix lists count as, by the end of their name. */
const LIST_WEIGHTS: readonly (readonly [string, number])[] = [
  [".cloudfront.origin-facing", 55],
  [".route53-healthchecks", 25],
  [".vpc-lattice", 10],
  [".groundstation", 5],
  [".ec2-instance-connect", 2],
];

type RuleCount = { readonly IPv4: number; readonly IPv6: number };

function* checkRules(plan: PlanModel): Iterable<CheckOutcome> {
  for (const group of plan.resourcesOfType(...GROUP_TYPES)) {
    if (group.mode !== "managed") continue;
    const ruleResources = plan.referrersOf(group, RULE_TYPES, GROUP_TYPES, "security_group_id");
    for (const direction of ["ingress", "egress"] as const) {
      const blocks = group.blockPaths(direction);
      if (isUnknown(blocks) && plan.isConfigured(group, direction)) {
        yield unknownOutcome(group.address, blocks, "Q-04");
        continue;
      }
      const counts = [
        ...(isUnknown(blocks) ? [] : blocks).map((path) => countOf(plan, group, path)),
        ...ruleResources
          .filter((rule) => directionOf(rule) === direction)
          .map((rule) => countOf(plan, rule, [])),
      ];
      const unknown = counts.find(isUnknown);
      const known = counts.filter((count): count is RuleCount => !isUnknown(count));
      const exceeded = (["IPv4", "IPv6"] as const)
        .map((family) => [family, known.reduce((sum, count) => sum + count[family], 0)] as const)
        .find(([, sum]) => sum > RULE_QUOTA);
      if (exceeded)
        yield fail(
          group.address,
          "Q-04",
          `its ${direction} rules count as ${exceeded[1]} rules for ${exceeded[0]}; the quota of a new account is ${RULE_QUOTA}`,
          { awsError: awsErrorOf("rule-quota"), severity: "error" },
        );
      else yield unknown ? unknownOutcome(group.address, unknown, "Q-04") : pass(group.address);
    }
  }
}

const directionOf = (rule: Resource): "ingress" | "egress" =>
  rule.type === "aws_security_group_rule"
    ? rule.value("type") === "egress"
      ? "egress"
      : "ingress"
    : rule.type === "aws_vpc_security_group_egress_rule"
      ? "egress"
      : "ingress";

/** As how many rules a rule of the configuration counts: each of its CIDR blocks, groups and prefix lists is a rule. */
function countOf(plan: PlanModel, rule: Resource, path: AttributePath): RuleCount | Unknown {
  const size = (...names: readonly string[]): number =>
    names.reduce((sum, name) => {
      // AWS sets an unconfigured attribute of a rule resource.
      const value = rule.value(...path, name);
      if (isUnknown(value)) return sum + (path.length > 0 || rule.isConfigured(name) ? 1 : 0);
      return sum + (Array.isArray(value) ? value.length : value === undefined ? 0 : 1);
    }, 0);
  const groups =
    size("security_groups", "source_security_group_id", "referenced_security_group_id") +
    (rule.value(...path, "self") === true ? 1 : 0);
  const counts = {
    IPv4: size("cidr_blocks", "cidr_ipv4") + groups,
    IPv6: size("ipv6_cidr_blocks", "cidr_ipv6") + groups,
  };
  for (const name of ["prefix_list_ids", "prefix_list_id"]) {
    const { references, externalIds } = rule.referencesTo(
      ["aws_ec2_managed_prefix_list", "aws_prefix_list", "aws_vpc_endpoint"],
      ...path,
      name,
    );
    for (const { resource: list } of references) {
      const weight = weightOf(list);
      if (isUnknown(weight)) return weight;
      const family = list.value("address_family") === "IPv6" ? "IPv6" : "IPv4";
      counts[family] += weight;
    }
    counts.IPv4 += externalIds.length;
  }
  return counts;
}

function weightOf(list: Resource): number | Unknown {
  const entries = list.type === "aws_ec2_managed_prefix_list" ? list.number("max_entries") : 0;
  if (isUnknown(entries)) return list.mode === "managed" ? entries : weightOfName(list);
  return entries === undefined || entries === 0 ? weightOfName(list) : entries;
}

const weightOfName = (list: Resource): number => {
  const name = String(list.text("name") ?? "");
  return LIST_WEIGHTS.find(([suffix]) => name.endsWith(suffix))?.[1] ?? 1;
};
