import { parseArn } from "../aws/arn.ts";
import { partitionOf, zonesOf } from "../aws/regions.ts";
import type { Egress, ExistingNetwork, FoundationOptions } from "../config/options.ts";
import type { Sandbox } from "../sandbox/server.ts";
import { certificates } from "../sandbox/services/acm/tables.ts";
import { managedPrefixLists, securityGroups, vpcs } from "../sandbox/services/ec2/tables.ts";
import { keys } from "../sandbox/services/kms/keys.ts";
import { buckets } from "../sandbox/services/s3/buckets.ts";
import type { AccountRegion } from "../sandbox/core/store.ts";

/** Who may visit through a prefix list whose entries nobody here knows. Source: RFC 5737, documentation blocks. */
const SOMEBODY = "203.0.113.0/24";

type Input = Readonly<Record<string, unknown>>;

/**
 * Puts into a sandbox what a config names as there already, as the config says it must be: an account has it, an empty
 * world has not. What the world has is left as it is.
 *
 * @returns what was taken for granted, a line each
 */
export function seedExistingResources(
  sandbox: Sandbox,
  options: FoundationOptions,
  account: string,
): string[] {
  const { region, key = {}, network = {}, loadBalancer, tasks = {} } = options;
  const home = { account, region };
  const balancer = loadBalancer === false ? undefined : loadBalancer;
  const peers = [...(balancer?.allowFrom ?? []), ...(tasks.egressRules ?? []).map(({ to }) => to)];
  return [
    ...("arn" in key ? givenKey(sandbox, key.arn, home) : []),
    ...("vpcId" in network
      ? givenNetwork(sandbox, network, options.egress ?? "endpoints", home)
      : []),
    ...(balancer?.certificateArn === undefined
      ? []
      : givenCertificate(sandbox, balancer.certificateArn)),
    ...(balancer?.accessLogs === undefined
      ? []
      : givenBucket(sandbox, balancer.accessLogs.bucket, home)),
    ...new Set(peers.flatMap((peer) => givenPeer(sandbox, peer, network, home))),
  ];
}

const callAt =
  (sandbox: Sandbox, place: AccountRegion) =>
  (service: string, operation: string, input: Input): void =>
    void sandbox.invoke(service, operation, input, place);

const placeOf = (arn: string): AccountRegion => {
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

function givenKey(sandbox: Sandbox, arn: string, { account, region }: AccountRegion): string[] {
  const place = placeOf(arn);
  const id = arn.slice(arn.indexOf("key/") + "key/".length);
  if (sandbox.contextFor(place).in(keys).has(id)) return [];
  const root = (of: string): string => `arn:${partitionOf(region)}:iam::${of}:root`;
  sandbox.store.expectId("uuid", id);
  callAt(sandbox, place)("kms", "CreateKey", {
    Policy: policyOf(
      allow({ AWS: [...new Set([root(place.account), root(account)])] }, "kms:*", "*"),
      allow({ Service: `logs.${region}.amazonaws.com` }, "kms:*", "*"),
    ),
  });
  return [`the key ${arn} is there, and lets account ${account} and CloudWatch Logs use it`];
}

function givenCertificate(sandbox: Sandbox, arn: string): string[] {
  const context = sandbox.contextFor(placeOf(arn));
  if (context.in(certificates).has(arn)) return [];
  sandbox.store.transact(() =>
    context.in(certificates).put(arn, {
      arn,
      type: "AMAZON_ISSUED",
      status: "ISSUED",
      domain: "example.com",
      names: ["example.com", "*.example.com"],
      tags: {},
      created: context.now,
      usedBy: [],
    }),
  );
  return [`the certificate ${arn} is issued, and for the names that visitors use`];
}

function givenBucket(sandbox: Sandbox, bucket: string, home: AccountRegion): string[] {
  if (sandbox.contextFor(home).in(buckets).has(bucket)) return [];
  const call = callAt(sandbox, home);
  const { region } = home;
  call("s3", "CreateBucket", {
    Bucket: bucket,
    ...(region === "us-east-1"
      ? {}
      : { CreateBucketConfiguration: { LocationConstraint: region } }),
  });
  call("s3", "PutBucketPolicy", {
    Bucket: bucket,
    Policy: policyOf(
      allow(
        { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
        "s3:PutObject",
        `arn:${partitionOf(region)}:s3:::${bucket}/*`,
      ),
    ),
  });
  return [`the bucket ${bucket} is in ${region}, and lets the load balancer write its logs`];
}

/** A group lies in the VPC that is there too; in a VPC that is to be made nobody has one. */
function givenPeer(
  sandbox: Sandbox,
  peer: string,
  network: Exclude<FoundationOptions["network"], undefined>,
  home: AccountRegion,
): string[] {
  const world = sandbox.contextFor(home);
  const call = callAt(sandbox, home);
  if (peer.startsWith("sg-") && "vpcId" in network && !world.in(securityGroups).has(peer)) {
    sandbox.store.expectId("sg", peer);
    const { vpcId: VpcId } = network;
    call("ec2", "CreateSecurityGroup", {
      GroupName: `given-${peer.slice(3)}`,
      Description: "Given",
      VpcId,
    });
    return [`the security group ${peer} is in ${VpcId}`];
  }
  if (peer.startsWith("pl-") && !world.in(managedPrefixLists).has(peer)) {
    sandbox.store.expectId("pl", peer);
    call("ec2", "CreateManagedPrefixList", {
      PrefixListName: peer,
      AddressFamily: "IPv4",
      MaxEntries: 1,
      Entries: [{ Cidr: SOMEBODY }],
    });
    return [`the prefix list ${peer} is there, and ${SOMEBODY} stands for its entries`];
  }
  return [];
}

const WAYS: Readonly<Record<Egress, string>> = {
  endpoints: "have no way to the internet",
  nat: "reach the internet by a NAT gateway",
  "nat-per-zone": "reach the internet by a NAT gateway",
  public: "are public",
};

/** A VPC whose routes lead where `egress` says. */
function givenNetwork(
  sandbox: Sandbox,
  network: ExistingNetwork,
  egress: Egress,
  home: AccountRegion,
): string[] {
  const { vpcId, privateSubnetIds, publicSubnetIds = [], routeTableIds = [] } = network;
  const world = sandbox.contextFor(home);
  if (world.in(vpcs).has(vpcId)) return [];
  const call = callAt(sandbox, home);
  const zones = zonesOf(home.region);
  const make = (kind: string, operation: string, input: Input, id = world.id(kind)): string => {
    sandbox.store.expectId(kind, id);
    call("ec2", operation, input);
    return id;
  };
  const VpcId = make("vpc", "CreateVpc", { CidrBlock: "10.0.0.0/16" }, vpcId);
  call("ec2", "ModifyVpcAttribute", { VpcId, EnableDnsHostnames: { Value: true } });
  const gateway = make("igw", "CreateInternetGateway", {});
  call("ec2", "AttachInternetGateway", { VpcId, InternetGatewayId: gateway });

  let blocks = 0;
  /** Subnets, a zone each, and their route tables: those that are named, else one. */
  const tier = (
    ids: readonly (string | undefined)[],
    tables: readonly string[],
    target: Input | undefined,
  ): readonly string[] => {
    const made = (tables.length > 0 ? tables : [undefined]).map((id) =>
      make("rtb", "CreateRouteTable", { VpcId }, id),
    );
    for (const RouteTableId of target ? made : [])
      call("ec2", "CreateRoute", { RouteTableId, DestinationCidrBlock: "0.0.0.0/0", ...target });
    return ids.map((id, at) => {
      const CidrBlock = `10.0.${blocks++ * 16}.0/20`;
      const AvailabilityZone = zones[at % zones.length];
      const SubnetId = make("subnet", "CreateSubnet", { VpcId, AvailabilityZone, CidrBlock }, id);
      const RouteTableId = made[at % made.length];
      call("ec2", "AssociateRouteTable", { SubnetId, RouteTableId });
      return SubnetId;
    });
  };
  const runsInPublic = egress === "public";
  const open = tier(
    publicSubnetIds.length > 0 ? publicSubnetIds : [undefined],
    runsInPublic ? routeTableIds : [],
    { GatewayId: gateway },
  );
  const hasNat = egress === "nat" || egress === "nat-per-zone";
  const address = hasNat ? make("eipalloc", "AllocateAddress", { Domain: "vpc" }) : undefined;
  const nat =
    address === undefined
      ? undefined
      : make("nat", "CreateNatGateway", { SubnetId: open[0], AllocationId: address });
  tier(
    privateSubnetIds,
    runsInPublic ? [] : routeTableIds,
    nat === undefined ? undefined : { NatGatewayId: nat },
  );
  return [
    `the VPC ${vpcId} is there with its subnets, a zone each, and those of the tasks ${WAYS[egress]}`,
  ];
}
