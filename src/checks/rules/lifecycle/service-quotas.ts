import { isUnknown } from "../../../plan/plan-model.ts";
import { listOf } from "../../../plan/plan-json.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";

export const serviceQuotasCheck: Check = {
  id: "service-quotas",
  question: "other",
  title: "what is made fits into the quotas of a new account",
  severity: "warning",
  ids: ["Q-02", "Q-03", "Q-04"],
  explanation:
    "A new account has five Elastic IP addresses, five VPCs and five NAT gateways a zone in a region, fifty interface endpoints a VPC, sixty rules a security group each way.",
  sources: ["Amazon VPC User Guide, “Amazon VPC quotas”"],
  *run({ plan, network }) {
    const count = function* (
      types: readonly string[],
      most: number,
      id: "Q-02" | "Q-03",
      what: string,
      error: string,
    ) {
      const found = plan
        .resourcesOfType(...types)
        .filter((resource) => resource.mode === "managed");
      const [first] = found;
      if (first)
        yield found.length > most
          ? fail(
              first.address,
              id,
              `${found.length} ${what} are made, and a new account has ${most}`,
              { error },
            )
          : pass(first.address);
    };
    yield* count(
      ["aws_eip"],
      5,
      "Q-02",
      "Elastic IP addresses",
      "AddressLimitExceeded: The maximum number of addresses has been reached.",
    );
    yield* count(
      ["aws_vpc"],
      5,
      "Q-03",
      "VPCs",
      "VpcLimitExceeded: The maximum number of VPCs has been reached.",
    );
    for (const group of plan.resourcesOfType("aws_security_group")) {
      for (const side of ["ingress", "egress"] as const) {
        const blocks = group.blockPaths(side);
        if (isUnknown(blocks)) {
          if (plan.isConfigured(group, side)) yield unknownOutcome(group.address, blocks, "Q-04");
          continue;
        }
        const rules = blocks.reduce(
          (sum, path) =>
            sum +
            ["cidr_blocks", "security_groups", "prefix_list_ids"].reduce(
              (many, name) => many + listOf(group.value(...path, name)).length,
              0,
            ),
          0,
        );
        yield rules > 60
          ? fail(group.address, "Q-04", `it has ${rules} ${side} rules, and 60 are the most`, {
              error:
                "RulesPerSecurityGroupLimitExceeded: The maximum number of rules per security group has been reached.",
            })
          : pass(group.address);
      }
    }
    for (const { name, groups } of network.workloads)
      if (groups.items.length > 5)
        yield fail(
          name,
          "Q-04",
          `it has ${groups.items.length} security groups, and 5 are the most`,
          { error: "InvalidParameterException: a maximum of 5 security groups" },
        );
  },
};
