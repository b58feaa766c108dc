import type { ServicePermissions, ServiceResources, Input } from "../../core/service.ts";
import type { Context } from "../../core/operation.ts";
import { ownProperty } from "../../core/own-property.ts";
import { partsOfArn, passedRole, text } from "../../authorization/request-members.ts";
import { AwsError } from "../../protocol/errors.ts";
import { tags } from "./shared.ts";
import { addresses, routeTables } from "./tables.ts";

/** Resource types by ID prefix. Source: Service Authorization Reference, "Amazon EC2". */
const TYPES: Readonly<Record<string, string>> = {
  vpc: "vpc",
  subnet: "subnet",
  rtb: "route-table",
  igw: "internet-gateway",
  sg: "security-group",
  sgr: "security-group-rule",
  vpce: "vpc-endpoint",
  nat: "natgateway",
  eipalloc: "elastic-ip",
  eni: "network-interface",
  acl: "network-acl",
  pl: "prefix-list",
  fl: "vpc-flow-log",
  dopt: "dhcp-options",
  eigw: "egress-only-internet-gateway",
  pcx: "vpc-peering-connection",
};

const CREATED_TYPES: Readonly<Record<string, string>> = {
  CreateVpc: "vpc",
  CreateSubnet: "subnet",
  CreateRouteTable: "route-table",
  CreateInternetGateway: "internet-gateway",
  CreateSecurityGroup: "security-group",
  CreateVpcEndpoint: "vpc-endpoint",
  CreateNatGateway: "natgateway",
  AllocateAddress: "elastic-ip",
  CreateNetworkInterface: "network-interface",
  CreateNetworkAcl: "network-acl",
  CreateManagedPrefixList: "prefix-list",
  CreateFlowLogs: "vpc-flow-log",
  CreateDhcpOptions: "dhcp-options",
};

/** ARNs of the resources that a request creates. Their IDs are not known yet. */
function createdResources(context: Context, operation: string, input: Input): string[] {
  const createdType = CREATED_TYPES[operation];
  const isRule =
    operation.startsWith("AuthorizeSecurityGroup") && input["TagSpecifications"] !== undefined;
  if (createdType === undefined) return isRule ? [context.arn("ec2", "security-group-rule/*")] : [];
  return [context.arn("ec2", `${createdType}/*`)];
}

/** All IDs in an input, at every depth. */
function idsIn(value: unknown): string[] {
  if (typeof value === "string") return /^[a-z]+-0?[0-9a-f]{8,17}$/.test(value) ? [value] : [];
  if (Array.isArray(value)) return value.flatMap(idsIn);
  if (typeof value === "object" && value !== null && !(value instanceof Date))
    return Object.values(value).flatMap(idsIn);
  return [];
}

/** The resource that has an association. If the association does not exist, any resource of the type. */
function associationOwnerOf(
  context: Context,
  operation: string,
  id: string | undefined,
): string | undefined {
  switch (operation) {
    case "DisassociateRouteTable": {
      const table = context
        .in(routeTables)
        .find((row) => row.associations.some((association) => association.id === id));
      return `route-table/${table?.id ?? "rtb-*"}`;
    }
    case "DisassociateAddress": {
      const address = context.in(addresses).find((row) => row.association?.id === id);
      return `elastic-ip/${address?.id ?? "eipalloc-*"}`;
    }
    default:
      return undefined;
  }
}

function resources(context: Context, operation: string, input: Input): string[] {
  if (operation.startsWith("Describe")) return [];
  const associationOwner = associationOwnerOf(context, operation, text(input["AssociationId"]));
  if (associationOwner !== undefined) return [context.arn("ec2", associationOwner)];
  const namedResources = idsIn({ ...input, TagSpecifications: undefined }).flatMap((id) => {
    const prefix = id.split("-")[0] ?? "";
    // Rules and routes refer to a prefix list, but the permission is not checked for it.
    const type =
      prefix === "pl" && !operation.includes("PrefixList") ? undefined : ownProperty(TYPES, prefix);
    return type === undefined ? [] : [context.arn("ec2", `${type}/${id}`)];
  });
  return [...new Set(namedResources), ...createdResources(context, operation, input)];
}

/** Source: Service Authorization Reference, "Amazon EC2"; "Error codes for the Amazon EC2 API". */
export const ec2Permissions: ServicePermissions = {
  resources,
  createdResources,
  tagAction: () => "ec2:CreateTags",
  hasCreateAction: true,
  passedRoles: (operation, input) =>
    operation === "CreateFlowLogs"
      ? passedRole(input, "DeliverLogsPermissionArn", "vpc-flow-logs.amazonaws.com")
      : [],
  // The private DNS names of an interface endpoint require a hosted zone that is associated with the VPC.
  furtherPermissions: (_context, operation, input) =>
    operation === "CreateVpcEndpoint" && input["PrivateDnsEnabled"] === true
      ? [
          {
            action: "route53:AssociateVPCWithHostedZone",
            resource: "*",
            conditions: {},
            isNew: false,
          },
        ]
      : [],
  denied: (message) =>
    new AwsError(
      "UnauthorizedOperation",
      `You are not authorized to perform this operation. ${message}`,
      403,
    ),
};

export const ec2Resources: ServiceResources = {
  tags: (context, arn) => context.in(tags).get(partsOfArn(arn).id),
};
