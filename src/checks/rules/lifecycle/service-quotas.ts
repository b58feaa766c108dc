import { type AwsErrorName, awsErrorOf } from "../../../failures/index.ts";
import { listOf, isUnknown } from "../../../plan/index.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";

export const serviceQuotasCheck: Check = {
  id: "service-quotas",
  question: "other",
  title: "New resources are within the quotas of a new account",
  severity: "warning",
  ids: ["Q-02", "Q-03", "Q-04"],
  explanation:
    "A new account has five Elastic IP addresses and five VPCs in a region, five NAT gateways in an availability zone, fifty interface endpoints in a VPC, and sixty ingress and sixty egress rules in a security group.",
  sources: ["Amazon VPC User Guide, “Amazon VPC quotas”"],
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
    for (const group of plan.resourcesOfType("aws_security_group")) {
      for (const direction of ["ingress", "egress"] as const) {
        const blocks = group.blockPaths(direction);
        if (isUnknown(blocks)) {
          if (plan.isConfigured(group, direction))
            yield unknownOutcome(group.address, blocks, "Q-04");
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
          ? fail(group.address, "Q-04", `it has ${rules} ${direction} rules; the quota is 60`, {
              awsError: awsErrorOf("rule-quota"),
            })
          : pass(group.address);
      }
    }
    for (const { name, securityGroups: groups } of network.workloads)
      if (groups.items.length > 5)
        yield fail(name, "Q-04", `it has ${groups.items.length} security groups; the quota is 5`);
  },
};
