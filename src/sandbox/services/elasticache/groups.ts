import type * as elasticache from "@aws-sdk/client-elasticache";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { resetParameters, withParameters } from "../../resource-store/parameter-groups.ts";
import { RECORD_PAGE } from "../../resource-store/record-page.ts";
import { ResourceType } from "../../resource-store/resource-type.ts";
import { type Placement, placementIn, placementInDefaultVpc } from "../ec2/service-interfaces.ts";
import { subnets } from "../ec2/tables.ts";
import { cacheName, invalidCombination, invalidValue } from "./shared.ts";

interface SubnetGroupMembers extends elasticache.CacheSubnetGroup {
  readonly subnetIds?: readonly string[];
}

/** Sources of the texts: apptension/saas-boilerplate#621 (not found), floci-io/floci#2401 (exists). */
export const subnetGroups: ResourceType<SubnetGroupMembers> = new ResourceType<SubnetGroupMembers>({
  service: "elasticache",
  table: "elasticache/subnet-group",
  structure: "CacheSubnetGroup",
  identifier: "CacheSubnetGroupName",
  normalize: cacheName,
  arn: (context, id) => context.arn("elasticache", `subnetgroup:${id}`),
  notFound: (id) =>
    new AwsError("CacheSubnetGroupNotFoundFault", `Cache Subnet Group ${id} does not exist.`),
  exists: (id) =>
    new AwsError("CacheSubnetGroupAlreadyExists", `Cache subnet group ${id} already exists.`),
  describe: (context, { arn, members }) => ({
    ARN: arn,
    SupportedNetworkTypes: ["ipv4"],
    Subnets: (members.subnetIds ?? []).map((id) => ({
      SubnetIdentifier: id,
      SubnetAvailabilityZone: { Name: context.in(subnets).get(id)?.zone },
      SupportedNetworkTypes: ["ipv4"],
    })),
  }),
});

/** Source of the errors: floci-io/floci#2401, which compares with AWS. No public source of the text for several VPCs is known. */
function subnetMembers(context: Context, ids: readonly string[]): SubnetGroupMembers {
  const placement = placementIn(context, ids);
  if ("kind" in placement)
    throw placement.kind === "subnet-not-found"
      ? invalidValue(`Some input subnets in :[${ids.join(", ")}] are invalid.`)
      : new AwsError("InvalidSubnet", `The subnets ${ids.join(", ")} are not in one VPC.`);
  return { VpcId: placement.vpcId, subnetIds: ids };
}

/** The subnets of a cache: those of its subnet group or, without one, of the default VPC. */
export function placementOf(context: Context, groupName: string | undefined): Placement {
  if (groupName === undefined || groupName === "default") {
    const inDefaultVpc = placementInDefaultVpc(context);
    if (inDefaultVpc === undefined)
      throw invalidCombination("No default VPC for this account. Specify CacheSubnetGroupName.");
    return inDefaultVpc;
  }
  const placement = placementIn(
    context,
    subnetGroups.require(context, groupName).members.subnetIds ?? [],
  );
  if ("kind" in placement)
    throw new AwsError("InvalidSubnet", `Subnets of the group ${groupName} no longer exist.`);
  return placement;
}

interface ParameterMembers extends elasticache.CacheParameterGroup {
  readonly parameters?: readonly elasticache.Parameter[];
}

/** Sources of the texts: cloudposse/terraform-aws-elasticache-redis#152 (not found), floci-io/floci#2392 (exists). */
export const parameterGroups: ResourceType<ParameterMembers> = new ResourceType<ParameterMembers>({
  service: "elasticache",
  table: "elasticache/parameter-group",
  structure: "CacheParameterGroup",
  identifier: "CacheParameterGroupName",
  normalize: cacheName,
  arn: (context, id) => context.arn("elasticache", `parametergroup:${id}`),
  notFound: (id) =>
    new AwsError("CacheParameterGroupNotFound", `CacheParameterGroup ${id} not found.`, 404),
  exists: (id) =>
    new AwsError("CacheParameterGroupAlreadyExists", `Parameter group ${id} already exists`),
  describe: (_context, { arn }) => ({ ARN: arn, IsGlobal: false }),
});

/** Source: Amazon ElastiCache User Guide, "Configuring engine parameters using ElastiCache parameter groups". */
const FAMILIES = /^(memcached1\.[456]|redis(2\.6|2\.8|3\.2|4\.0|5\.0|6\.x|7)|valkey[789])$/;

/**
 * Checks that a parameter group exists and has the family of the engine. AWS has default groups of each family.
 *
 * Source of the text: hashicorp/terraform#11269.
 */
export function requireParameterGroup(context: Context, name: string, family: string): void {
  const groupFamily = name.startsWith("default.")
    ? name.slice("default.".length).replace(/\.cluster\.on$/, "")
    : parameterGroups.require(context, name).members.CacheParameterGroupFamily;
  if (groupFamily !== family)
    throw invalidCombination(
      `Expected a parameter group of family ${family} but found one of family ${groupFamily}`,
    );
}

/** Which groups caches use. No public source of the texts for a group in use is known. */
export interface GroupUsers {
  readonly ofSubnetGroup: (context: Context, name: string) => boolean;
  readonly ofParameterGroup: (context: Context, name: string) => boolean;
}

export const groupOperations = (users: GroupUsers): Operations => ({
  ...subnetGroups.create<elasticache.CreateCacheSubnetGroupMessage>("CreateCacheSubnetGroup", {
    supports: ["SubnetIds"],
    values: (context, input, id) => {
      if (!/^[a-z0-9-]{1,255}$/.test(id) || id === "default")
        throw invalidValue(
          `The parameter CacheSubnetGroupName must be provided and must contain only letters, digits and hyphens: ${input.CacheSubnetGroupName}`,
        );
      return subnetMembers(context, input.SubnetIds);
    },
  }),
  ...subnetGroups.list<elasticache.DescribeCacheSubnetGroupsMessage>("DescribeCacheSubnetGroups", {
    result: "CacheSubnetGroups",
    page: RECORD_PAGE,
  }),
  ...subnetGroups.change<elasticache.ModifyCacheSubnetGroupMessage>("ModifyCacheSubnetGroup", {
    supports: ["SubnetIds"],
    values: (context, input) =>
      input.SubnetIds === undefined ? {} : subnetMembers(context, input.SubnetIds),
  }),
  ...subnetGroups.delete<elasticache.DeleteCacheSubnetGroupMessage>("DeleteCacheSubnetGroup", {
    check: (context, _input, { id }) => {
      if (users.ofSubnetGroup(context, id))
        throw new AwsError(
          "CacheSubnetGroupInUse",
          `A cache cluster uses the cache subnet group ${id}.`,
        );
    },
  }),

  ...parameterGroups.create<elasticache.CreateCacheParameterGroupMessage>(
    "CreateCacheParameterGroup",
    {
      effective: ["CacheParameterGroupFamily"],
      values: (_context, input) => {
        if (!FAMILIES.test(input.CacheParameterGroupFamily))
          throw invalidValue(
            `CacheParameterGroupFamily ${input.CacheParameterGroupFamily} is not a valid parameter group family.`,
          );
        return {};
      },
    },
  ),
  ...parameterGroups.list<elasticache.DescribeCacheParameterGroupsMessage>(
    "DescribeCacheParameterGroups",
    { result: "CacheParameterGroups", page: RECORD_PAGE },
  ),
  ...parameterGroups.change<elasticache.ModifyCacheParameterGroupMessage>(
    "ModifyCacheParameterGroup",
    {
      supports: ["ParameterNameValues"],
      values: (_context, input, { members }) => ({
        parameters: withParameters(members.parameters, input.ParameterNameValues),
      }),
      respond: (_context, { id }) => ({ CacheParameterGroupName: id }),
    },
  ),
  ...parameterGroups.change<elasticache.ResetCacheParameterGroupMessage>(
    "ResetCacheParameterGroup",
    {
      supports: ["ParameterNameValues", "ResetAllParameters"],
      values: (_context, input, { members }) => ({
        parameters: resetParameters(
          members.parameters,
          input.ResetAllParameters,
          input.ParameterNameValues,
        ),
      }),
      respond: (_context, { id }) => ({ CacheParameterGroupName: id }),
    },
  ),
  ...parameterGroups.delete<elasticache.DeleteCacheParameterGroupMessage>(
    "DeleteCacheParameterGroup",
    {
      check: (context, _input, { id }) => {
        if (users.ofParameterGroup(context, id))
          throw new AwsError(
            "InvalidCacheParameterGroupState",
            `A cache cluster uses the cache parameter group ${id}.`,
          );
      },
    },
  ),

  // The sandbox does not know the parameters of the engines, so that a list of all sources has only those of requests.
  DescribeCacheParameters: operation<
    elasticache.DescribeCacheParametersMessage,
    elasticache.CacheParameterGroupDetails
  >()(["CacheParameterGroupName", "Source"], (context, input) => {
    const { members } = parameterGroups.require(context, input.CacheParameterGroupName);
    if (input.Source !== undefined && input.Source !== "user")
      throw notImplemented(`elasticache:DescribeCacheParameters with the Source ${input.Source}`);
    return { Parameters: [...(members.parameters ?? [])] };
  }),
});
