import type * as rds from "@aws-sdk/client-rds";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { ResourceType, type StoredResource } from "../../resource-store/resource-type.ts";
import { ensureDefaultVpc, defaultVpcOf } from "../ec2/default-vpc.ts";
import { type Placement, placementIn } from "../ec2/service-interfaces.ts";
import { subnets } from "../ec2/tables.ts";
import { invalidCombination, invalidValue, rdsName } from "./shared.ts";

export const PAGE = { token: "Marker", size: "MaxRecords", defaultSize: 100 } as const;

interface SubnetGroupMembers extends rds.DBSubnetGroup {
  readonly subnetIds?: readonly string[];
}

/** Source of the texts: errors that users report, as in hashicorp/terraform-provider-aws, and getmoto/moto, `moto/rds`. */
export const subnetGroups: ResourceType<SubnetGroupMembers> = new ResourceType<SubnetGroupMembers>({
  service: "rds",
  table: "rds/subnet-group",
  structure: "DBSubnetGroup",
  identifier: "DBSubnetGroupName",
  normalize: rdsName,
  arn: (context, id) => context.arn("rds", `subgrp:${id}`),
  notFound: (id) =>
    new AwsError("DBSubnetGroupNotFoundFault", `DB subnet group '${id}' does not exist.`, 404),
  exists: (id) =>
    new AwsError("DBSubnetGroupAlreadyExists", `The DB subnet group '${id}' already exists.`),
  describe: (context, { arn, members }) => ({
    DBSubnetGroupArn: arn,
    SubnetGroupStatus: "Complete",
    SupportedNetworkTypes: ["IPV4"],
    Subnets: (members.subnetIds ?? []).map((id) => ({
      SubnetIdentifier: id,
      SubnetAvailabilityZone: { Name: context.in(subnets).get(id)?.zone },
      SubnetOutpost: {},
      SubnetStatus: "Active",
    })),
  }),
});

/** Checks the subnets of a group. Source: Amazon RDS API Reference, CreateDBSubnetGroup. */
function subnetMembers(context: Context, ids: readonly string[]): SubnetGroupMembers {
  const placement = placementIn(context, ids);
  if ("kind" in placement)
    throw new AwsError(
      "InvalidSubnet",
      placement.kind === "subnet-not-found"
        ? `Some input subnets in :[${ids.join(", ")}] are invalid.`
        : "The requested subnets are invalid, or multiple subnets were requested that are not all in a common VPC.",
    );
  const zones = [...new Set(placement.subnets.map(({ zone }) => zone))];
  if (zones.length < 2)
    throw new AwsError(
      "DBSubnetGroupDoesNotCoverEnoughAZs",
      `The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: ${zones.join(", ")}. Add subnets to cover at least 2 AZs.`,
    );
  return { VpcId: placement.vpcId, subnetIds: ids };
}

/**
 * The subnets of a database: those of its subnet group or, without one, of the default VPC.
 *
 * Source: Amazon RDS API Reference, CreateDBInstance: DBSubnetGroupName.
 */
export function placementOf(context: Context, groupName: string | undefined): Placement {
  if (groupName !== undefined && rdsName(groupName) !== "default") {
    const { members } = subnetGroups.require(context, groupName);
    const placement = placementIn(context, members.subnetIds ?? []);
    if ("kind" in placement)
      throw new AwsError("InvalidSubnet", `Subnets of the group ${groupName} no longer exist.`);
    return placement;
  }
  ensureDefaultVpc(context);
  const vpcId = defaultVpcOf(context)?.id;
  const inVpc = context.in(subnets).filter((subnet) => subnet.vpcId === vpcId);
  if (vpcId === undefined || inVpc.length === 0)
    throw new AwsError(
      "DBSubnetGroupNotFoundFault",
      "No default subnet detected in VPC. Please contact AWS Support to recreate default Subnets.",
      404,
    );
  return { vpcId, subnets: inVpc };
}

/** The subnet group in the description of a DB instance. */
export function describeSubnetGroup(context: Context, name: string): rds.DBSubnetGroup {
  const group = subnetGroups.find(context, name);
  if (group) return subnetGroups.describe(context, group);
  const { vpcId, subnets: inVpc } = placementOf(context, undefined);
  return {
    DBSubnetGroupName: "default",
    DBSubnetGroupDescription: "default",
    VpcId: vpcId,
    SubnetGroupStatus: "Complete",
    Subnets: inVpc.map(({ id, zone }) => ({
      SubnetIdentifier: id,
      SubnetAvailabilityZone: { Name: zone },
      SubnetStatus: "Active",
    })),
  };
}

interface ParameterMembers {
  readonly Description?: string | undefined;
  readonly DBParameterGroupFamily?: string | undefined;
  readonly DBParameterGroupArn?: string | undefined;
  readonly DBClusterParameterGroupArn?: string | undefined;
  readonly parameters?: readonly rds.Parameter[];
}
type ParameterGroup = StoredResource<ParameterMembers>;
export type ParameterGroups = ResourceType<ParameterMembers>;

const parameterGroupType = (
  kind: "DBParameterGroup" | "DBClusterParameterGroup",
): ParameterGroups => {
  const isCluster = kind === "DBClusterParameterGroup";
  return new ResourceType<ParameterMembers>({
    service: "rds",
    table: isCluster ? "rds/cluster-parameter-group" : "rds/parameter-group",
    structure: kind,
    identifier: `${kind}Name`,
    normalize: rdsName,
    arn: (context, id) => context.arn("rds", `${isCluster ? "cluster-pg" : "pg"}:${id}`),
    notFound: (id) =>
      new AwsError(
        "DBParameterGroupNotFound",
        isCluster
          ? `DBClusterParameterGroup not found: ${id}`
          : `DBParameterGroup not found: ${id}`,
        404,
      ),
    exists: (id) =>
      new AwsError("DBParameterGroupAlreadyExists", `Parameter group ${id} already exists`),
    describe: (_context, { arn }) => ({ [`${kind}Arn`]: arn }),
  });
};

export const parameterGroups: ParameterGroups = parameterGroupType("DBParameterGroup");
export const clusterParameterGroups: ParameterGroups =
  parameterGroupType("DBClusterParameterGroup");

/**
 * Checks that a parameter group exists and has the family of the engine. AWS has a default group of each family.
 *
 * Source: Amazon RDS User Guide, "Overview of parameter groups". Text as users report it.
 */
export function requireParameterGroup(
  context: Context,
  groups: ParameterGroups,
  name: string,
  family: string,
): void {
  const groupFamily = name.startsWith("default.")
    ? name.slice("default.".length)
    : groups.require(context, name).members.DBParameterGroupFamily;
  if (groupFamily !== family)
    throw invalidCombination(
      `The parameter group ${name} with DBParameterGroupFamily ${groupFamily} can't be used for this instance. Please use a parameter group with DBParameterGroupFamily ${family}`,
    );
}

function withParameters(
  { members }: ParameterGroup,
  changes: readonly rds.Parameter[],
): ParameterMembers {
  const names = new Set(changes.map(({ ParameterName }) => ParameterName));
  const others = (members.parameters ?? []).filter(
    ({ ParameterName }) => !names.has(ParameterName),
  );
  return {
    parameters: [
      ...others,
      ...changes.map((parameter) => ({
        ...parameter,
        Source: "user",
        IsModifiable: true,
      })),
    ],
  };
}

function withoutParameters(
  { members }: ParameterGroup,
  isAll: boolean | undefined,
  removed: readonly rds.Parameter[] | undefined,
): ParameterMembers {
  if (isAll !== true && (removed === undefined || removed.length === 0))
    throw invalidCombination("Parameters must be specified unless ResetAllParameters is true.");
  const names = new Set((removed ?? []).map(({ ParameterName }) => ParameterName));
  return {
    parameters: (isAll === true ? [] : (members.parameters ?? [])).filter(
      ({ ParameterName }) => !names.has(ParameterName),
    ),
  };
}

/**
 * The parameters that requests have set. The sandbox does not know the parameters of the engines, so that a list of all
 * sources has only these.
 */
function userParameters(
  group: ParameterGroup,
  source: string | undefined,
  operationName: string,
): rds.DBParameterGroupDetails {
  if (source !== undefined && source !== "user")
    throw notImplemented(`rds:${operationName} with the Source ${source}`);
  return { Parameters: [...(group.members.parameters ?? [])] };
}

/** The databases that use a group. Set by the modules of instances and clusters. */
export interface GroupUsers {
  readonly instances: (context: Context) => readonly StoredResource<rds.DBInstance>[];
  readonly clusters: (context: Context) => readonly StoredResource<rds.DBCluster>[];
}

/** The operations for subnet groups and parameter groups. */
export const groupOperations = (users: GroupUsers): Operations => ({
  ...subnetGroups.create<rds.CreateDBSubnetGroupMessage>("CreateDBSubnetGroup", {
    supports: ["SubnetIds"],
    values: (context, input, id) => {
      if (!/^[a-z0-9 ._-]{1,255}$/.test(id) || id === "default")
        throw invalidValue(
          `The parameter DBSubnetGroupName is not a valid identifier: ${input.DBSubnetGroupName}`,
        );
      return subnetMembers(context, input.SubnetIds);
    },
  }),
  ...subnetGroups.list<rds.DescribeDBSubnetGroupsMessage>("DescribeDBSubnetGroups", {
    result: "DBSubnetGroups",
    page: PAGE,
  }),
  ...subnetGroups.change<rds.ModifyDBSubnetGroupMessage>("ModifyDBSubnetGroup", {
    supports: ["SubnetIds"],
    values: (context, input, group) => {
      const members = subnetMembers(context, input.SubnetIds);
      if (members.VpcId !== group.members.VpcId)
        throw new AwsError(
          "InvalidSubnet",
          "The new Subnets are not in the same Vpc as the existing subnet group",
        );
      return members;
    },
  }),
  ...subnetGroups.delete<rds.DeleteDBSubnetGroupMessage>("DeleteDBSubnetGroup", {
    check: (context, _input, { id }) => {
      const instance = users
        .instances(context)
        .find(({ members }) => members.DBSubnetGroup?.DBSubnetGroupName === id);
      const cluster = users.clusters(context).find(({ members }) => members.DBSubnetGroup === id);
      const user = instance ?? cluster;
      if (user)
        throw new AwsError(
          "InvalidDBSubnetGroupStateFault",
          `Cannot delete the subnet group '${id}' because at least one database ${instance ? "instance" : "cluster"}: ${user.id} is still using it.`,
        );
    },
  }),

  ...parameterGroups.create<rds.CreateDBParameterGroupMessage>("CreateDBParameterGroup"),
  ...parameterGroups.list<rds.DescribeDBParameterGroupsMessage>("DescribeDBParameterGroups", {
    result: "DBParameterGroups",
    page: PAGE,
  }),
  ...parameterGroups.change<rds.ModifyDBParameterGroupMessage>("ModifyDBParameterGroup", {
    supports: ["Parameters"],
    values: (_context, input, group) => withParameters(group, input.Parameters),
    respond: (_context, { id }) => ({ DBParameterGroupName: id }),
  }),
  ...parameterGroups.change<rds.ResetDBParameterGroupMessage>("ResetDBParameterGroup", {
    supports: ["Parameters", "ResetAllParameters"],
    values: (_context, input, group) =>
      withoutParameters(group, input.ResetAllParameters, input.Parameters),
    respond: (_context, { id }) => ({ DBParameterGroupName: id }),
  }),
  ...parameterGroups.delete<rds.DeleteDBParameterGroupMessage>("DeleteDBParameterGroup", {
    check: (context, _input, { id }) => {
      if (
        users
          .instances(context)
          .some(({ members }) => members.DBParameterGroups?.[0]?.DBParameterGroupName === id)
      )
        throw new AwsError(
          "InvalidDBParameterGroupState",
          `One or more database instances are still members of this parameter group ${id}, so the group cannot be deleted`,
        );
    },
  }),
  ...clusterParameterGroups.create<rds.CreateDBClusterParameterGroupMessage>(
    "CreateDBClusterParameterGroup",
  ),
  ...clusterParameterGroups.list<rds.DescribeDBClusterParameterGroupsMessage>(
    "DescribeDBClusterParameterGroups",
    { result: "DBClusterParameterGroups", page: PAGE },
  ),
  ...clusterParameterGroups.change<rds.ModifyDBClusterParameterGroupMessage>(
    "ModifyDBClusterParameterGroup",
    {
      supports: ["Parameters"],
      values: (_context, input, group) => withParameters(group, input.Parameters),
      respond: (_context, { id }) => ({ DBClusterParameterGroupName: id }),
    },
  ),
  ...clusterParameterGroups.change<rds.ResetDBClusterParameterGroupMessage>(
    "ResetDBClusterParameterGroup",
    {
      supports: ["Parameters", "ResetAllParameters"],
      values: (_context, input, group) =>
        withoutParameters(group, input.ResetAllParameters, input.Parameters),
      respond: (_context, { id }) => ({ DBClusterParameterGroupName: id }),
    },
  ),
  ...clusterParameterGroups.delete<rds.DeleteDBClusterParameterGroupMessage>(
    "DeleteDBClusterParameterGroup",
    {
      check: (context, _input, { id }) => {
        if (users.clusters(context).some(({ members }) => members.DBClusterParameterGroup === id))
          throw new AwsError(
            "InvalidDBParameterGroupState",
            `One or more database clusters are still members of this parameter group ${id}, so the group cannot be deleted`,
          );
      },
    },
  ),

  DescribeDBParameters: operation<rds.DescribeDBParametersMessage, rds.DBParameterGroupDetails>()(
    ["DBParameterGroupName", "Source"],
    (context, input) =>
      userParameters(
        parameterGroups.require(context, input.DBParameterGroupName),
        input.Source,
        "DescribeDBParameters",
      ),
  ),
  DescribeDBClusterParameters: operation<
    rds.DescribeDBClusterParametersMessage,
    rds.DBClusterParameterGroupDetails
  >()(["DBClusterParameterGroupName", "Source"], (context, input) =>
    userParameters(
      clusterParameterGroups.require(context, input.DBClusterParameterGroupName),
      input.Source,
      "DescribeDBClusterParameters",
    ),
  ),
});
