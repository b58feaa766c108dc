import type * as ec2 from "@aws-sdk/client-ec2";
import { endpointServices } from "../../../aws/endpoint-services.ts";
import { dnsSuffix, zonesOf } from "../../../aws/regions.ts";
import { parsePolicyDocument } from "../../authorization/policy-documents.ts";
import { endpointFacts } from "../../workload-behavior.ts";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { createNetworkInterface, defaultSecurityGroupId } from "./network-interfaces.ts";
import { gatewayPrefixLists } from "./prefix-lists.ts";
import {
  networkInterfaces,
  type Route,
  routeTables,
  securityGroups,
  type Subnet,
  subnets,
  type VpcEndpoint,
  vpcEndpoints,
  vpcs,
} from "./tables.ts";
import {
  applyFilters,
  filterAndPaginate,
  invalidValue,
  limitExceeded,
  missingParameter,
  requireResource,
  requireResources,
  tagCreatedResource,
  tags,
  tagsOf,
} from "./shared.ts";

/** The policy of an endpoint without one. Source: AWS PrivateLink Guide, "Control access to VPC endpoints using endpoint policies". */
const fullAccessPolicy = (type: VpcEndpoint["type"]): string =>
  JSON.stringify({
    ...(type === "Gateway" ? { Version: "2008-10-17" } : {}),
    Statement: [{ Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }],
  });

const GATEWAY_SERVICES: ReadonlySet<string> = new Set(["s3", "dynamodb"]);

/** The service in com.amazonaws.<region>.<service>; undefined if the region has no endpoint for it. */
export function endpointServiceOf(context: Context, name: string): string | undefined {
  const prefix = `com.amazonaws.${context.region}.`;
  const regionalName = name.replace(/^cn\./, "");
  if (!regionalName.startsWith(prefix)) return undefined;
  const service = regionalName.slice(prefix.length);
  return endpointServices.some((endpointService) => endpointService === service)
    ? service
    : undefined;
}

/** The public DNS names that resolve to the endpoint with private DNS. Source: AWS PrivateLink Guide, "AWS services that integrate with AWS PrivateLink". */
export function privateDnsNames(context: Context, service: string): string[] {
  const suffix = `${context.region}.${dnsSuffix(context.partition)}`;
  switch (service) {
    case "ecr.api":
      return [`api.ecr.${suffix}`];
    case "ecr.dkr":
      return [`*.dkr.ecr.${suffix}`];
    default:
      return [`${service.split(".").toReversed().join(".")}.${suffix}`];
  }
}

const networkInterfacesOf = (context: Context, endpoint: VpcEndpoint) =>
  context
    .in(networkInterfaces)
    .filter((networkInterface) => networkInterface.owner === endpoint.id);

/** The DNS name that AWS gives to an interface endpoint. */
export function endpointDnsName(context: Context, { id, serviceName }: VpcEndpoint): string {
  const service = endpointServiceOf(context, serviceName) ?? serviceName;
  return `${id}-${id.slice(-8)}.${service}.${context.region}.vpce.${dnsSuffix(context.partition)}`;
}

function describe(context: Context, row: VpcEndpoint): ec2.VpcEndpoint {
  const service = endpointServiceOf(context, row.serviceName) ?? row.serviceName;
  const isInterface = row.type === "Interface";
  return {
    VpcEndpointId: row.id,
    VpcEndpointType: row.type,
    VpcId: row.vpcId,
    ServiceName: row.serviceName,
    // EC2 returns available. The SDK's type has Available.
    State: "available" as ec2.State,
    PolicyDocument: row.policy,
    PrivateDnsEnabled: row.privateDns,
    RequesterManaged: false,
    OwnerId: context.account,
    CreationTimestamp: row.created,
    RouteTableIds: [...row.routeTableIds],
    SubnetIds: [...row.subnetIds],
    Groups: row.groupIds.map((id) => ({
      GroupId: id,
      GroupName: context.in(securityGroups).get(id)?.name,
    })),
    NetworkInterfaceIds: networkInterfacesOf(context, row).map(
      (networkInterface) => networkInterface.id,
    ),
    DnsEntries: isInterface
      ? [
          endpointDnsName(context, row),
          ...(row.privateDns ? privateDnsNames(context, service) : []),
        ].map((DnsName) => ({
          DnsName,
          HostedZoneId: "Z7HUB22UULQXV",
        }))
      : [],
    ...(isInterface ? { IpAddressType: "ipv4", DnsOptions: { DnsRecordIpType: "ipv4" } } : {}),
    Tags: tagsOf(context, row.id),
  };
}

function addToRouteTables(context: Context, row: VpcEndpoint, ids: readonly string[]): void {
  const prefixList = gatewayPrefixLists(context.region).find(
    (awsPrefixList) => awsPrefixList.name === row.serviceName,
  );
  if (!prefixList) throw invalidValue(`${row.serviceName} has no prefix list`);
  for (const id of ids) {
    const routeTable = requireResource(context, routeTables, "rtb", id);
    if (routeTable.vpcId !== row.vpcId) {
      throw invalidValue(`Route table ${id} does not belong to the VPC ${row.vpcId}`);
    }
    if (routeTable.routes.some((route) => route.prefixListId === prefixList.id)) {
      throw new AwsError(
        "RouteAlreadyExists",
        `route table ${id} already has a route with destination-prefix-list-id ${prefixList.id}`,
      );
    }
    const route: Route = {
      prefixListId: prefixList.id,
      target: { kind: "endpoint", id: row.id },
      origin: "CreateRoute",
    };
    context.in(routeTables).put(id, { ...routeTable, routes: [...routeTable.routes, route] });
  }
}

function removeFromRouteTables(context: Context, row: VpcEndpoint, ids: readonly string[]): void {
  for (const id of ids) {
    const routeTable = context.in(routeTables).get(id);
    if (routeTable) {
      context.in(routeTables).put(id, {
        ...routeTable,
        routes: routeTable.routes.filter((route) => route.target.id !== row.id),
      });
    }
  }
}

/** The zones in which a service has endpoints. AWS documents no list: all zones of the region, unless the sandbox's settings have other zones. */
const zonesOfService = (context: Context, serviceName: string): readonly string[] =>
  endpointFacts(context.settings.apps, serviceName).zones ?? zonesOf(context.region);

/** The address that the customer chose for the network interface in a subnet, by subnet ID. */
type Addresses = ReadonlyMap<string, string | undefined>;

/** Source: Amazon EC2 API Reference, SubnetConfiguration. */
function addressesFrom(configurations: readonly ec2.SubnetConfiguration[] = []): Addresses {
  return new Map(
    configurations.map(({ SubnetId, Ipv4, Ipv6 }) => {
      if (SubnetId === undefined) throw missingParameter("SubnetId");
      if (Ipv6 !== undefined) throw notImplemented("IPv6 addresses of endpoints");
      return [SubnetId, Ipv4];
    }),
  );
}

/** Creates a network interface in each subnet. Each subnet must be in the endpoint's VPC, and in another zone. */
function createNetworkInterfaces(
  context: Context,
  row: VpcEndpoint,
  ids: readonly string[],
  addresses: Addresses,
): void {
  const zones = new Map(
    networkInterfacesOf(context, row).map((networkInterface) => [
      networkInterface.zone,
      networkInterface.subnetId,
    ]),
  );
  for (const id of ids) {
    const subnet: Subnet = requireResource(context, subnets, "subnet", id);
    if (subnet.vpcId !== row.vpcId)
      throw invalidValue(`Subnet ${id} does not belong to the VPC ${row.vpcId}`);
    if (!zonesOfService(context, row.serviceName).includes(subnet.zone)) {
      throw new AwsError(
        "InvalidParameter",
        `The VPC endpoint service ${row.serviceName} does not support the availability zone of the subnet: ${id}.`,
      );
    }
    if (zones.has(subnet.zone)) {
      throw new AwsError(
        "DuplicateSubnetsInSameZone",
        `Found another VPC endpoint subnet in the availability zone of ${id}`,
      );
    }
    zones.set(subnet.zone, id);
    const privateIp = addresses.get(id);
    createNetworkInterface(context, subnet, {
      type: "vpc_endpoint",
      description: `VPC Endpoint Interface ${row.id}`,
      groupIds: row.groupIds,
      owner: row.id,
      ...(privateIp === undefined ? {} : { privateIp }),
    });
  }
}

function checkPrivateDns(context: Context, row: VpcEndpoint): void {
  const vpc = requireResource(context, vpcs, "vpc", row.vpcId);
  if (!vpc.dnsSupport || !vpc.dnsHostnames) {
    throw new AwsError(
      "InvalidParameter",
      `Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for ${vpc.id}`,
    );
  }
  const conflicting = context
    .in(vpcEndpoints)
    .find(
      (vpcEndpoint) =>
        vpcEndpoint.id !== row.id &&
        vpcEndpoint.vpcId === row.vpcId &&
        vpcEndpoint.serviceName === row.serviceName &&
        vpcEndpoint.privateDns,
    );
  if (conflicting) {
    const [name = ""] = privateDnsNames(context, endpointServiceOf(context, row.serviceName) ?? "");
    throw new AwsError(
      "InvalidParameter",
      `private-dns-enabled cannot be set because there is already a conflicting DNS domain for ${name} in the VPC ${vpc.id}`,
    );
  }
}

/** Source: AWS PrivateLink Guide, "Control access to VPC endpoints using endpoint policies". */
function endpointPolicy(document: string | undefined, type: VpcEndpoint["type"]): string {
  if (document === undefined || document === "") return fullAccessPolicy(type);
  parsePolicyDocument(document, "endpoint");
  return document;
}

function checkQuota(context: Context, vpcId: string, type: VpcEndpoint["type"]): void {
  const { interfaceEndpointsPerVpc, gatewayEndpoints } = context.settings.quotas;
  const count = context
    .in(vpcEndpoints)
    .filter((vpcEndpoint) =>
      type === "Interface"
        ? vpcEndpoint.type === "Interface" && vpcEndpoint.vpcId === vpcId
        : vpcEndpoint.type === "Gateway",
    ).length;
  if (count >= (type === "Interface" ? interfaceEndpointsPerVpc : gatewayEndpoints))
    throw limitExceeded("VpcEndpoint", "VPC endpoints");
}

export const vpcEndpointOperations: Operations = {
  CreateVpcEndpoint: operation<ec2.CreateVpcEndpointRequest, ec2.CreateVpcEndpointResult>()(
    [
      "VpcId",
      "ServiceName",
      "VpcEndpointType",
      "PolicyDocument",
      "PrivateDnsEnabled",
      "SubnetIds",
      "SubnetConfigurations",
      "SecurityGroupIds",
      "RouteTableIds",
      "TagSpecifications",
    ],
    (context, input) => {
      const vpc = requireResource(context, vpcs, "vpc", input.VpcId);
      const name = input.ServiceName ?? "";
      const service = endpointServiceOf(context, name);
      const type = input.VpcEndpointType ?? "Gateway";
      if (service === undefined || (type === "Gateway" && !GATEWAY_SERVICES.has(service))) {
        throw new AwsError(
          "InvalidServiceName",
          `The Vpc Endpoint Service '${name}' does not exist`,
        );
      }
      if (type !== "Gateway" && type !== "Interface") {
        throw notImplemented(`endpoints of type ${type}`);
      }
      const isInterface = type === "Interface";
      checkQuota(context, vpc.id, type);
      const addresses = addressesFrom(input.SubnetConfigurations);
      const row: VpcEndpoint = {
        id: context.id("vpce"),
        vpcId: vpc.id,
        serviceName: name,
        type,
        policy: endpointPolicy(input.PolicyDocument, type),
        // EC2's default is private DNS. Terraform always sends the member.
        privateDns: isInterface && (input.PrivateDnsEnabled ?? true),
        subnetIds: isInterface
          ? [...new Set([...(input.SubnetIds ?? []), ...addresses.keys()])]
          : [],
        groupIds: isInterface
          ? (input.SecurityGroupIds ?? [defaultSecurityGroupId(context, vpc.id)])
          : [],
        routeTableIds: isInterface ? [] : (input.RouteTableIds ?? []),
        created: context.now,
      };
      if (row.privateDns) checkPrivateDns(context, row);
      context.in(vpcEndpoints).put(row.id, row);
      if (isInterface) createNetworkInterfaces(context, row, row.subnetIds, addresses);
      else addToRouteTables(context, row, row.routeTableIds);
      tagCreatedResource(context, row.id, "vpc-endpoint", input.TagSpecifications);
      return { VpcEndpoint: describe(context, row) };
    },
  ),

  ModifyVpcEndpoint: operation<ec2.ModifyVpcEndpointRequest, ec2.ModifyVpcEndpointResult>()(
    [
      "VpcEndpointId",
      "PolicyDocument",
      "ResetPolicy",
      "PrivateDnsEnabled",
      "AddSubnetIds",
      "RemoveSubnetIds",
      "SubnetConfigurations",
      "AddSecurityGroupIds",
      "RemoveSecurityGroupIds",
      "AddRouteTableIds",
      "RemoveRouteTableIds",
    ],
    (context, input) => {
      const row = requireResource(context, vpcEndpoints, "vpce", input.VpcEndpointId);
      const addresses = addressesFrom(input.SubnetConfigurations);
      const updatedIds = (
        current: readonly string[],
        add: readonly string[] = [],
        remove: readonly string[] = [],
      ): string[] => [
        ...current.filter((id) => !remove.includes(id)),
        ...add.filter((id) => !current.includes(id)),
      ];
      const changed: VpcEndpoint = {
        ...row,
        policy:
          input.ResetPolicy === true || input.PolicyDocument !== undefined
            ? endpointPolicy(
                input.ResetPolicy === true ? undefined : input.PolicyDocument,
                row.type,
              )
            : row.policy,
        privateDns: input.PrivateDnsEnabled ?? row.privateDns,
        subnetIds: updatedIds(
          row.subnetIds,
          [...(input.AddSubnetIds ?? []), ...addresses.keys()],
          input.RemoveSubnetIds,
        ),
        groupIds: updatedIds(row.groupIds, input.AddSecurityGroupIds, input.RemoveSecurityGroupIds),
        routeTableIds: updatedIds(
          row.routeTableIds,
          input.AddRouteTableIds,
          input.RemoveRouteTableIds,
        ),
      };
      for (const id of changed.groupIds) requireResource(context, securityGroups, "sg", id);
      if (changed.privateDns && !row.privateDns) checkPrivateDns(context, changed);
      context.in(vpcEndpoints).put(row.id, changed);
      for (const networkInterface of networkInterfacesOf(context, row)) {
        const { subnetId, privateIp } = networkInterface;
        // Another address needs another network interface.
        if (
          changed.subnetIds.includes(subnetId) &&
          (addresses.get(subnetId) ?? privateIp) === privateIp
        ) {
          context
            .in(networkInterfaces)
            .put(networkInterface.id, { ...networkInterface, groupIds: changed.groupIds });
        } else {
          context.in(networkInterfaces).delete(networkInterface.id);
        }
      }
      createNetworkInterfaces(
        context,
        changed,
        changed.subnetIds.filter(
          (id) => !networkInterfacesOf(context, changed).some((eni) => eni.subnetId === id),
        ),
        addresses,
      );
      removeFromRouteTables(context, row, input.RemoveRouteTableIds ?? []);
      const newTables = changed.routeTableIds.filter((id) => !row.routeTableIds.includes(id));
      if (newTables.length > 0) addToRouteTables(context, changed, newTables);
      return { Return: true };
    },
  ),

  DeleteVpcEndpoints: operation<ec2.DeleteVpcEndpointsRequest, ec2.DeleteVpcEndpointsResult>()(
    ["VpcEndpointIds"],
    (context, input) => ({
      Unsuccessful: input.VpcEndpointIds.flatMap((id) => {
        const row = context.in(vpcEndpoints).get(id);
        if (!row) {
          const Message = `The Vpc Endpoint Id '${id}' does not exist`;
          return [{ ResourceId: id, Error: { Code: "InvalidVpcEndpoint.NotFound", Message } }];
        }
        for (const networkInterface of networkInterfacesOf(context, row))
          context.in(networkInterfaces).delete(networkInterface.id);
        removeFromRouteTables(context, row, row.routeTableIds);
        context.in(vpcEndpoints).delete(id);
        context.in(tags).delete(id);
        return [];
      }),
    }),
  ),

  DescribeVpcEndpoints: operation<
    ec2.DescribeVpcEndpointsRequest,
    ec2.DescribeVpcEndpointsResult
  >()(["VpcEndpointIds", "Filters", "MaxResults", "NextToken"], (context, input) => {
    const { items, next } = filterAndPaginate(
      context,
      requireResources(context, vpcEndpoints, "vpce", input.VpcEndpointIds),
      input,
      {
        "vpc-endpoint-id": (row) => row.id,
        "vpc-endpoint-type": (row) => row.type,
        "vpc-endpoint-state": () => "available",
        "vpc-id": (row) => row.vpcId,
        "service-name": (row) => row.serviceName,
      },
    );
    return { VpcEndpoints: items.map((row) => describe(context, row)), NextToken: next };
  }),

  DescribeVpcEndpointServices: operation<
    ec2.DescribeVpcEndpointServicesRequest,
    ec2.DescribeVpcEndpointServicesResult
  >()(["ServiceNames", "Filters", "MaxResults", "NextToken"], (context, input) => {
    const services = endpointServices.flatMap((service) => {
      const name = `com.amazonaws.${context.region}.${service}`;
      const types = GATEWAY_SERVICES.has(service)
        ? (["Gateway", "Interface"] as const)
        : (["Interface"] as const);
      return types.map((type) => ({ service, name, type }));
    });
    const invalidServiceName = input.ServiceNames?.find(
      (name) => !services.some((entry) => entry.name === name),
    );
    if (invalidServiceName !== undefined) {
      throw new AwsError(
        "InvalidServiceName",
        `The Vpc Endpoint Service '${invalidServiceName}' does not exist`,
      );
    }
    const rows = applyFilters(
      context,
      services.filter((entry) => input.ServiceNames?.includes(entry.name) ?? true),
      input.Filters,
      {
        "service-name": (entry) => entry.name,
        "service-type": (entry) => entry.type,
        owner: () => "amazon",
      },
      (entry) => entry.name,
    );
    const { items, next } = page(rows, input.MaxResults, input.NextToken);
    return {
      ServiceNames: [...new Set(items.map((item) => item.name))],
      ServiceDetails: items.map((item) => ({
        ServiceName: item.name,
        ServiceType: [{ ServiceType: item.type }],
        Owner: "amazon",
        AcceptanceRequired: false,
        AvailabilityZones: [...zonesOfService(context, item.name)],
        VpcEndpointPolicySupported: true,
        PrivateDnsName: privateDnsNames(context, item.service)[0],
      })),
      NextToken: next,
    };
  }),
};
