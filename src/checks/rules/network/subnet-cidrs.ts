import {
  type Cidr,
  contains,
  formatCidr,
  isCidr,
  isPrivate,
  overlaps,
  parseCidr,
  size,
} from "../../../ip/cidr.ts";
import { keyOf, subnetOf, VPCS } from "../../../topology/subnets.ts";
import { type PlanModel, isUnknown, type Resource } from "../../../plan/plan-model.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";

const block = (value: unknown): Cidr | undefined => {
  const parsed = typeof value === "string" ? parseCidr(value) : undefined;
  return parsed && isCidr(parsed) ? parsed : undefined;
};

/** Addresses of a subnet that AWS keeps. Source: Amazon VPC User Guide, “Subnet CIDR blocks”. */
const KEPT = 5;

/** A subnet whose block is in the way until it is gone: another one, or itself where the new one comes first. */
function leavers(plan: PlanModel, made: Resource, home: Cidr): string | undefined {
  const going = plan
    .resourcesOfType("aws_subnet")
    .filter((subnet) => subnet.actions.includes("delete"))
    .filter((subnet) => subnet !== made || subnet.actions[0] === "create");
  const gone = [
    ...going.map(({ address, before }) => ({ address, before })),
    ...plan.shown.deleted.filter((resource) => resource.type === "aws_subnet"),
  ];
  return gone.find(({ before }) => {
    const was = block(before?.["cidr_block"]);
    return was !== undefined && overlaps(was, home);
  })?.address;
}

export const subnetCidrsCheck: Check = {
  id: "subnet-cidrs",
  question: "start",
  title: "blocks are within their VPC, apart from each other, and large enough",
  severity: "error",
  ids: ["CIDR-01", "CIDR-02", "CIDR-03", "CIDR-04", "CIDR-05", "CIDR-07"],
  explanation:
    "A subnet lies within its VPC and overlaps no other; blocks are /16 to /28, and five addresses of each are AWS's own.",
  sources: ["Amazon VPC User Guide, “Subnet CIDR blocks”"],
  *run({ plan, network }) {
    for (const vpc of plan.resourcesOfType("aws_vpc")) {
      if (vpc.mode !== "managed") continue;
      const own = block(vpc.value("cidr_block"));
      if (!own) {
        yield unknownOutcome(vpc.address, "its block is not known", "CIDR-01");
        continue;
      }
      if (own.prefix < 16 || own.prefix > 28)
        yield fail(
          vpc.address,
          "CIDR-03",
          `its block ${formatCidr(own)} is not between /16 and /28`,
          { awsError: `InvalidVpc.Range: The CIDR '${formatCidr(own)}' is invalid.` },
        );
      else if (!isPrivate(own))
        yield fail(
          vpc.address,
          "CIDR-05",
          `${formatCidr(own)} belongs to others on the internet, who cannot be reached from here`,
          { severity: "warning" },
        );
      else yield pass(vpc.address);
      const more = plan
        .resourcesOfType("aws_vpc_ipv4_cidr_block_association")
        .filter(
          (vpcIpv4CidrBlockAssociation) =>
            keyOf(vpcIpv4CidrBlockAssociation.referencesTo(VPCS, "vpc_id")) === vpc.address,
        )
        .flatMap(
          (vpcIpv4CidrBlockAssociation) =>
            block(vpcIpv4CidrBlockAssociation.value("cidr_block")) ?? [],
        );
      const blocks = [own, ...more];
      const subnets = plan
        .resourcesOfType("aws_subnet")
        .filter((subnet) => subnet.mode === "managed")
        .map((subnet) => subnetOf(plan, subnet))
        .filter((subnet) => subnet.vpc === vpc.address);
      for (const [index, { key, block: home, resource }] of subnets.entries()) {
        if (!home) {
          if (isUnknown(resource?.value("cidr_block")))
            yield unknownOutcome(key, "its block is not known", "CIDR-01");
          continue;
        }
        const before = subnets
          .slice(0, index)
          .find((subnet) => subnet.block && overlaps(subnet.block, home));
        const leaving = resource?.isNew === true ? leavers(plan, resource, home) : undefined;
        if (home.prefix < 16 || home.prefix > 28)
          yield fail(key, "CIDR-03", `its block ${formatCidr(home)} is not between /16 and /28`, {
            awsError: `InvalidSubnet.Range: The CIDR '${formatCidr(home)}' is invalid.`,
          });
        else if (!blocks.some((cidr) => contains(cidr, home)))
          yield fail(
            key,
            "CIDR-01",
            `its block ${formatCidr(home)} is outside ${blocks.map(formatCidr).join(", ")}`,
            { awsError: `InvalidSubnet.Range: The CIDR '${formatCidr(home)}' is invalid.` },
          );
        else if (before)
          yield fail(
            key,
            "CIDR-02",
            `its block ${formatCidr(home)} overlaps that of ${before.key}`,
            {
              awsError: `InvalidSubnet.Conflict: The CIDR '${formatCidr(home)}' conflicts with another subnet`,
            },
          );
        else if (leaving !== undefined)
          yield fail(
            key,
            "CIDR-02",
            `its block ${formatCidr(home)} overlaps that of ${leaving}, which goes in the same apply, perhaps later`,
            {
              awsError: `InvalidSubnet.Conflict: The CIDR '${formatCidr(home)}' conflicts with another subnet`,
            },
          );
        else yield pass(key);
      }
    }
    for (const { name, subnets, desired } of network.workloads) {
      if (isUnknown(desired) || subnets.unknown.length > 0 || subnets.items.length === 0) continue;
      const rooms = subnets.items.map((item) => (item.block ? size(item.block) - KEPT : Infinity));
      const room = rooms.reduce((sum, number) => sum + number, 0);
      if (desired * 2 > room)
        yield fail(
          name,
          "CIDR-04",
          `its subnets have ${room} addresses, and a deployment of ${desired} tasks takes up to ${desired * 2}`,
          {
            awsError:
              "service … was unable to place a task. Reason: … InsufficientFreeAddressesInSubnet",
          },
        );
      else yield pass(name);
    }
    for (const [type, names] of [
      ["aws_route", ["destination_cidr_block"]],
      ["aws_vpc_security_group_ingress_rule", ["cidr_ipv4"]],
      ["aws_vpc_security_group_egress_rule", ["cidr_ipv4"]],
    ] as const) {
      for (const resource of plan.resourcesOfType(type))
        for (const name of names) {
          const text = resource.value(name);
          if (typeof text === "string" && /^0\.0\.0\.0\/([1-9]\d?)$/.test(text))
            yield fail(resource.address, "CIDR-07", `${text} is not the internet`, {
              severity: "warning",
              awsError: "clients time out",
            });
        }
    }
    for (const securityGroup of plan.resourcesOfType(
      "aws_security_group",
      "aws_default_security_group",
    ))
      for (const side of ["ingress", "egress"] as const) {
        const blocks = securityGroup.blockPaths(side);
        for (const path of isUnknown(blocks) ? [] : blocks) {
          const list = securityGroup.value(...path, "cidr_blocks");
          const invalid = Array.isArray(list)
            ? list.find((text) => typeof text === "string" && /^0\.0\.0\.0\/([1-9]\d?)$/.test(text))
            : undefined;
          if (invalid !== undefined)
            yield fail(securityGroup.address, "CIDR-07", `${String(invalid)} is not the internet`, {
              severity: "warning",
              awsError: "clients time out",
            });
        }
      }
  },
};
