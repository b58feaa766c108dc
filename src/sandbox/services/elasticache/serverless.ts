import type * as elasticache from "@aws-sdk/client-elasticache";
import type { Context, Operations } from "../../core/operation.ts";
import { AwsError } from "../../protocol/errors.ts";
import { ResourceType, type StoredResource } from "../../resource-store/resource-type.ts";
import { deleteNetworkInterfacesOf, setGroupsOfInterfaces } from "../ec2/network-interfaces.ts";
import { createServiceInterface, groupsOrDefault, placementIn } from "../ec2/service-interfaces.ts";
import { checkGroups } from "./clusters.ts";
import { placementOf } from "./groups.ts";
import {
  cacheName,
  checkIdentifier,
  domainOf,
  engineOf,
  invalidValue,
  keyOrManaged,
  portOf,
  rejectSnapshot,
  versionOf,
} from "./shared.ts";

/** No public source of the texts is known. */
export const serverlessCaches: ResourceType<elasticache.ServerlessCache> =
  new ResourceType<elasticache.ServerlessCache>({
    service: "elasticache",
    table: "elasticache/serverless-cache",
    structure: "ServerlessCache",
    identifier: "ServerlessCacheName",
    normalize: cacheName,
    arn: (context, id) => context.arn("elasticache", `serverlesscache:${id}`),
    notFound: (id) =>
      new AwsError("ServerlessCacheNotFoundFault", `Serverless Cache ${id} not found.`, 404),
    exists: (id) =>
      new AwsError("ServerlessCacheAlreadyExistsFault", `Serverless Cache ${id} already exists`),
    states: {
      member: "Status",
      ready: "available",
      pending: {
        create: { state: "creating", seconds: 60 },
        change: { state: "modifying", seconds: 30 },
        delete: { state: "deleting", seconds: 60 },
      },
      busy: (id, state) =>
        new AwsError(
          "InvalidServerlessCacheStateFault",
          `Serverless cache ${id} is in state ${state}.`,
        ),
    },
    describe: (_context, { arn, created }) => ({ ARN: arn, CreateTime: created }),
    removed: (context, { arn }) => deleteNetworkInterfacesOf(context, arn),
  });

function newCache(
  context: Context,
  input: elasticache.CreateServerlessCacheRequest,
  id: string,
): elasticache.ServerlessCache {
  checkIdentifier("ServerlessCacheName", id, 40);
  const engine = engineOf(input.Engine);
  const placement =
    input.SubnetIds === undefined
      ? placementOf(context, undefined)
      : placementIn(context, input.SubnetIds);
  if ("kind" in placement)
    throw invalidValue(`Invalid subnets: ${(input.SubnetIds ?? []).join(", ")}`);
  const groupIds = groupsOrDefault(context, input.SecurityGroupIds, placement.vpcId);
  checkGroups(context, groupIds, placement.vpcId);
  const version = versionOf(engine, undefined);
  const { part, suffix } = domainOf(context);
  const host = `${id}-${part}.serverless.${suffix}`;
  return {
    MajorEngineVersion: input.MajorEngineVersion ?? version.split(".")[0],
    FullEngineVersion: version.split(".").slice(0, 2).join("."),
    Endpoint: { Address: host, Port: portOf(engine) },
    ReaderEndpoint: { Address: host, Port: portOf(engine) + 1 },
    SecurityGroupIds: [...groupIds],
    SubnetIds: placement.subnets.map((subnet) => subnet.id),
    KmsKeyId: input.KmsKeyId === undefined ? undefined : keyOrManaged(context, input.KmsKeyId),
    SnapshotRetentionLimit: input.SnapshotRetentionLimit ?? 0,
    NetworkType: input.NetworkType ?? "ipv4",
  };
}

function placeCache(
  context: Context,
  { arn, id, members }: StoredResource<elasticache.ServerlessCache>,
): void {
  const placement = placementIn(context, members.SubnetIds ?? []);
  if ("kind" in placement) return;
  for (const [index, subnet] of placement.subnets.entries())
    createServiceInterface(context, subnet, {
      owner: arn,
      description: `ElastiCache ${id}`,
      groupIds: members.SecurityGroupIds ?? [],
      hostNames: index === 0 ? [members.Endpoint?.Address ?? ""] : [],
    });
}

export const serverlessOperations: Operations = {
  ...serverlessCaches.create<elasticache.CreateServerlessCacheRequest>("CreateServerlessCache", {
    effective: ["Engine", "KmsKeyId", "SecurityGroupIds", "SubnetIds"],
    rejects: ["UserGroupId"],
    values: newCache,
    created: placeCache,
  }),
  ...serverlessCaches.list<elasticache.DescribeServerlessCachesRequest>(
    "DescribeServerlessCaches",
    {
      result: "ServerlessCaches",
      page: { token: "NextToken", size: "MaxResults", defaultSize: 50 },
    },
  ),
  ...serverlessCaches.change<elasticache.ModifyServerlessCacheRequest>("ModifyServerlessCache", {
    effective: ["SecurityGroupIds"],
    rejects: ["UserGroupId", "Engine", "MajorEngineVersion"],
    values: (context, input, { arn, members }) => {
      if (input.SecurityGroupIds) {
        const placement = placementIn(context, members.SubnetIds ?? []);
        if (!("kind" in placement)) checkGroups(context, input.SecurityGroupIds, placement.vpcId);
        setGroupsOfInterfaces(context, arn, input.SecurityGroupIds);
      }
      return {};
    },
  }),
  ...serverlessCaches.delete<elasticache.DeleteServerlessCacheRequest>("DeleteServerlessCache", {
    supports: ["FinalSnapshotName"],
    check: (_context, input) => rejectSnapshot(input.FinalSnapshotName, "DeleteServerlessCache"),
  }),
};
