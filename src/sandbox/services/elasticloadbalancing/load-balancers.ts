import type * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import { nameProblem, dnsSuffix } from "../../../aws/index.ts";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { tagMap } from "../../core/tags.ts";
import { attachedInternetGateway } from "../ec2/internet-gateways.ts";
import {
  createNetworkInterface,
  defaultSecurityGroupId,
  deleteNetworkInterfacesOf,
  countFreeAddresses,
} from "../ec2/network-interfaces.ts";
import { networkInterfaces, securityGroups, type Subnet, subnets } from "../ec2/tables.ts";
import { checkAccessLogs } from "./access-logs.ts";
import { hostedZoneOf } from "./hosted-zones.ts";
import { deleteListener } from "./listeners.ts";
import {
  attributeList,
  changedAttributes,
  elbTags,
  listeners,
  type LoadBalancer,
  loadBalancers,
  requireLoadBalancer,
} from "./tables.ts";

/**
 * Default attributes of an Application Load Balancer. Source: Elastic Load Balancing API Reference,
 * LoadBalancerAttribute.
 */
const DEFAULTS: Readonly<Record<string, string>> = {
  "access_logs.s3.enabled": "false",
  "access_logs.s3.bucket": "",
  "access_logs.s3.prefix": "",
  "client_keep_alive.seconds": "3600",
  "connection_logs.s3.enabled": "false",
  "connection_logs.s3.bucket": "",
  "connection_logs.s3.prefix": "",
  "deletion_protection.enabled": "false",
  "idle_timeout.timeout_seconds": "60",
  "ipv6.deny_all_igw_traffic": "false",
  "load_balancing.cross_zone.enabled": "true",
  "routing.http.desync_mitigation_mode": "defensive",
  "routing.http.drop_invalid_header_fields.enabled": "false",
  "routing.http.preserve_host_header.enabled": "false",
  "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
  "routing.http.xff_client_port.enabled": "false",
  "routing.http.xff_header_processing.mode": "append",
  "routing.http2.enabled": "true",
  "waf.fail_open.enabled": "false",
  "zonal_shift.config.enabled": "false",
};

/**
 * Free IP addresses that an ALB requires in each subnet. Source: Elastic Load Balancing, "Subnets for your load
 * balancer".
 */
const MIN_FREE_ADDRESSES = 8;

/** The subnets of the sandbox have no IPv6 addresses. Source of the text: gardener/gardener-extension-provider-aws#832. */
function checkAddressType(type: elb.IpAddressType | undefined): void {
  if ((type ?? "ipv4") !== "ipv4")
    throw new AwsError(
      "ValidationError",
      "You must specify subnets with an associated IPv6 CIDR block.",
    );
}

function describe(context: Context, row: LoadBalancer): elb.LoadBalancer {
  return {
    LoadBalancerArn: row.arn,
    LoadBalancerName: row.name,
    DNSName: row.dnsName,
    CanonicalHostedZoneId: hostedZoneOf(context.region),
    CreatedTime: row.created,
    Scheme: row.scheme,
    Type: "application",
    State: { Code: "active" },
    VpcId: row.vpcId,
    IpAddressType: row.ipAddressType as elb.IpAddressType, // checked by the protocol
    SecurityGroups: [...row.groupIds],
    AvailabilityZones: row.subnetIds.map((SubnetId) => ({
      SubnetId,
      ZoneName: context.in(subnets).get(SubnetId)?.zone,
      LoadBalancerAddresses: [],
    })),
  };
}

/** Source: Elastic Load Balancing, "Subnets for your load balancer". */
function checkSubnets(
  context: Context,
  ids: readonly string[],
  currentSubnetIds: readonly string[],
): readonly Subnet[] {
  const rows = ids.map((id) => {
    const row = context.in(subnets).get(id);
    if (!row) throw new AwsError("SubnetNotFound", `The subnet ID '${id}' does not exist`);
    return row;
  });
  const zones = rows.map((row) => row.zone);
  if (new Set(zones).size < zones.length) {
    throw new AwsError(
      "InvalidConfigurationRequest",
      "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
    );
  }
  if (zones.length < 2) {
    throw new AwsError(
      "ValidationError",
      "At least two subnets in two different Availability Zones must be specified",
    );
  }
  if (new Set(rows.map((row) => row.vpcId)).size > 1) {
    throw new AwsError("InvalidSubnet", "All subnets must belong to the same VPC");
  }
  const fullSubnet = rows.find(
    (row) =>
      !currentSubnetIds.includes(row.id) && countFreeAddresses(context, row) < MIN_FREE_ADDRESSES,
  );
  if (fullSubnet) {
    throw new AwsError(
      "InvalidSubnet",
      `Not enough IP space available in ${fullSubnet.id}. ELB requires at least ${MIN_FREE_ADDRESSES} free IP addresses in each subnet.`,
    );
  }
  return rows;
}

function checkGroups(context: Context, ids: readonly string[], vpcId: string): void {
  for (const id of ids) {
    const group = context.in(securityGroups).get(id);
    if (group?.vpcId !== vpcId) {
      throw new AwsError("InvalidConfigurationRequest", `One or more security groups are invalid`);
    }
  }
}

/**
 * Creates the network interface of a load balancer in a subnet. An internet-facing one has a public IP address of AWS.
 */
function createNode(context: Context, row: LoadBalancer, subnet: Subnet): void {
  const created = createNetworkInterface(context, subnet, {
    type: "load_balancer",
    description: `ELB app/${row.name}/${row.arn.split("/").pop()}`,
    groupIds: row.groupIds,
    owner: row.arn,
  });
  if (row.scheme === "internet-facing") {
    const host = Number.parseInt(created.id.slice(-4), 16) % 65_536;
    // Addresses of the benchmark block (RFC 2544), which is not routed, are used instead of the pool of Amazon.
    const publicIp = `198.18.${Math.floor(host / 256)}.${host % 256}`;
    context.in(networkInterfaces).put(created.id, { ...created, publicIp });
  }
}

/** Source: Elastic Load Balancing API Reference, CreateLoadBalancer. No public source of the text is known. */
const subnetIdsOf = (input: {
  readonly Subnets?: string[] | undefined;
  readonly SubnetMappings?: elb.SubnetMapping[] | undefined;
}): string[] => {
  const { Subnets = [], SubnetMappings = [] } = input;
  if (Subnets.length > 0 && SubnetMappings.length > 0)
    throw new AwsError(
      "ValidationError",
      "You must specify either subnets or subnet mappings, but not both",
    );
  return Subnets.length > 0 ? Subnets : SubnetMappings.map(({ SubnetId = "" }) => SubnetId);
};

/**
 * Whether a load balancer has the settings of a request to create it. Such a request succeeds, and creates nothing.
 *
 * Source: Elastic Load Balancing API Reference, CreateLoadBalancer: "This operation is idempotent".
 */
const hasSettings = (
  context: Context,
  row: LoadBalancer,
  input: Pick<
    elb.CreateLoadBalancerInput,
    "Subnets" | "SubnetMappings" | "SecurityGroups" | "Scheme" | "IpAddressType"
  >,
): boolean =>
  (input.Scheme ?? "internet-facing") === row.scheme &&
  (input.IpAddressType ?? "ipv4") === row.ipAddressType &&
  isSameSet(subnetIdsOf(input), row.subnetIds) &&
  isSameSet(input.SecurityGroups ?? [defaultSecurityGroupId(context, row.vpcId)], row.groupIds);

const isSameSet = (left: readonly string[], right: readonly string[]): boolean =>
  left.length === right.length && left.every((value) => right.includes(value));

export const loadBalancerOperations: Operations = {
  CreateLoadBalancer: operation<elb.CreateLoadBalancerInput, elb.CreateLoadBalancerOutput>()(
    [
      "Name",
      "Subnets",
      "SubnetMappings",
      "SecurityGroups",
      "Scheme",
      "Tags",
      "Type",
      "IpAddressType",
    ],
    (context, input) => {
      if ((input.Type ?? "application") !== "application") {
        throw notImplemented(`load balancers of type ${input.Type}`);
      }
      // Source of the text: aws-cloudformation/cfn-lint#3259.
      if (input.Name.length > 32)
        throw new AwsError(
          "ValidationError",
          `The load balancer name '${input.Name}' cannot be longer than '32' characters`,
        );
      const problem = nameProblem("loadBalancer", input.Name);
      if (problem !== undefined)
        throw new AwsError("ValidationError", `The load balancer name ${problem}`);
      const existing = context.in(loadBalancers).find((row) => row.name === input.Name);
      if (existing) {
        if (hasSettings(context, existing, input))
          return { LoadBalancers: [describe(context, existing)] };
        throw new AwsError(
          "DuplicateLoadBalancerName",
          `A load balancer with the same name '${input.Name}' exists, but with different settings`,
        );
      }
      if (context.in(loadBalancers).all().length >= context.settings.quotas.loadBalancers)
        throw new AwsError(
          "TooManyLoadBalancers",
          "The maximum number of load balancers has been reached",
        );
      const selectedSubnets = checkSubnets(context, subnetIdsOf(input), []);
      checkAddressType(input.IpAddressType);
      const vpcId = selectedSubnets[0]?.vpcId ?? "";
      const scheme = input.Scheme ?? "internet-facing";
      if (scheme === "internet-facing" && !attachedInternetGateway(context, vpcId)) {
        throw new AwsError("InvalidSubnet", `VPC ${vpcId} has no internet gateway`);
      }
      const groupIds = input.SecurityGroups ?? [defaultSecurityGroupId(context, vpcId)];
      checkGroups(context, groupIds, vpcId);
      const hash = context.hex(16);
      const number = Number.parseInt(context.hex(8), 16);
      const row: LoadBalancer = {
        arn: context.arn("elasticloadbalancing", `loadbalancer/app/${input.Name}/${hash}`),
        name: input.Name,
        dnsName: `${scheme === "internal" ? "internal-" : ""}${input.Name}-${number}.${context.region}.elb.${dnsSuffix(context.partition)}`,
        scheme,
        vpcId,
        subnetIds: selectedSubnets.map((subnet) => subnet.id),
        groupIds,
        ipAddressType: input.IpAddressType ?? "ipv4",
        attributes: DEFAULTS,
        created: context.now,
      };
      context.in(loadBalancers).put(row.arn, row);
      context.in(elbTags).put(row.arn, tagMap(input.Tags));
      for (const subnet of selectedSubnets) createNode(context, row, subnet);
      return { LoadBalancers: [describe(context, row)] };
    },
  ),

  DescribeLoadBalancers: operation<
    elb.DescribeLoadBalancersInput,
    elb.DescribeLoadBalancersOutput
  >()(["LoadBalancerArns", "Names", "Marker", "PageSize"], (context, input) => {
    const named = input.Names?.map((name) => {
      const row = context.in(loadBalancers).find((loadBalancer) => loadBalancer.name === name);
      if (!row) throw new AwsError("LoadBalancerNotFound", `Load balancers '[${name}]' not found`);
      return row;
    });
    const rows =
      named ??
      input.LoadBalancerArns?.map((arn) => requireLoadBalancer(context, arn)) ??
      context.in(loadBalancers).all();
    const { items, next } = page(rows, input.PageSize ?? 400, input.Marker);
    return {
      LoadBalancers: items.map((row) => describe(context, row)),
      ...(next === undefined ? {} : { NextMarker: next }),
    };
  }),

  DeleteLoadBalancer: operation<elb.DeleteLoadBalancerInput, object>()(
    ["LoadBalancerArn"],
    (context, input) => {
      const row = context.in(loadBalancers).get(input.LoadBalancerArn);
      // Deleting a load balancer that does not exist succeeds. Source: Elastic Load Balancing API Reference,
      // DeleteLoadBalancer.
      if (!row) return {};
      if (row.attributes["deletion_protection.enabled"] === "true") {
        throw new AwsError(
          "OperationNotPermitted",
          `Load balancer '${row.arn}' cannot be deleted because deletion protection is enabled`,
        );
      }
      for (const listener of context
        .in(listeners)
        .filter((otherListener) => otherListener.loadBalancerArn === row.arn)) {
        deleteListener(context, listener);
      }
      deleteNetworkInterfacesOf(context, row.arn);
      context.in(loadBalancers).delete(row.arn);
      context.in(elbTags).delete(row.arn);
      return {};
    },
  ),

  DescribeLoadBalancerAttributes: operation<
    elb.DescribeLoadBalancerAttributesInput,
    elb.DescribeLoadBalancerAttributesOutput
  >()(["LoadBalancerArn"], (context, input) => ({
    Attributes: attributeList(requireLoadBalancer(context, input.LoadBalancerArn).attributes),
  })),

  ModifyLoadBalancerAttributes: operation<
    elb.ModifyLoadBalancerAttributesInput,
    elb.ModifyLoadBalancerAttributesOutput
  >()(["LoadBalancerArn", "Attributes"], (context, input) => {
    const row = requireLoadBalancer(context, input.LoadBalancerArn);
    const attributes = changedAttributes(row.attributes, input.Attributes, "Load balancer");
    checkAccessLogs(context, attributes);
    context.in(loadBalancers).put(row.arn, { ...row, attributes });
    return { Attributes: attributeList(attributes) };
  }),

  SetSecurityGroups: operation<elb.SetSecurityGroupsInput, elb.SetSecurityGroupsOutput>()(
    ["LoadBalancerArn", "SecurityGroups"],
    (context, input) => {
      const row = requireLoadBalancer(context, input.LoadBalancerArn);
      checkGroups(context, input.SecurityGroups, row.vpcId);
      context.in(loadBalancers).put(row.arn, { ...row, groupIds: input.SecurityGroups });
      for (const loadBalancerInterface of context
        .in(networkInterfaces)
        .filter((networkInterface) => networkInterface.owner === row.arn)) {
        context.in(networkInterfaces).put(loadBalancerInterface.id, {
          ...loadBalancerInterface,
          groupIds: input.SecurityGroups,
        });
      }
      return { SecurityGroupIds: input.SecurityGroups };
    },
  ),

  SetSubnets: operation<elb.SetSubnetsInput, elb.SetSubnetsOutput>()(
    ["LoadBalancerArn", "Subnets", "SubnetMappings"],
    (context, input) => {
      const row = requireLoadBalancer(context, input.LoadBalancerArn);
      const selectedSubnets = checkSubnets(context, subnetIdsOf(input), row.subnetIds);
      const changed = { ...row, subnetIds: selectedSubnets.map((subnet) => subnet.id) };
      context.in(loadBalancers).put(row.arn, changed);
      for (const loadBalancerInterface of context
        .in(networkInterfaces)
        .filter((networkInterface) => networkInterface.owner === row.arn)) {
        if (!changed.subnetIds.includes(loadBalancerInterface.subnetId))
          context.in(networkInterfaces).delete(loadBalancerInterface.id);
      }
      for (const subnet of selectedSubnets)
        if (!row.subnetIds.includes(subnet.id)) createNode(context, changed, subnet);
      return { AvailabilityZones: describe(context, changed).AvailabilityZones ?? [] };
    },
  ),

  SetIpAddressType: operation<elb.SetIpAddressTypeInput, elb.SetIpAddressTypeOutput>()(
    ["LoadBalancerArn", "IpAddressType"],
    (context, input) => {
      const row = requireLoadBalancer(context, input.LoadBalancerArn);
      checkAddressType(input.IpAddressType);
      context.in(loadBalancers).put(row.arn, { ...row, ipAddressType: input.IpAddressType });
      return { IpAddressType: input.IpAddressType };
    },
  ),

  DescribeCapacityReservation: operation<
    elb.DescribeCapacityReservationInput,
    elb.DescribeCapacityReservationOutput
  >()(["LoadBalancerArn"], (context, input) => {
    requireLoadBalancer(context, input.LoadBalancerArn);
    return { CapacityReservationState: [] };
  }),
};
