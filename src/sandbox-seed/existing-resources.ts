import { parseArn, partitionOf, zonesOf } from "../aws/index.ts";
import {
  type Egress,
  type ExistingNetwork,
  type FoundationOptions,
  type ProjectOptions,
  serviceRoleBoundary,
} from "../config/index.ts";
import { foundationScopeOf, permissionsBoundary } from "../constructs/bootstrap/index.ts";
import type { AccountRegion, Sandbox } from "../sandbox/index.ts";
import { inspect } from "../sandbox/inspection/index.ts";
import { Seeder } from "../sandbox/seeding.ts";

/** The entry of a prefix list whose entries are unknown. Source: RFC 5737, "IPv4 Address Blocks Reserved for Documentation". */
const EXAMPLE_CIDR = "203.0.113.0/24";

type Input = Readonly<Record<string, unknown>>;

/**
 * Creates the resources in a sandbox that a config expects to exist in the account, such as a VPC or a KMS key. Resources
 * that exist in the sandbox are not changed.
 *
 * @param account the account ID of the foundation
 * @returns the assumptions about the created resources, one line for each
 */
export function seedExistingResources(
  sandbox: Sandbox,
  options: FoundationOptions & ProjectOptions,
  account: string,
): string[] {
  const { region, key = {}, network = {}, loadBalancer, tasks = {} } = options;
  const location = { account, region };
  const balancer = loadBalancer === false ? undefined : loadBalancer;
  const peers = [...(balancer?.allowFrom ?? []), ...(tasks.egressRules ?? []).map(({ to }) => to)];
  return [
    ...("arn" in key ? seedKey(sandbox, key.arn, location) : []),
    ...("vpcId" in network
      ? seedNetwork(sandbox, network, options.egress ?? "endpoints", location)
      : []),
    ...(balancer?.certificateArn === undefined
      ? []
      : seedCertificate(sandbox, balancer.certificateArn)),
    ...(balancer?.accessLogs === undefined
      ? []
      : seedBucket(sandbox, balancer.accessLogs.bucket, location)),
    ...new Set(peers.flatMap((peer) => seedPeer(sandbox, peer, network, location))),
    ...seedRoleBoundary(sandbox, options, location),
  ];
}

/** The permissions boundary of the roles of services, which `berth bootstrap` creates in an account. */
function seedRoleBoundary(
  sandbox: Sandbox,
  options: FoundationOptions & ProjectOptions,
  location: AccountRegion,
): string[] {
  const { account, services = {}, jobs = {}, state } = options;
  const arn = serviceRoleBoundary(options);
  const hasRoles = Object.keys({ ...services, ...jobs }).length > 0;
  if (arn === undefined || account === undefined || state === undefined || !hasRoles) return [];
  const exists = sandbox
    .contents()
    .some(({ kind, ids }) => kind === "iam/policy" && ids.includes(arn));
  if (exists) return [];
  new Seeder(sandbox, location).call("iam", "CreatePolicy", {
    PolicyName: arn.slice(arn.indexOf(":policy/") + ":policy/".length),
    PolicyDocument: JSON.stringify(
      permissionsBoundary(foundationScopeOf({ ...options, account }, state.bucket)),
    ),
  });
  return [`the permissions boundary ${arn} exists, as berth bootstrap creates it`];
}

export const locationOf = (arn: string): AccountRegion => {
  const { account = "", region = "" } = parseArn(arn) ?? {};
  return { account, region };
};

const allow = (Principal: object, Action: string, Resource: string | string[]): object => ({
  Effect: "Allow",
  Principal,
  Action,
  Resource,
});

const policyOf = (...Statement: readonly object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement });

/** Creates a customer managed KMS key that the account and CloudWatch Logs may use. */
export function seedKey(
  sandbox: Sandbox,
  arn: string,
  { account, region }: AccountRegion,
): string[] {
  const location = locationOf(arn);
  const id = arn.slice(arn.indexOf("key/") + "key/".length);
  if (inspect(sandbox).resource("kms-key", id, location)) return [];
  const root = (principal: string): string => `arn:${partitionOf(region)}:iam::${principal}:root`;
  new Seeder(sandbox, location).create("uuid", id, "kms", "CreateKey", {
    Policy: policyOf(
      allow({ AWS: [...new Set([root(location.account), root(account)])] }, "kms:*", "*"),
      allow({ Service: `logs.${region}.amazonaws.com` }, "kms:*", "*"),
    ),
  });
  return [`the key ${arn} exists, and account ${account} and CloudWatch Logs may use it`];
}

function seedCertificate(sandbox: Sandbox, arn: string): string[] {
  if (inspect(sandbox).resource("certificate", arn)) return [];
  new Seeder(sandbox, locationOf(arn)).issueCertificate(arn);
  return [`the certificate ${arn} is issued for the domain names that clients use`];
}

function seedBucket(sandbox: Sandbox, bucket: string, location: AccountRegion): string[] {
  if (inspect(sandbox).resource("bucket", bucket)) return [];
  const seeder = new Seeder(sandbox, location);
  const { region } = location;
  seeder.call("s3", "CreateBucket", {
    Bucket: bucket,
    ...(region === "us-east-1"
      ? {}
      : { CreateBucketConfiguration: { LocationConstraint: region } }),
  });
  seeder.call("s3", "PutBucketPolicy", {
    Bucket: bucket,
    Policy: policyOf(
      allow(
        { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
        "s3:PutObject",
        `arn:${partitionOf(region)}:s3:::${bucket}/*`,
      ),
    ),
  });
  return [
    `the bucket ${bucket} exists in ${region}, and the load balancer may write its logs to it`,
  ];
}

/** A security group can only exist in an existing VPC. */
function seedPeer(
  sandbox: Sandbox,
  peer: string,
  network: Exclude<FoundationOptions["network"], undefined>,
  location: AccountRegion,
): string[] {
  const seeder = new Seeder(sandbox, location);
  const exists = (kind: "security-group" | "prefix-list"): boolean =>
    inspect(sandbox).resource(kind, peer, location) !== undefined;
  if (peer.startsWith("sg-") && "vpcId" in network && !exists("security-group")) {
    const { vpcId: VpcId } = network;
    seeder.create("sg", peer, "ec2", "CreateSecurityGroup", {
      GroupName: `existing-${peer.slice(3)}`,
      Description: "Exists outside the foundation",
      VpcId,
    });
    return [`the security group ${peer} exists in ${VpcId}`];
  }
  if (peer.startsWith("pl-") && !exists("prefix-list")) {
    seeder.create("pl", peer, "ec2", "CreateManagedPrefixList", {
      PrefixListName: peer,
      AddressFamily: "IPv4",
      MaxEntries: 1,
      Entries: [{ Cidr: EXAMPLE_CIDR }],
    });
    return [`the prefix list ${peer} exists, with ${EXAMPLE_CIDR} in place of its entries`];
  }
  return [];
}

const EGRESS: Readonly<Record<Egress, string>> = {
  endpoints: "have no route to the internet",
  nat: "have a route to a NAT gateway",
  "nat-per-zone": "have a route to a NAT gateway",
  public: "are public",
};

/** Creates a VPC with the routes that `egress` requires. */
function seedNetwork(
  sandbox: Sandbox,
  network: ExistingNetwork,
  egress: Egress,
  location: AccountRegion,
): string[] {
  const { vpcId, privateSubnetIds, publicSubnetIds = [], routeTableIds = [] } = network;
  if (inspect(sandbox).resource("vpc", vpcId, location)) return [];
  const seeder = new Seeder(sandbox, location);
  const zones = zonesOf(location.region);
  const call = (operation: string, input: Input): unknown => seeder.call("ec2", operation, input);
  const create = (kind: string, operation: string, input: Input, id?: string): string =>
    seeder.create(kind, id, "ec2", operation, input);
  const VpcId = create("vpc", "CreateVpc", { CidrBlock: "10.0.0.0/16" }, vpcId);
  call("ModifyVpcAttribute", { VpcId, EnableDnsHostnames: { Value: true } });
  const internetGateway = create("igw", "CreateInternetGateway", {});
  call("AttachInternetGateway", { VpcId, InternetGatewayId: internetGateway });

  let subnetCount = 0;
  /** Creates subnets in different zones, with the given route tables or else one new route table. */
  const createSubnets = (
    ids: readonly (string | undefined)[],
    tables: readonly string[],
    target: Input | undefined,
  ): readonly string[] => {
    const routeTables = (tables.length > 0 ? tables : [undefined]).map((id) =>
      create("rtb", "CreateRouteTable", { VpcId }, id),
    );
    for (const RouteTableId of target ? routeTables : [])
      call("CreateRoute", { RouteTableId, DestinationCidrBlock: "0.0.0.0/0", ...target });
    return ids.map((id, index) => {
      const CidrBlock = `10.0.${subnetCount++ * 16}.0/20`;
      const AvailabilityZone = zones[index % zones.length];
      const SubnetId = create("subnet", "CreateSubnet", { VpcId, AvailabilityZone, CidrBlock }, id);
      const RouteTableId = routeTables[index % routeTables.length];
      call("AssociateRouteTable", { SubnetId, RouteTableId });
      return SubnetId;
    });
  };
  const usesPublicSubnets = egress === "public";
  const publicIds = createSubnets(
    publicSubnetIds.length > 0 ? publicSubnetIds : [undefined],
    usesPublicSubnets ? routeTableIds : [],
    { GatewayId: internetGateway },
  );
  const hasNat = egress === "nat" || egress === "nat-per-zone";
  const allocation = hasNat ? create("eipalloc", "AllocateAddress", { Domain: "vpc" }) : undefined;
  const natGateway =
    allocation === undefined
      ? undefined
      : create("nat", "CreateNatGateway", { SubnetId: publicIds[0], AllocationId: allocation });
  createSubnets(
    privateSubnetIds,
    usesPublicSubnets ? [] : routeTableIds,
    natGateway === undefined ? undefined : { NatGatewayId: natGateway },
  );
  return [
    `the VPC ${vpcId} exists with its subnets in different zones, and the subnets of the tasks ${EGRESS[egress]}`,
  ];
}
