import { DefaultSecurityGroup } from "../provider/default-security-group.generated.ts";
import { Eip } from "../provider/eip.generated.ts";
import { InternetGateway } from "../provider/internet-gateway.generated.ts";
import { NatGateway } from "../provider/nat-gateway.generated.ts";
import { Route } from "../provider/route.generated.ts";
import { RouteTable } from "../provider/route-table.generated.ts";
import { RouteTableAssociation } from "../provider/route-table-association.generated.ts";
import { Subnet } from "../provider/subnet.generated.ts";
import { Vpc } from "../provider/vpc.generated.ts";
import type { ITerraformDependable } from "cdktn";
import type { Construct } from "../construct.ts";
import { ZONE_SLOTS, zoneSlot } from "../../aws/index.ts";
import { UserError } from "../../shared/index.ts";
import { allocator, formatCidr, isCidr, parseCidr } from "../../ip/index.ts";
import { CheckedConstruct } from "./checked-construct.ts";

const ANYWHERE = "0.0.0.0/0";

/**
 * If a zone is removed, its subnets and route tables are deleted. By default, Terraform deletes them before it changes the
 * endpoints and the load balancer that still use them, which AWS rejects. With this setting, it changes those first.
 * Source: Terraform, "Terraform Core Resource Destruction Notes".
 */
const CREATE_BEFORE_DESTROY = { createBeforeDestroy: true } as const;

/** A network for a foundation: a `Network`, or an existing VPC. */
export interface INetwork {
  readonly vpcId: string;
  readonly publicSubnetIds: readonly string[];
  readonly privateSubnetIds: readonly string[];
  /** Route tables of the private subnets. Gateway endpoints add their routes to them. */
  readonly privateRouteTableIds: readonly string[];
  readonly publicRouteTableIds: readonly string[];
  /** Resources that must exist before a resource with a public address can be created. */
  readonly internetDependencies: readonly ITerraformDependable[];
}

/** Properties of a `Network`. */
export interface NetworkProps {
  /** Value of the Name tags, or their prefix. */
  readonly name: string;
  /** IPv4 block of the VPC. @default "10.0.0.0/16" */
  readonly cidr?: string;
  /** Availability zones by full name, such as eu-west-1a. */
  readonly zones: readonly string[];
  /** Public subnets with a route to an internet gateway. @default true */
  readonly publicSubnets?: boolean;
  /** NAT gateways for the private subnets: none, one, or one per zone. Requires public subnets. @default "none" */
  readonly nat?: "none" | "one" | "per-zone";
}

/**
 * A VPC with a private subnet, a public subnet and a private route table in each zone, and a default security group without
 * rules. Private subnets have no route to the internet unless `nat` is set.
 *
 * The letter of a zone determines its CIDR blocks, so that adding or removing a zone does not change the other zones. In
 * 10.0.0.0/16, zone a has 10.0.0.0/20 (private) and 10.0.128.0/21 (public), zone b has 10.0.16.0/20 and 10.0.136.0/21.
 *
 * Cost: none for the VPC; about $33 a month for a NAT gateway, and its data (Amazon VPC pricing).
 *
 * @throws UserError if the CIDR block is malformed or too small for the zones
 * @example new Network(this, "network", { name: "hello", zones: ["eu-west-1a", "eu-west-1b"] });
 */
export class Network extends CheckedConstruct implements INetwork {
  readonly vpc: Vpc;
  readonly vpcId: string;
  readonly internetGateway: InternetGateway | undefined;
  readonly publicSubnets: ReadonlyMap<string, Subnet>;
  readonly privateSubnets: ReadonlyMap<string, Subnet>;
  readonly publicSubnetIds: readonly string[];
  readonly privateSubnetIds: readonly string[];
  readonly privateRouteTableIds: readonly string[];
  readonly publicRouteTableIds: readonly string[];
  readonly internetDependencies: readonly ITerraformDependable[];

  readonly #name: string;
  readonly #addressOf: SubnetAddresses;

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id, props);
    const { name, zones, nat = "none", publicSubnets = true } = props;
    if (nat !== "none" && !publicSubnets) {
      throw new UserError(
        "BERTH-E2001",
        "nat: a NAT gateway needs a public subnet, but publicSubnets is false",
        {
          fix: 'set publicSubnets: true, or nat: "none"',
        },
      );
    }
    const cidr = props.cidr ?? "10.0.0.0/16";
    this.#name = name;
    this.#addressOf = addressPlan(cidr);

    this.vpc = this.makeVpc(cidr);
    this.vpcId = this.vpc.id;
    this.internetGateway = publicSubnets
      ? new InternetGateway(this, "internet-gateway", { vpcId: this.vpcId, tags: this.nameTag() })
      : undefined;
    const publicTier = this.makePublicTier(zones, this.internetGateway);
    const natGateways = this.makeNatGateways(zones, nat, publicTier);
    const privateTier = this.makePrivateTier(zones, natGateways);

    this.publicSubnets = publicTier.subnets;
    this.privateSubnets = privateTier.subnets;
    this.publicSubnetIds = idsOf(publicTier.subnets.values());
    this.privateSubnetIds = idsOf(privateTier.subnets.values());
    this.privateRouteTableIds = idsOf(privateTier.routeTables);
    this.publicRouteTableIds = idsOf(publicTier.routeTables);
    this.internetDependencies = publicTier.internetDependencies;
  }

  /** The VPC, with a default security group without rules. */
  private makeVpc(cidr: string): Vpc {
    const vpc = new Vpc(this, "resource", {
      cidrBlock: cidr,
      enableDnsSupport: true,
      enableDnsHostnames: true,
      tags: this.nameTag(),
    });
    new DefaultSecurityGroup(this, "default-security-group", {
      vpcId: vpc.id,
      ingress: [],
      egress: [],
      tags: this.nameTag("-default-closed"),
    });
    return vpc;
  }

  /** A public subnet in each zone, and one route table for all of them; nothing without an internet gateway. */
  private makePublicTier(
    zones: readonly string[],
    internetGateway: InternetGateway | undefined,
  ): PublicTier {
    const subnets = new Map<string, Subnet>();
    if (!internetGateway) return { subnets, routeTables: [], internetDependencies: [] };
    const routeTable = this.makeRouteTable("public-routes", "-public");
    const route = new Route(this, "public-to-internet", {
      routeTableId: routeTable.id,
      destinationCidrBlock: ANYWHERE,
      gatewayId: internetGateway.id,
    });
    for (const zone of zones) {
      const subnet = this.makeSubnet("public", zone);
      subnets.set(zone, subnet);
      this.associate(`public-${zone}-association`, subnet, routeTable);
    }
    return { subnets, routeTables: [routeTable], internetDependencies: [internetGateway, route] };
  }

  /** NAT gateways with their addresses, by zone. */
  private makeNatGateways(
    zones: readonly string[],
    nat: "none" | "one" | "per-zone",
    { subnets, internetDependencies }: PublicTier,
  ): ReadonlyMap<string, NatGateway> {
    const natGateways = new Map<string, NatGateway>();
    const natZones = nat === "per-zone" ? zones : zones.slice(0, nat === "one" ? 1 : 0);
    for (const zone of natZones) {
      const address = new Eip(this, `nat-${zone}-address`, {
        domain: "vpc",
        tags: this.nameTag(`-nat-${zone}`),
        dependsOn: [...internetDependencies],
      });
      const subnet = subnets.get(zone);
      if (!subnet) continue;
      const natGateway = new NatGateway(this, `nat-${zone}`, {
        subnetId: subnet.id,
        allocationId: address.id,
        tags: this.nameTag(`-${zone}`),
        dependsOn: [...internetDependencies],
      });
      natGateways.set(zone, natGateway);
    }
    return natGateways;
  }

  /** A private subnet and a route table in each zone, with a route to a NAT gateway if there is one. */
  private makePrivateTier(
    zones: readonly string[],
    natGateways: ReadonlyMap<string, NatGateway>,
  ): Tier {
    const subnets = new Map<string, Subnet>();
    const routeTables: RouteTable[] = [];
    for (const zone of zones) {
      const subnet = this.makeSubnet("private", zone);
      subnets.set(zone, subnet);
      const routeTable = this.makeRouteTable(`private-${zone}-routes`, `-private-${zone}`);
      routeTables.push(routeTable);
      this.associate(`private-${zone}-association`, subnet, routeTable);
      const natGateway = natGateways.get(zone) ?? [...natGateways.values()][0];
      if (natGateway) {
        new Route(this, `private-${zone}-to-nat`, {
          routeTableId: routeTable.id,
          destinationCidrBlock: ANYWHERE,
          natGatewayId: natGateway.id,
        });
      }
    }
    return { subnets, routeTables };
  }

  private makeSubnet(tier: "public" | "private", zone: string): Subnet {
    return new Subnet(this, `${tier}-${zone}`, {
      vpcId: this.vpcId,
      availabilityZone: zone,
      cidrBlock: this.#addressOf(tier, zone),
      mapPublicIpOnLaunch: false,
      lifecycle: CREATE_BEFORE_DESTROY,
      tags: this.nameTag(`-${tier}-${zone}`),
    });
  }

  private makeRouteTable(id: string, nameSuffix: string): RouteTable {
    return new RouteTable(this, id, {
      vpcId: this.vpcId,
      tags: this.nameTag(nameSuffix),
      lifecycle: CREATE_BEFORE_DESTROY,
    });
  }

  private associate(id: string, subnet: Subnet, routeTable: RouteTable): void {
    new RouteTableAssociation(this, id, { subnetId: subnet.id, routeTableId: routeTable.id });
  }

  private nameTag(suffix = ""): Record<string, string> {
    return { Name: this.#name + suffix };
  }

  /** An existing network. Berth does not change its routes. */
  static fromIds(ids: {
    readonly vpcId: string;
    readonly privateSubnetIds: readonly string[];
    readonly publicSubnetIds?: readonly string[];
    readonly routeTableIds?: readonly string[];
  }): INetwork {
    return {
      vpcId: ids.vpcId,
      privateSubnetIds: ids.privateSubnetIds,
      publicSubnetIds: ids.publicSubnetIds ?? [],
      privateRouteTableIds: ids.routeTableIds ?? [],
      publicRouteTableIds: ids.routeTableIds ?? [],
      internetDependencies: [],
    };
  }
}

/** Subnets and route tables of the public or of the private side. */
interface Tier {
  /** By zone. */
  readonly subnets: ReadonlyMap<string, Subnet>;
  readonly routeTables: readonly RouteTable[];
}

interface PublicTier extends Tier {
  readonly internetDependencies: readonly ITerraformDependable[];
}

/** The CIDR block of the subnet of a tier in a zone. */
type SubnetAddresses = (tier: "public" | "private", zone: string) => string;

const idsOf = (resources: Iterable<{ readonly id: string }>): string[] =>
  [...resources].map(({ id }) => id);

/** Assigns a CIDR block in the VPC's block to each tier of each zone. */
function addressPlan(text: string): SubnetAddresses {
  const block = parseCidr(text);
  if (!isCidr(block)) {
    const fix =
      block.hint === undefined ? "use a block such as 10.0.0.0/16" : `did you mean ${block.hint}?`;
    throw new UserError("BERTH-E2002", `cidr: ${block.problem}`, { fix });
  }
  if (block.prefix < 16 || block.prefix > 22) {
    throw new UserError("BERTH-E2002", `cidr: ${text} is a /${block.prefix}`, {
      fix: `use a block from /16 to /22, which has space for the subnets of ${ZONE_SLOTS} zones`,
    });
  }
  const allocate = allocator(
    block,
    [
      { name: "private", extraBits: 4 },
      { name: "public", extraBits: 5 },
    ],
    ZONE_SLOTS,
  );
  return (tier, zone) => formatCidr(allocate(tier, zoneSlot(zone)));
}
