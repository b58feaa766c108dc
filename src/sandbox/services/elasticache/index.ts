import type { Service } from "../../core/service.ts";
import { tagError, type TagRules } from "../../core/tags.ts";
import { accessDenied, AwsError } from "../../protocol/errors.ts";
import { partsOfTypes, tagOperations } from "../../resource-store/service-parts.ts";
import { clusterOperations, clusters } from "./clusters.ts";
import { groupOperations, parameterGroups, subnetGroups } from "./groups.ts";
import { replicationGroupOperations, replicationGroups } from "./replication-groups.ts";
import { serverlessCaches, serverlessOperations } from "./serverless.ts";

/** Source: Amazon ElastiCache API Reference, AddTagsToResource. No public source of the texts is known. */
const tagRules: TagRules = {
  reserved: tagError("InvalidParameterValue", "Tag keys can't begin with aws:."),
  duplicate: tagError("InvalidParameterValue", (key) => `Duplicate tag key: ${key}`),
  count: tagError(
    "TagQuotaPerResourceExceeded",
    "The request cannot be processed because it would cause the resource to have more than the allowed number of tags.",
  ),
  emptyKey: tagError("InvalidParameterValue", "Tag keys must have 1 to 128 characters."),
  longKey: tagError("InvalidParameterValue", "Tag keys must have 1 to 128 characters."),
  longValue: tagError("InvalidParameterValue", "Tag values must have at most 256 characters."),
};

const types = [clusters, replicationGroups, serverlessCaches, subnetGroups, parameterGroups];

export const service: Service = {
  name: "elasticache",
  tagRules,
  waiterOperations: [
    "DescribeCacheClusters",
    "DescribeReplicationGroups",
    "DescribeServerlessCaches",
  ],
  operations: {
    ...groupOperations({
      ofSubnetGroup: (context, name) =>
        clusters
          .in(context)
          .all()
          .some(({ members }) => members.CacheSubnetGroupName === name),
      ofParameterGroup: (context, name) =>
        clusters
          .in(context)
          .all()
          .some(({ members }) => members.CacheParameterGroup?.CacheParameterGroupName === name),
    }),
    ...clusterOperations,
    ...replicationGroupOperations,
    ...serverlessOperations,
    ...tagOperations(types, {
      rules: tagRules,
      notFound: (arn) => new AwsError("InvalidARN", `The ARN ${arn} does not exist.`),
      arn: "ResourceName",
      add: "AddTagsToResource",
      remove: "RemoveTagsFromResource",
      changed: "TagList",
      list: "ListTagsForResource",
      result: "TagList",
    }),
  },
  // Source: Service Authorization Reference, "Amazon ElastiCache".
  ...partsOfTypes(types, {
    tagAction: () => "elasticache:AddTagsToResource",
    denied: accessDenied,
  }),
};
