import { DefaultSecurityGroup } from "@cdktn/provider-aws/lib/default-security-group/index.js";
import { Eip } from "@cdktn/provider-aws/lib/eip/index.js";
import { InternetGateway } from "@cdktn/provider-aws/lib/internet-gateway/index.js";
import { NatGateway } from "@cdktn/provider-aws/lib/nat-gateway/index.js";
import { Route } from "@cdktn/provider-aws/lib/route/index.js";
import { RouteTable } from "@cdktn/provider-aws/lib/route-table/index.js";
import { RouteTableAssociation } from "@cdktn/provider-aws/lib/route-table-association/index.js";
import { Subnet } from "@cdktn/provider-aws/lib/subnet/index.js";
import { Vpc } from "@cdktn/provider-aws/lib/vpc/index.js";
import type { ITerraformDependable } from "cdktn";
import type { Construct } from "constructs";
import { ZONE_SLOTS, zoneSlot } from "../../aws/regions.ts";
import { UserError } from "../../shared/errors.ts";
import { allocator } from "../../ip/allocate.ts";
import { formatCidr, isCidr, parseCidr } from "../../ip/cidr.ts";
import { CheckedConstruct } from "./checked-construct.ts";

const ANYWHERE = "0.0.0.0/0";

/**
 * A zone that goes takes its subnets and route tables with it. Terraform would delete them before it changes what
 * still uses them (endpoints, the load balancer), which AWS refuses; with this it changes the users first. Source:
 * Terraform, "Terraform Core Resource Destruction Notes".
 */
const CREATE_BEFORE_DESTROY = { createBeforeDestroy: true } as const;

/** A network to put things into: one of ours, or one that exists already. */
export interface INetwork {
  readonly vpcId: string;
  readonly publicSubnetIds: readonly string[];
  readonly privateSubnetIds: readonly string[];
  /** Route tables that a gateway endpoint must be in for tasks in the private subnets. */
  readonly privateRouteTableIds: readonly string[];
  readonly publicRouteTableIds: readonly string[];
  /** What must exist before something with a public address can live here. */
  readonly internetReady: readonly ITerraformDependable[];
}

export interface NetworkProps {
  /** Names what is created, in its Name tag. */
  readonly name: string;
  /** IPv4 block of the VPC. @default "10.0.0.0/16" */
  readonly cidr?: string;
  /** Availability zones by full name, such as eu-west-1a. */
  readonly zones: readonly string[];
  /** Public subnets with a route to an internet gateway. @default true */
  readonly publicSubnets?: boolean;
  /** NAT gateways for the private subnets: none, one for all, or one a zone. Needs public subnets. @default "none" */
  readonly nat?: "none" | "one" | "per-zone";
}

/**
 * A VPC with a private subnet and a route table of its own in each zone, public subnets beside them, and a default
 * security group that lets nothing through. Private subnets have no route to the internet unless NAT is asked for.
 *
 * Each zone has its place in the address plan by its letter, so adding or removing a zone touches that zone alone:
 * in 10.0.0.0/16, zone a is 10.0.0.0/20 private and 10.0.128.0/21 public, zone b 10.0.16.0/20 and 10.0.136.0/21.
 *
 * Cost: nothing for the VPC; about $33 a month for a NAT gateway and its data (Amazon VPC pricing).
 *
 * @throws UserError where the block is malformed or too small for the zones
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
  readonly internetReady: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id, props);
    const { name, zones, nat = "none", publicSubnets = true } = props;
    if (nat !== "none" && !publicSubnets) {
      throw new UserError(
        "BERTH-E2001",
        "nat: a NAT gateway stands in a public subnet, and there is none",
        {
          fix: "leave publicSubnets on",
        },
      );
    }
    const cidr = props.cidr ?? "10.0.0.0/16";
    const place = addressPlan(cidr);
    const tags = (suffix = ""): Record<string, string> => ({ Name: name + suffix });

    const vpc = new Vpc(this, "resource", {
      cidrBlock: cidr,
      enableDnsSupport: true,
      enableDnsHostnames: true,
      tags: tags(),
    });
    new DefaultSecurityGroup(this, "default-security-group", {
      vpcId: vpc.id,
      ingress: [],
      egress: [],
      tags: tags("-default-closed"),
    });

    const subnet = (tier: "public" | "private", zone: string): Subnet =>
      new Subnet(this, `${tier}-${zone}`, {
        vpcId: vpc.id,
        availabilityZone: zone,
        cidrBlock: place(tier, zone),
        mapPublicIpOnLaunch: false,
        lifecycle: CREATE_BEFORE_DESTROY,
        tags: tags(`-${tier}-${zone}`),
      });
    const routeTable = (routes: string, suffix: string): RouteTable =>
      new RouteTable(this, routes, {
        vpcId: vpc.id,
        tags: tags(suffix),
        lifecycle: CREATE_BEFORE_DESTROY,
      });
    const associate = (id: string, on: Subnet, table: RouteTable): RouteTableAssociation =>
      new RouteTableAssociation(this, id, { subnetId: on.id, routeTableId: table.id });

    const gateway = publicSubnets
      ? new InternetGateway(this, "internet-gateway", { vpcId: vpc.id, tags: tags() })
      : undefined;
    const publicByZone = new Map<string, Subnet>();
    const ready: ITerraformDependable[] = [];
    const publicTables: RouteTable[] = [];
    if (gateway) {
      const table = routeTable("public-routes", "-public");
      publicTables.push(table);
      const route = new Route(this, "public-to-internet", {
        routeTableId: table.id,
        destinationCidrBlock: ANYWHERE,
        gatewayId: gateway.id,
      });
      ready.push(gateway, route);
      for (const zone of zones) {
        const made = subnet("public", zone);
        publicByZone.set(zone, made);
        associate(`public-${zone}-association`, made, table);
      }
    }

    const natByZone = new Map<string, NatGateway>();
    const natZones = nat === "per-zone" ? zones : zones.slice(0, nat === "one" ? 1 : 0);
    for (const zone of natZones) {
      const address = new Eip(this, `nat-${zone}-address`, {
        domain: "vpc",
        tags: tags(`-nat-${zone}`),
        dependsOn: ready,
      });
      const stand = publicByZone.get(zone);
      if (!stand) continue;
      natByZone.set(
        zone,
        new NatGateway(this, `nat-${zone}`, {
          subnetId: stand.id,
          allocationId: address.id,
          tags: tags(`-${zone}`),
          dependsOn: ready,
        }),
      );
    }

    const privateByZone = new Map<string, Subnet>();
    const privateTables: RouteTable[] = [];
    for (const zone of zones) {
      const made = subnet("private", zone);
      privateByZone.set(zone, made);
      const table = routeTable(`private-${zone}-routes`, `-private-${zone}`);
      privateTables.push(table);
      associate(`private-${zone}-association`, made, table);
      const through = natByZone.get(zone) ?? [...natByZone.values()][0];
      if (through) {
        new Route(this, `private-${zone}-to-nat`, {
          routeTableId: table.id,
          destinationCidrBlock: ANYWHERE,
          natGatewayId: through.id,
        });
      }
    }

    this.vpc = vpc;
    this.vpcId = vpc.id;
    this.internetGateway = gateway;
    this.publicSubnets = publicByZone;
    this.privateSubnets = privateByZone;
    this.publicSubnetIds = [...publicByZone.values()].map((otherSubnet) => otherSubnet.id);
    this.privateSubnetIds = [...privateByZone.values()].map((otherSubnet) => otherSubnet.id);
    this.privateRouteTableIds = privateTables.map((privateTable) => privateTable.id);
    this.publicRouteTableIds = publicTables.map((publicTable) => publicTable.id);
    this.internetReady = ready;
  }

  /** A network that exists already. Its routes, and what they lead to, are its owner's. */
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
      internetReady: [],
    };
  }
}

/** Where each tier of each zone lies in the VPC's block. */
function addressPlan(text: string): (tier: "public" | "private", zone: string) => string {
  const block = parseCidr(text);
  if (!isCidr(block)) {
    const fix =
      block.hint === undefined ? "use a block such as 10.0.0.0/16" : `did you mean ${block.hint}?`;
    throw new UserError("BERTH-E2002", `cidr: ${block.problem}`, { fix });
  }
  if (block.prefix < 16 || block.prefix > 22) {
    throw new UserError("BERTH-E2002", `cidr: ${text} is a /${block.prefix}`, {
      fix: `a network needs /16 to /22, to hold subnets for ${ZONE_SLOTS} zones`,
    });
  }
  const at = allocator(
    block,
    [
      { name: "private", extraBits: 4 },
      { name: "public", extraBits: 5 },
    ],
    ZONE_SLOTS,
  );
  return (tier, zone) => formatCidr(at(tier, zoneSlot(zone)));
}
