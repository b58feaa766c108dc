import type * as rds from "@aws-sdk/client-rds";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { resetParameters, withParameters } from "../../resource-store/parameter-groups.ts";
import { RECORD_PAGE } from "../../resource-store/record-page.ts";
import { ResourceType, type StoredResource } from "../../resource-store/resource-type.ts";
import { type Placement, placementIn, placementInDefaultVpc } from "../ec2/service-interfaces.ts";
import { subnets } from "../ec2/tables.ts";
import { invalidCombination, invalidValue, rdsName } from "./shared.ts";

interface SubnetGroupMembers extends rds.DBSubnetGroup {
  readonly subnetIds?: readonly string[];
}

/** Sources of the texts: cloudtools/troposphere#1383 (not found), terraform-in-action/manning-code#20 (exists). */
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

/**
 * Checks the subnets of a group.
 *
 * Sources: of the rules, Amazon RDS API Reference, CreateDBSubnetGroup: errors, with the text for several VPCs; of the other
 * texts, wallix/awless#175 (not found), aws-cloudformation/aws-cloudformation-resource-providers-rds#189 (zones).
 */
function subnetMembers(context: Context, ids: readonly string[]): SubnetGroupMembers {
  const placement = placementIn(context, ids);
  if ("kind" in placement)
    throw placement.kind === "subnet-not-found"
      ? invalidValue(`Some input subnets in :[${ids.join(", ")}] are invalid.`)
      : new AwsError(
          "InvalidSubnet",
          "The requested subnet is invalid, or multiple subnets were requested that are not all in a common VPC.",
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
 * Sources: Amazon RDS API Reference, CreateDBInstance: DBSubnetGroupName; of the text for a VPC without subnets,
 * hashicorp/terraform#3699.
 */
export function placementOf(context: Context, groupName: string | undefined): Placement {
  if (groupName !== undefined && rdsName(groupName) !== "default") {
    const { members } = subnetGroups.require(context, groupName);
    const inGroup = placementIn(context, members.subnetIds ?? []);
    if ("kind" in inGroup)
      throw new AwsError("InvalidSubnet", `Subnets of the group ${groupName} no longer exist.`);
    return inGroup;
  }
  const placement = placementInDefaultVpc(context);
  if (placement === undefined)
    throw new AwsError(
      "InvalidSubnet",
      "No default subnet detected in VPC. Please contact AWS Support to recreate default Subnets.",
    );
  return placement;
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

/**
 * Sources of the texts for a group that does not exist: terraform-aws-modules/terraform-aws-rds#213, aws/aws-cdk#2512. No
 * public source of the text for an existing group is known.
 */
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
      new AwsError(
        "DBParameterGroupAlreadyExists",
        `A DB parameter group with the name ${id} already exists.`,
      ),
    describe: (_context, { arn }) => ({ [`${kind}Arn`]: arn }),
  });
};

/** The families of the engines that the sandbox knows. Source: Amazon RDS User Guide, "Overview of parameter groups". */
const FAMILY =
  /^(postgres(9\.[3-6]|\d\d)|aurora-postgresql(9\.6|\d\d)|(mysql|mariadb|aurora-mysql)\d+\.\d+|aurora5\.6)$/;
const KNOWN_ENGINE = /^(aurora|postgres|mysql|mariadb)/;

/**
 * The family of a request. Rejects one that no version of the engine has, such as postgres10.7.
 *
 * Source of the text: terraform-aws-modules/terraform-aws-rds#173.
 */
function validFamily(family: string): string {
  if (KNOWN_ENGINE.test(family) && !FAMILY.test(family))
    throw invalidValue(`ParameterGroupFamily ${family} is not a valid parameter group family`);
  return family;
}

export const parameterGroups: ParameterGroups = parameterGroupType("DBParameterGroup");
export const clusterParameterGroups: ParameterGroups =
  parameterGroupType("DBClusterParameterGroup");

/**
 * Checks that a parameter group exists and has the family of the engine. AWS has a default group of each family.
 *
 * Sources: Amazon RDS User Guide, "Overview of parameter groups"; of the texts, aws/aws-cdk#2512 (a cluster's group does not
 * exist), mattermost/mattermost-load-test-ng#707 (family).
 */
export function requireParameterGroup(
  context: Context,
  groups: ParameterGroups,
  name: string,
  family: string,
): void {
  const isDefault = name.startsWith("default.");
  if (!isDefault && groups === clusterParameterGroups && !groups.find(context, name))
    throw new AwsError(
      "DBClusterParameterGroupNotFound",
      `DBClusterParameterGroup not found: ${name}`,
      404,
    );
  const groupFamily = isDefault
    ? name.slice("default.".length)
    : groups.require(context, name).members.DBParameterGroupFamily;
  if (groupFamily !== family)
    throw invalidCombination(
      `The parameter group ${name} with DBParameterGroupFamily ${groupFamily} can't be used for this instance. Use a parameter group with DBParameterGroupFamily ${family}.`,
    );
}

function withoutParameters(
  { members }: ParameterGroup,
  isAll: boolean | undefined,
  removed: readonly rds.Parameter[] | undefined,
): ParameterMembers {
  if (isAll !== true && (removed === undefined || removed.length === 0))
    throw invalidCombination("Parameters must be specified unless ResetAllParameters is true.");
  return { parameters: resetParameters(members.parameters, isAll, removed) };
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
    page: RECORD_PAGE,
  }),
  ...subnetGroups.change<rds.ModifyDBSubnetGroupMessage>("ModifyDBSubnetGroup", {
    supports: ["SubnetIds"],
    values: (context, input, group) => {
      const members = subnetMembers(context, input.SubnetIds);
      // Source of the text: hashicorp/terraform-provider-aws#27459.
      if (members.VpcId !== group.members.VpcId)
        throw invalidValue("The new Subnets are not in the same Vpc as the existing subnet group");
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
      // Sources of the text: anomalyco/sst#4026 (instance), anomalyco/ion#1187 (cluster).
      if (user)
        throw new AwsError(
          "InvalidDBSubnetGroupStateFault",
          `Cannot delete the subnet group '${id}' because at least one database ${instance ? "instance" : "cluster"}: ${user.id} is still using it.`,
        );
    },
  }),

  ...parameterGroups.create<rds.CreateDBParameterGroupMessage>("CreateDBParameterGroup", {
    effective: ["DBParameterGroupFamily"],
    values: (_context, { DBParameterGroupFamily: family }) => ({
      DBParameterGroupFamily: validFamily(family),
    }),
  }),
  ...parameterGroups.list<rds.DescribeDBParameterGroupsMessage>("DescribeDBParameterGroups", {
    result: "DBParameterGroups",
    page: RECORD_PAGE,
  }),
  ...parameterGroups.change<rds.ModifyDBParameterGroupMessage>("ModifyDBParameterGroup", {
    supports: ["Parameters"],
    values: (_context, input, { members }) => ({
      parameters: withParameters(members.parameters, input.Parameters),
    }),
    respond: (_context, { id }) => ({ DBParameterGroupName: id }),
  }),
  ...parameterGroups.change<rds.ResetDBParameterGroupMessage>("ResetDBParameterGroup", {
    supports: ["Parameters", "ResetAllParameters"],
    values: (_context, input, group) =>
      withoutParameters(group, input.ResetAllParameters, input.Parameters),
    respond: (_context, { id }) => ({ DBParameterGroupName: id }),
  }),
  ...parameterGroups.delete<rds.DeleteDBParameterGroupMessage>("DeleteDBParameterGroup", {
    // Source of the text: hashicorp/terraform#29232.
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
    {
      effective: ["DBParameterGroupFamily"],
      values: (_context, { DBParameterGroupFamily: family }) => ({
        DBParameterGroupFamily: validFamily(family),
      }),
    },
  ),
  ...clusterParameterGroups.list<rds.DescribeDBClusterParameterGroupsMessage>(
    "DescribeDBClusterParameterGroups",
    { result: "DBClusterParameterGroups", page: RECORD_PAGE },
  ),
  ...clusterParameterGroups.change<rds.ModifyDBClusterParameterGroupMessage>(
    "ModifyDBClusterParameterGroup",
    {
      supports: ["Parameters"],
      values: (_context, input, { members }) => ({
        parameters: withParameters(members.parameters, input.Parameters),
      }),
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
      // No public source of the text is known. It is the one for instances.
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
