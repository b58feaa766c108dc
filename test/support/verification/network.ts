import * as ec2 from "@aws-sdk/client-ec2";
import { zonesOf } from "../../../src/aws/regions.ts";
import type { Settings } from "../../../src/config/options.ts";
import type { Clients } from "../clients.ts";
import { list, type Outputs, type Verify } from "./property.ts";

/** Reads back the VPC, its subnets, gateways and routes. */
export async function verifyNetwork(
  clients: Clients,
  verify: Verify,
  settings: Settings,
  outputs: Outputs,
): Promise<void> {
  const { egress = "endpoints", loadBalancer, zones: configuredZones = 2 } = settings;
  const vpcId = String(outputs["vpc_id"]);
  const zones =
    typeof configuredZones === "number"
      ? zonesOf(settings.region).slice(0, configuredZones)
      : configuredZones;
  const hasPublic =
    egress !== "endpoints" || (loadBalancer !== false && loadBalancer.scheme !== "internal");
  const Filters = [{ Name: "vpc-id", Values: [vpcId] }];
  const cidr =
    settings.network && "cidr" in settings.network
      ? (settings.network.cidr ?? "10.0.0.0/16")
      : "10.0.0.0/16";

  const { Vpcs = [] } = await clients.ec2.send(new ec2.DescribeVpcsCommand({ VpcIds: [vpcId] }));
  verify("VPC", Vpcs[0]?.CidrBlock, cidr);
  const attribute = (Attribute: ec2.VpcAttributeName) =>
    clients.ec2.send(new ec2.DescribeVpcAttributeCommand({ VpcId: vpcId, Attribute }));
  verify("DNS support", (await attribute("enableDnsSupport")).EnableDnsSupport?.Value, true);
  verify("DNS hostnames", (await attribute("enableDnsHostnames")).EnableDnsHostnames?.Value, true);

  const { SecurityGroups: [group] = [] } = await clients.ec2.send(
    new ec2.DescribeSecurityGroupsCommand({
      Filters: [...Filters, { Name: "group-name", Values: ["default"] }],
    }),
  );
  verify(
    "default security group without rules",
    [group?.IpPermissions, group?.IpPermissionsEgress],
    [[], []],
  );

  const { Subnets = [] } = await clients.ec2.send(new ec2.DescribeSubnetsCommand({ Filters }));
  const zonesOfSubnets = (ids: unknown): string[] =>
    list(ids).map(
      (id) => Subnets.find((subnet) => subnet.SubnetId === id)?.AvailabilityZone ?? "missing",
    );
  verify("private subnets", zonesOfSubnets(outputs["private_subnet_ids"]), [...zones]);
  verify(
    "public subnets",
    zonesOfSubnets(outputs["public_subnet_ids"]),
    hasPublic ? [...zones] : [],
  );
  verify("no other subnets", Subnets.length, zones.length * (hasPublic ? 2 : 1));

  const { InternetGateways = [] } = await clients.ec2.send(
    new ec2.DescribeInternetGatewaysCommand({
      Filters: [{ Name: "attachment.vpc-id", Values: [vpcId] }],
    }),
  );
  verify("internet gateway", InternetGateways.length, hasPublic ? 1 : 0);

  const { RouteTables = [] } = await clients.ec2.send(
    new ec2.DescribeRouteTablesCommand({ Filters }),
  );
  const defaultRouteOf = (subnetId: string): string => {
    const routeTable = RouteTables.find((candidate) =>
      candidate.Associations?.some((association) => association.SubnetId === subnetId),
    );
    const route = routeTable?.Routes?.find(
      (candidate) => candidate.DestinationCidrBlock === "0.0.0.0/0",
    );
    if (!routeTable) return "no route table";
    if (!route) return "none";
    return `${(route.NatGatewayId ?? route.GatewayId ?? "").split("-")[0]} ${route.State}`;
  };
  const isNat = egress === "nat" || egress === "nat-per-zone";
  verify(
    "private routes",
    list(outputs["private_subnet_ids"]).map(defaultRouteOf),
    zones.map(() => (isNat ? "nat active" : "none")),
  );
  verify(
    "public routes",
    list(outputs["public_subnet_ids"]).map(defaultRouteOf),
    hasPublic ? zones.map(() => "igw active") : [],
  );

  const { NatGateways = [] } = await clients.ec2.send(
    new ec2.DescribeNatGatewaysCommand({
      Filter: [...Filters, { Name: "state", Values: ["available"] }],
    }),
  );
  verify(
    "NAT gateways",
    NatGateways.length,
    { endpoints: 0, nat: 1, "nat-per-zone": zones.length, public: 0 }[egress],
  );
}
