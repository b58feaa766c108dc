import { table, type TableKey } from "../../core/tables.ts";

/** A network interface with its addresses and security groups. */
export interface NetworkInterface {
  readonly id: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly zone: string;
  readonly privateIp: string;
  readonly publicIp?: string;
  readonly allocationId?: string;
  readonly groupIds: readonly string[];
  readonly description: string;
  /** The kind of resource that created the interface. Only the type "interface" can be changed by the customer. */
  readonly type:
    | "interface"
    | "vpc_endpoint"
    | "nat_gateway"
    | "network_load_balancer"
    | "load_balancer";
  readonly requesterManaged: boolean;
  readonly sourceDestCheck: boolean;
  /** ID of the endpoint or gateway, or ARN of the load balancer, that the interface belongs to. */
  readonly owner?: string;
  /** Host names of AWS that resolve to the interface, such as the endpoint of a database. */
  readonly hostNames?: readonly string[];
  readonly mac: string;
}

export const networkInterfaces: TableKey<NetworkInterface> = table("ec2/network-interface");

/** A VPC with its CIDR blocks and DNS attributes. */
export interface Vpc {
  readonly id: string;
  readonly cidr: string;
  readonly associationId: string;
  readonly tenancy: "default" | "dedicated";
  readonly dnsSupport: boolean;
  readonly dnsHostnames: boolean;
  readonly networkAddressUsageMetrics: boolean;
  /** @default AmazonProvidedDNS */
  readonly dhcpOptionsId?: string;
  readonly isDefault?: boolean;
  /** The CIDR blocks that were added to the first one. */
  readonly secondaryCidrs?: readonly { readonly associationId: string; readonly cidr: string }[];
}

export const vpcs: TableKey<Vpc> = table("ec2/vpc", {
  exists: (vpc) => vpc.isDefault !== true,
});

/** All IPv4 CIDR blocks of a VPC, the first one first. */
export const cidrsOf = ({ cidr, secondaryCidrs = [] }: Vpc): string[] => [
  cidr,
  ...secondaryCidrs.map((secondary) => secondary.cidr),
];

/** Parts of the default VPC are in every account, like the VPC itself. They do not count as created resources. */
interface DefaultVpcPart {
  /** Whether the resource was created with the default VPC. */
  readonly ofDefaultVpc?: boolean;
}

const isCreated = { exists: (row: DefaultVpcPart): boolean => row.ofDefaultVpc !== true };

/** A subnet. */
export interface Subnet {
  readonly id: string;
  readonly vpcId: string;
  readonly cidr: string;
  readonly zone: string;
  readonly mapPublicIp: boolean;
  readonly privateDnsHostnameType: "ip-name" | "resource-name";
  readonly dnsRecordA: boolean;
  /** Whether it is the default subnet of its zone in a default VPC. */
  readonly isDefault?: boolean;
}

export const subnets: TableKey<Subnet> = table("ec2/subnet", {
  exists: (subnet) => subnet.isDefault !== true,
});

export interface Association {
  readonly id: string;
  /** Absent for the VPC's main association. */
  readonly subnetId?: string;
}

/** A route of a route table. */
export interface Route {
  /** The destination: either a CIDR block or a prefix list. */
  readonly cidr?: string;
  readonly prefixListId?: string;
  readonly target: {
    readonly kind: "local" | "gateway" | "nat" | "eni" | "endpoint" | "peering" | "egress-only";
    readonly id: string;
  };
  readonly origin: "CreateRouteTable" | "CreateRoute";
}

/** A route table with its routes and associations. */
export interface RouteTable extends DefaultVpcPart {
  readonly id: string;
  readonly vpcId: string;
  readonly isMain: boolean;
  readonly associations: readonly Association[];
  readonly routes: readonly Route[];
}

export const routeTables: TableKey<RouteTable> = table<RouteTable>("ec2/route-table", isCreated);

export interface InternetGateway extends DefaultVpcPart {
  readonly id: string;
  /** The VPC that the gateway is attached to. */
  readonly vpcId?: string;
}

export const internetGateways: TableKey<InternetGateway> = table<InternetGateway>(
  "ec2/internet-gateway",
  isCreated,
);

export interface NatGateway {
  readonly id: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly connectivity: "public" | "private";
  readonly interfaceId: string;
  readonly associationId?: string;
  readonly allocationId?: string;
  readonly privateIp: string;
  readonly publicIp?: string;
  readonly state: "available" | "deleted";
  readonly created: Date;
}

export const natGateways: TableKey<NatGateway> = table("ec2/nat-gateway", {
  exists: (nat) => nat.state !== "deleted",
});

export interface Address {
  readonly id: string;
  readonly publicIp: string;
  /** The network interface that has the address. */
  readonly association?: { readonly id: string; readonly interfaceId: string };
}

export const addresses: TableKey<Address> = table("ec2/address");

/** A security group. Its rules are separate resources. */
export interface SecurityGroup extends DefaultVpcPart {
  readonly id: string;
  readonly vpcId: string;
  readonly name: string;
  readonly description: string;
}

export const securityGroups: TableKey<SecurityGroup> = table<SecurityGroup>(
  "ec2/security-group",
  isCreated,
);

/** The source of an ingress rule or the destination of an egress rule, in exactly one form. */
export type RulePeer =
  | { readonly cidr4: string }
  | { readonly cidr6: string }
  | { readonly prefixListId: string }
  | { readonly groupId: string };

/** A rule of a security group. */
export interface SecurityGroupRule extends DefaultVpcPart {
  readonly id: string;
  readonly groupId: string;
  readonly isEgress: boolean;
  /** tcp, udp, icmp, a number, or -1 for all. */
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
  readonly peer: RulePeer;
  readonly description?: string;
}

export const securityGroupRules: TableKey<SecurityGroupRule> = table<SecurityGroupRule>(
  "ec2/security-group-rule",
  isCreated,
);

export interface AclEntry {
  readonly number: number;
  readonly isEgress: boolean;
  readonly protocol: string;
  readonly allows: boolean;
  /** The addresses that the entry matches: either IPv4 or IPv6. */
  readonly addresses: { readonly cidr4: string } | { readonly cidr6: string };
  readonly from?: number;
  readonly to?: number;
  readonly icmp?: { readonly type: number; readonly code: number };
}

export interface NetworkAcl extends DefaultVpcPart {
  readonly id: string;
  readonly vpcId: string;
  readonly isDefault: boolean;
  readonly entries: readonly AclEntry[];
  readonly associations: readonly { readonly id: string; readonly subnetId: string }[];
}

export const networkAcls: TableKey<NetworkAcl> = table<NetworkAcl>("ec2/network-acl", isCreated);

/** A VPC endpoint: an interface endpoint or a gateway endpoint. */
export interface VpcEndpoint {
  readonly id: string;
  readonly vpcId: string;
  readonly serviceName: string;
  readonly type: "Interface" | "Gateway";
  readonly policy: string;
  readonly privateDns: boolean;
  readonly subnetIds: readonly string[];
  readonly groupIds: readonly string[];
  readonly routeTableIds: readonly string[];
  readonly created: Date;
}

export const vpcEndpoints: TableKey<VpcEndpoint> = table("ec2/vpc-endpoint");

/** A managed prefix list, of AWS or of the account. */
export interface ManagedPrefixList {
  readonly id: string;
  readonly name: string;
  readonly family: "IPv4" | "IPv6";
  readonly maxEntries: number;
  readonly version: number;
  readonly entries: readonly { readonly cidr: string; readonly description?: string }[];
  /** The state after a change of the size, or after a deletion that failed. @default complete */
  readonly state?: "modify-complete" | "modify-failed" | "delete-failed";
  readonly stateMessage?: string;
}

export const managedPrefixLists: TableKey<ManagedPrefixList> = table("ec2/managed-prefix-list");

export interface DhcpOptions {
  readonly id: string;
  readonly configuration: Readonly<Record<string, readonly string[]>>;
}

export const dhcpOptions: TableKey<DhcpOptions> = table("ec2/dhcp-options");

export interface Peering {
  readonly id: string;
  readonly requester: string;
  readonly accepter: string;
  readonly state: "pending-acceptance" | "active" | "deleted" | "rejected";
}

export const peerings: TableKey<Peering> = table("ec2/vpc-peering-connection", {
  exists: (row) => row.state === "active" || row.state === "pending-acceptance",
});

export interface EgressOnlyGateway {
  readonly id: string;
  readonly vpcId: string;
}

export const egressOnlyGateways: TableKey<EgressOnlyGateway> = table("ec2/egress-only-gateway");

export interface FlowLog {
  readonly id: string;
  readonly resourceId: string;
  readonly trafficType: string;
  readonly destinationType: string;
  readonly destination?: string;
  readonly groupName?: string;
  readonly roleArn?: string;
  readonly format: string;
  readonly interval: number;
  readonly created: Date;
}

export const flowLogs: TableKey<FlowLog> = table("ec2/flow-log");
