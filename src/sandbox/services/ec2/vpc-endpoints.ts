import type * as ec2 from "@aws-sdk/client-ec2";
import { endpointServices } from "../../../aws/endpoint-services.ts";
import { dnsSuffix, zonesOf } from "../../../aws/regions.ts";
import { parsePolicyDocument } from "../../authorization/policy-documents.ts";
import { endpointFacts } from "../../workload-behavior.ts";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { createInterface, defaultGroupOf } from "./network-interfaces.ts";
import { prefixListsOfAws } from "./prefix-lists.ts";
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
  filtered,
  listed,
  invalidValue,
  limitExceeded,
  need,
  needAll,
  tagNew,
  tags,
  tagsOf,
} from "./shared.ts";

const OPEN_POLICY = JSON.stringify({
  Version: "2008-10-17",
  Statement: [{ Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }],
});

const GATEWAYS: ReadonlySet<string> = new Set(["s3", "dynamodb"]);

/** The service's word in com.amazonaws.<region>.<service>; undefined where the region has no such service. */
export function serviceOf(context: Context, name: string): string | undefined {
  const prefix = `com.amazonaws.${context.region}.`;
  const global = name.replace(/^cn\./, "");
  if (!global.startsWith(prefix)) return undefined;
  const service = global.slice(prefix.length);
  return endpointServices.some((known) => known === service) ? service : undefined;
}

/** The public name that private DNS takes over. Source: AWS PrivateLink Guide, "AWS services that integrate with AWS PrivateLink". */
export function privateNames(context: Context, service: string): string[] {
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

const interfacesOf = (context: Context, endpoint: VpcEndpoint) =>
  context
    .in(networkInterfaces)
    .filter((networkNetworkInterface) => networkNetworkInterface.owner === endpoint.id);

function describe(context: Context, row: VpcEndpoint): ec2.VpcEndpoint {
  const service = serviceOf(context, row.serviceName) ?? row.serviceName;
  const own = `${row.id}-${row.id.slice(-8)}.${service}.${context.region}.vpce.${dnsSuffix(context.partition)}`;
  const isInterface = row.type === "Interface";
  return {
    VpcEndpointId: row.id,
    VpcEndpointType: row.type,
    VpcId: row.vpcId,
    ServiceName: row.serviceName,
    // The SDK lists Available; EC2 itself says available.
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
    NetworkInterfaceIds: interfacesOf(context, row).map((networkInterface) => networkInterface.id),
    DnsEntries: isInterface
      ? [own, ...(row.privateDns ? privateNames(context, service) : [])].map((DnsName) => ({
          DnsName,
          HostedZoneId: "Z7HUB22UULQXV",
        }))
      : [],
    ...(isInterface ? { IpAddressType: "ipv4", DnsOptions: { DnsRecordIpType: "ipv4" } } : {}),
    Tags: tagsOf(context, row.id),
  };
}

function addToRouteTables(context: Context, row: VpcEndpoint, ids: readonly string[]): void {
  const list = prefixListsOfAws(context.region).find(
    (awsPrefixList) => awsPrefixList.name === row.serviceName,
  );
  if (!list) throw invalidValue(`${row.serviceName} has no prefix list`);
  for (const id of ids) {
    const tableRow = need(context, routeTables, "rtb", id);
    if (tableRow.vpcId !== row.vpcId) {
      throw invalidValue(`Route table ${id} does not belong to the VPC ${row.vpcId}`);
    }
    if (tableRow.routes.some((route) => route.prefixListId === list.id)) {
      throw new AwsError(
        "RouteAlreadyExists",
        `route table ${id} already has a route with destination-prefix-list-id ${list.id}`,
      );
    }
    const route: Route = {
      prefixListId: list.id,
      target: { kind: "endpoint", id: row.id },
      origin: "CreateRoute",
    };
    context.in(routeTables).put(id, { ...tableRow, routes: [...tableRow.routes, route] });
  }
}

function removeFromRouteTables(context: Context, row: VpcEndpoint, ids: readonly string[]): void {
  for (const id of ids) {
    const tableRow = context.in(routeTables).get(id);
    if (tableRow) {
      context.in(routeTables).put(id, {
        ...tableRow,
        routes: tableRow.routes.filter((route) => route.target.id !== row.id),
      });
    }
  }
}

/** AWS offers a service in some zones of a region; which, no page says: every zone, unless the sandbox is told. */
const offeredIn = (context: Context, serviceName: string): readonly string[] =>
  endpointFacts(context.settings.apps, serviceName).zones ?? zonesOf(context.region);

/** Puts an interface into each subnet: one a zone, all of the endpoint's VPC. */
function addInterfaces(context: Context, row: VpcEndpoint, ids: readonly string[]): void {
  const zones = new Map(
    interfacesOf(context, row).map((networkInterface) => [
      networkInterface.zone,
      networkInterface.subnetId,
    ]),
  );
  for (const id of ids) {
    const subnet: Subnet = need(context, subnets, "subnet", id);
    if (subnet.vpcId !== row.vpcId)
      throw invalidValue(`Subnet ${id} does not belong to the VPC ${row.vpcId}`);
    if (!offeredIn(context, row.serviceName).includes(subnet.zone)) {
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
    createInterface(context, subnet, {
      type: "vpc_endpoint",
      description: `VPC Endpoint Interface ${row.id}`,
      groupIds: row.groupIds,
      owner: row.id,
    });
  }
}

function checkPrivateDns(context: Context, row: VpcEndpoint): void {
  const vpc = need(context, vpcs, "vpc", row.vpcId);
  if (!vpc.dnsSupport || !vpc.dnsHostnames) {
    throw new AwsError(
      "InvalidParameter",
      `Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for ${vpc.id}`,
    );
  }
  const rival = context
    .in(vpcEndpoints)
    .find(
      (vpcEndpoint) =>
        vpcEndpoint.id !== row.id &&
        vpcEndpoint.vpcId === row.vpcId &&
        vpcEndpoint.serviceName === row.serviceName &&
        vpcEndpoint.privateDns,
    );
  if (rival) {
    const [name = ""] = privateNames(context, serviceOf(context, row.serviceName) ?? "");
    throw new AwsError(
      "InvalidParameter",
      `private-dns-enabled cannot be set because there is already a conflicting DNS domain for ${name} in the VPC ${vpc.id}`,
    );
  }
}

/** Source: AWS PrivateLink Guide, "Control access to VPC endpoints using endpoint policies". */
function policyFrom(document: string | undefined): string {
  if (document === undefined || document === "") return OPEN_POLICY;
  parsePolicyDocument(document, "endpoint");
  return document;
}

function checkQuota(context: Context, vpcId: string, isInterface: boolean): void {
  const { interfaceEndpointsPerVpc, gatewayEndpoints } = context.settings.quotas;
  const count = context
    .in(vpcEndpoints)
    .filter((vpcEndpoint) =>
      isInterface
        ? vpcEndpoint.type === "Interface" && vpcEndpoint.vpcId === vpcId
        : vpcEndpoint.type === "Gateway",
    ).length;
  if (count >= (isInterface ? interfaceEndpointsPerVpc : gatewayEndpoints))
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
      "SecurityGroupIds",
      "RouteTableIds",
      "TagSpecifications",
    ],
    (context, input) => {
      const vpc = need(context, vpcs, "vpc", input.VpcId);
      const name = input.ServiceName ?? "";
      const service = serviceOf(context, name);
      const type = input.VpcEndpointType ?? "Gateway";
      if (service === undefined || (type === "Gateway" && !GATEWAYS.has(service))) {
        throw new AwsError(
          "InvalidServiceName",
          `The Vpc Endpoint Service '${name}' does not exist`,
        );
      }
      if (type !== "Gateway" && type !== "Interface") {
        throw notImplemented(`endpoints of type ${type}`);
      }
      const isInterface = type === "Interface";
      checkQuota(context, vpc.id, isInterface);
      const row: VpcEndpoint = {
        id: context.id("vpce"),
        vpcId: vpc.id,
        serviceName: name,
        type,
        policy: policyFrom(input.PolicyDocument),
        // EC2 turns private DNS on unless told otherwise; Terraform always tells.
        privateDns: isInterface && (input.PrivateDnsEnabled ?? true),
        subnetIds: isInterface ? (input.SubnetIds ?? []) : [],
        groupIds: isInterface ? (input.SecurityGroupIds ?? [defaultGroupOf(context, vpc.id)]) : [],
        routeTableIds: isInterface ? [] : (input.RouteTableIds ?? []),
        created: context.now,
      };
      if (row.privateDns) checkPrivateDns(context, row);
      context.in(vpcEndpoints).put(row.id, row);
      if (isInterface) addInterfaces(context, row, row.subnetIds);
      else addToRouteTables(context, row, row.routeTableIds);
      tagNew(context, row.id, "vpc-endpoint", input.TagSpecifications);
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
      "AddSecurityGroupIds",
      "RemoveSecurityGroupIds",
      "AddRouteTableIds",
      "RemoveRouteTableIds",
    ],
    (context, input) => {
      const row = need(context, vpcEndpoints, "vpce", input.VpcEndpointId);
      const change = (
        now: readonly string[],
        add: readonly string[] = [],
        remove: readonly string[] = [],
      ): string[] => [
        ...now.filter((id) => !remove.includes(id)),
        ...add.filter((id) => !now.includes(id)),
      ];
      const changed: VpcEndpoint = {
        ...row,
        policy:
          input.ResetPolicy === true || input.PolicyDocument !== undefined
            ? policyFrom(input.ResetPolicy === true ? undefined : input.PolicyDocument)
            : row.policy,
        privateDns: input.PrivateDnsEnabled ?? row.privateDns,
        subnetIds: change(row.subnetIds, input.AddSubnetIds, input.RemoveSubnetIds),
        groupIds: change(row.groupIds, input.AddSecurityGroupIds, input.RemoveSecurityGroupIds),
        routeTableIds: change(row.routeTableIds, input.AddRouteTableIds, input.RemoveRouteTableIds),
      };
      for (const id of changed.groupIds) need(context, securityGroups, "sg", id);
      if (changed.privateDns && !row.privateDns) checkPrivateDns(context, changed);
      context.in(vpcEndpoints).put(row.id, changed);
      for (const networkInterface of interfacesOf(context, row)) {
        if (changed.subnetIds.includes(networkInterface.subnetId)) {
          context
            .in(networkInterfaces)
            .put(networkInterface.id, { ...networkInterface, groupIds: changed.groupIds });
        } else {
          context.in(networkInterfaces).delete(networkInterface.id);
        }
      }
      addInterfaces(
        context,
        changed,
        changed.subnetIds.filter((id) => !row.subnetIds.includes(id)),
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
        for (const networkInterface of interfacesOf(context, row))
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
    const { items, next } = listed(
      context,
      needAll(context, vpcEndpoints, "vpce", input.VpcEndpointIds),
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
      const types = GATEWAYS.has(service)
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
    const rows = filtered(
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
        AvailabilityZones: [...offeredIn(context, item.name)],
        VpcEndpointPolicySupported: true,
        PrivateDnsName: privateNames(context, item.service)[0],
      })),
      NextToken: next,
    };
  }),
};
