import { createHash } from "node:crypto";
import { zonesOf } from "../../../aws/regions.ts";
import { cidr, formatAddress } from "../../../ip/index.ts";
import type { Context, Operation, Operations } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/tables.ts";
import { associateSubnet } from "./network-acls.ts";
import { internetGateways, routeTables, type Subnet, subnets, type Vpc, vpcs } from "./tables.ts";
import { createVpc } from "./vpcs.ts";

/** Source: Amazon VPC User Guide, "Default VPCs". */
const DEFAULT_CIDR = "172.31.0.0/16";
const SUBNET_PREFIX = 20;

/** The default VPC of an account and region; undefined if the customer has deleted it. */
export function defaultVpcOf(context: Context): Vpc | undefined {
  return context.in(vpcs).find((row) => row.isDefault === true);
}

/** Creates the default VPC with an internet gateway and a public subnet in each zone, as in a new AWS account. */
export function createDefaultVpc(context: Context): Vpc {
  const vpc = createVpc(context, DEFAULT_CIDR, { dnsHostnames: true, isDefault: true });
  const gateway = { id: context.id("igw"), vpcId: vpc.id, ofDefaultVpc: true };
  context.in(internetGateways).put(gateway.id, gateway);
  const mainRouteTable = context.in(routeTables).find((row) => row.vpcId === vpc.id && row.isMain);
  if (mainRouteTable) {
    context.in(routeTables).put(mainRouteTable.id, {
      ...mainRouteTable,
      routes: [
        ...mainRouteTable.routes,
        {
          cidr: "0.0.0.0/0",
          target: { kind: "gateway", id: gateway.id },
          origin: "CreateRoute",
        },
      ],
    });
  }
  const { base } = cidr(DEFAULT_CIDR);
  for (const [index, zone] of zonesOf(context.region).entries()) {
    const subnet: Subnet = {
      id: context.id("subnet"),
      vpcId: vpc.id,
      cidr: `${formatAddress(base + index * 2 ** (32 - SUBNET_PREFIX))}/${SUBNET_PREFIX}`,
      zone,
      mapPublicIp: true,
      privateDnsHostnameType: "ip-name",
      dnsRecordA: false,
      isDefault: true,
    };
    context.in(subnets).put(subnet.id, subnet);
    associateSubnet(context, subnet);
  }
  return vpc;
}

/** Accounts and regions that already have a default VPC. The customer can delete it afterwards. */
const initialized: TableKey<{ readonly at: Date }> = table("ec2/initialized", {
  exists: () => false,
});

/**
 * Creates the default VPC before the first EC2 call in an account and region. Its IDs depend on the account and region
 * only: they do not use up the IDs that are expected for other resources.
 */
export function ensureDefaultVpc(context: Context): void {
  if (context.in(initialized).has("default-vpc")) return;
  context.in(initialized).put("default-vpc", { at: context.now });
  let count = 0;
  const id = (prefix: string): string => {
    const text = `${context.account}/${context.region}/${++count}`;
    return `${prefix}-0${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
  };
  createDefaultVpc(Object.assign(context.at({}), { id }));
}

const withDefaultVpc = (operation: Operation): Operation => ({
  ...operation,
  run: (context, input) => {
    ensureDefaultVpc(context);
    return operation.run(context, input);
  },
});

/** The operations of an account that has a default VPC in each region. */
export const inAccountWithDefaultVpc = (operations: Operations): Operations =>
  Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [name, withDefaultVpc(operation)]),
  );
