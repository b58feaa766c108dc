import { awsErrorOf } from "../../../failures/index.ts";
import {
  type Cidr,
  contains,
  formatCidr,
  isCidr,
  isPrivate,
  overlaps,
  parseCidr,
  size,
} from "../../../ip/index.ts";
import { append, type PlanModel, type Resource, isUnknown } from "../../../plan/index.ts";
import { type Subnet, VPC_TYPES, subnetOf, targetKey } from "../../../topology/index.ts";
import {
  type Check,
  fail,
  pass,
  unknownOutcome,
  type CheckContext,
  type CheckOutcome,
} from "../../engine/check.ts";

const parseBlock = (value: unknown): Cidr | undefined => {
  const parsed = typeof value === "string" ? parseCidr(value) : undefined;
  return parsed && isCidr(parsed) ? parsed : undefined;
};

/** Addresses of a subnet that AWS reserves. Source: Amazon VPC User Guide, “Subnet CIDR blocks”. */
const RESERVED_ADDRESSES = 5;

/** A subnet that the plan deletes and whose block overlaps: another one, or the subnet itself with create_before_destroy. */
function deletedSubnet(
  plan: PlanModel,
  replaced: readonly Resource[],
  newSubnet: Resource,
  block: Cidr,
): string | undefined {
  const deletedHere = replaced.filter(
    (subnet) => subnet !== newSubnet || subnet.actions[0] === "create",
  );
  const deleted = [
    ...deletedHere.map(({ address, before }) => ({ address, before })),
    ...plan.planJson.deleted.filter((resource) => resource.type === "aws_subnet"),
  ];
  return deleted.find(({ before }) => {
    const oldBlock = parseBlock(before?.["cidr_block"]);
    return oldBlock !== undefined && overlaps(oldBlock, block);
  })?.address;
}

export const subnetCidrsCheck: Check = {
  id: "subnet-cidrs",
  question: "start",
  title: "CIDR blocks are in their VPC, do not overlap, and are large enough",
  severity: "error",
  ids: ["CIDR-01", "CIDR-02", "CIDR-03", "CIDR-04", "CIDR-05", "CIDR-07"],
  explanation:
    "The CIDR block of a subnet must be in its VPC and must not overlap with another subnet. CIDR blocks are /16 to /28, and AWS reserves five addresses of each.",
  sources: ["Amazon VPC User Guide, “Subnet CIDR blocks”"],
  *run(context) {
    yield* checkVpcBlocks(context);
    yield* checkFreeAddresses(context);
    yield* checkDestinations(context);
    yield* checkRuleBlocks(context);
  },
};

/** CIDR blocks of VPCs and of their subnets. */
function* checkVpcBlocks({ plan }: CheckContext): Iterable<CheckOutcome> {
  const planned = plan.resourcesOfType("aws_subnet");
  const replaced = planned.filter((subnet) => subnet.actions.includes("delete"));
  const subnetsByVpc = new Map<string | undefined, Subnet[]>();
  for (const resource of planned.filter(({ mode }) => mode === "managed")) {
    const subnet = subnetOf(plan, resource);
    append(subnetsByVpc, subnet.vpc, subnet);
  }
  for (const vpc of plan.resourcesOfType("aws_vpc")) {
    if (vpc.mode !== "managed") continue;
    const vpcBlock = parseBlock(vpc.value("cidr_block"));
    if (!vpcBlock) {
      yield unknownOutcome(vpc.address, "its CIDR block is unknown", "CIDR-01");
      continue;
    }
    if (vpcBlock.prefix < 16 || vpcBlock.prefix > 28)
      yield fail(
        vpc.address,
        "CIDR-03",
        `its CIDR block ${formatCidr(vpcBlock)} is not between /16 and /28`,
        { awsError: awsErrorOf("vpc-size", { cidr: formatCidr(vpcBlock) }) },
      );
    else if (!isPrivate(vpcBlock))
      yield fail(
        vpc.address,
        "CIDR-05",
        `${formatCidr(vpcBlock)} is a public address range: tasks cannot connect to these addresses on the internet`,
        { severity: "warning" },
      );
    else yield pass(vpc.address);
    const moreBlocks = plan
      .resourcesOfType("aws_vpc_ipv4_cidr_block_association")
      .filter(
        (association) => targetKey(association.referencesTo(VPC_TYPES, "vpc_id")) === vpc.address,
      )
      .flatMap((association) => parseBlock(association.value("cidr_block")) ?? []);
    const blocks = [vpcBlock, ...moreBlocks];
    const subnets = subnetsByVpc.get(vpc.address) ?? [];
    for (const [index, { key, cidr: block, resource }] of subnets.entries()) {
      if (!block) {
        if (isUnknown(resource?.value("cidr_block")))
          yield unknownOutcome(key, "its CIDR block is unknown", "CIDR-01");
        continue;
      }
      const overlapping = subnets
        .slice(0, index)
        .find((subnet) => subnet.cidr && overlaps(subnet.cidr, block));
      const deleted =
        resource?.isNew === true ? deletedSubnet(plan, replaced, resource, block) : undefined;
      if (block.prefix < 16 || block.prefix > 28)
        yield fail(
          key,
          "CIDR-03",
          `its CIDR block ${formatCidr(block)} is not between /16 and /28`,
          {
            awsError: awsErrorOf("subnet-outside-vpc", { cidr: formatCidr(block) }),
          },
        );
      else if (!blocks.some((cidr) => contains(cidr, block)))
        yield fail(
          key,
          "CIDR-01",
          `its CIDR block ${formatCidr(block)} is outside ${blocks.map(formatCidr).join(", ")}`,
          { awsError: awsErrorOf("subnet-outside-vpc", { cidr: formatCidr(block) }) },
        );
      else if (overlapping)
        yield fail(
          key,
          "CIDR-02",
          `its CIDR block ${formatCidr(block)} overlaps with that of ${overlapping.key}`,
          {
            awsError: awsErrorOf("subnet-overlaps", { cidr: formatCidr(block) }),
          },
        );
      else if (deleted !== undefined)
        yield fail(
          key,
          "CIDR-02",
          `its CIDR block ${formatCidr(block)} overlaps with that of ${deleted}, which Terraform may delete later in the same apply`,
          {
            awsError: awsErrorOf("subnet-overlaps", { cidr: formatCidr(block) }),
          },
        );
      else yield pass(key);
    }
  }
}

/** Addresses for the tasks of a deployment. */
function* checkFreeAddresses({ network }: CheckContext): Iterable<CheckOutcome> {
  for (const { name, subnets, desiredCount: desired } of network.workloads) {
    if (isUnknown(desired) || subnets.unknown.length > 0 || subnets.items.length === 0) continue;
    const freeAddresses = subnets.items.map((item) =>
      item.cidr ? size(item.cidr) - RESERVED_ADDRESSES : Infinity,
    );
    const available = freeAddresses.reduce((sum, count) => sum + count, 0);
    if (desired * 2 > available)
      yield fail(
        name,
        "CIDR-04",
        `its subnets have ${available} addresses, but a deployment of ${desired} tasks needs up to ${desired * 2}`,
      );
    else yield pass(name);
  }
}

/** CIDR blocks of routes and rules. */
function* checkDestinations({ plan }: CheckContext): Iterable<CheckOutcome> {
  for (const [type, names] of [
    ["aws_route", ["destination_cidr_block"]],
    ["aws_vpc_security_group_ingress_rule", ["cidr_ipv4"]],
    ["aws_vpc_security_group_egress_rule", ["cidr_ipv4"]],
  ] as const) {
    for (const resource of plan.resourcesOfType(type))
      for (const name of names) {
        const text = resource.value(name);
        if (typeof text === "string" && /^0\.0\.0\.0\/([1-9]\d?)$/.test(text))
          yield fail(resource.address, "CIDR-07", `${text} does not contain every IPv4 address`, {
            severity: "warning",
          });
      }
  }
}

/** CIDR blocks in the rules of security groups. */
function* checkRuleBlocks({ plan }: CheckContext): Iterable<CheckOutcome> {
  for (const securityGroup of plan.resourcesOfType(
    "aws_security_group",
    "aws_default_security_group",
  ))
    for (const direction of ["ingress", "egress"] as const) {
      const blocks = securityGroup.blockPaths(direction);
      for (const path of isUnknown(blocks) ? [] : blocks) {
        const list = securityGroup.value(...path, "cidr_blocks");
        const partOfInternet = Array.isArray(list)
          ? list.find((text) => typeof text === "string" && /^0\.0\.0\.0\/([1-9]\d?)$/.test(text))
          : undefined;
        if (partOfInternet !== undefined)
          yield fail(
            securityGroup.address,
            "CIDR-07",
            `${String(partOfInternet)} does not contain every IPv4 address`,
            {
              severity: "warning",
            },
          );
      }
    }
}
