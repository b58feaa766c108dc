import type * as rds from "@aws-sdk/client-rds";
import { operation } from "../../core/operation.ts";
import type { Service } from "../../core/service.ts";
import { passedRole } from "../../authorization/request-members.ts";
import { tagError, type TagRules } from "../../core/tags.ts";
import { accessDenied } from "../../protocol/errors.ts";
import { partsOfTypes, tagOperations } from "../../resource-store/service-parts.ts";
import { clusterOperations, clusters } from "./clusters.ts";
import {
  clusterParameterGroups,
  groupOperations,
  parameterGroups,
  subnetGroups,
} from "./groups.ts";
import { instanceOperations, instances } from "./instances.ts";
import { optionGroupOperations, optionGroups } from "./option-groups.ts";
import { invalidValue } from "./shared.ts";
import { clusterSnapshots, snapshotOperations, snapshots } from "./snapshots.ts";

const invalidCharacters = tagError(
  "InvalidParameterValue",
  "Tags can only contain letters, digits, white space and the characters _ . : / = + - @ %.",
);

/**
 * Sources: Amazon RDS User Guide, "Tagging Amazon RDS resources"; of the characters, Amazon RDS API Reference, Tag. No public
 * source of the texts is known.
 */
const tagRules: TagRules = {
  reservedPrefix: /^(aws|rds):/i,
  reserved: tagError("InvalidParameterValue", "Tag keys can't begin with aws: or rds:."),
  duplicate: tagError("InvalidParameterValue", (key) => `Duplicate tag key: ${key}`),
  count: tagError("InvalidParameterValue", "A resource can have at most 50 tags."),
  emptyKey: tagError("InvalidParameterValue", "Tag keys must have 1 to 128 characters."),
  longKey: tagError("InvalidParameterValue", "Tag keys must have 1 to 128 characters."),
  longValue: tagError("InvalidParameterValue", "Tag values must have at most 256 characters."),
  characters: {
    pattern: /^[\p{L}\p{Z}\p{N}_.:/=+\-%@]*$/u,
    key: invalidCharacters,
    value: invalidCharacters,
  },
};

const types = [
  instances,
  clusters,
  subnetGroups,
  parameterGroups,
  clusterParameterGroups,
  optionGroups,
  snapshots,
  clusterSnapshots,
];

export const service: Service = {
  name: "rds",
  tagRules,
  waiterOperations: ["DescribeDBInstances", "DescribeDBClusters"],
  operations: {
    ...groupOperations({
      instances: (context) => instances.in(context).all(),
      clusters: (context) => clusters.in(context).all(),
    }),
    ...optionGroupOperations((context) => instances.in(context).all()),
    ...clusterOperations,
    ...instanceOperations,
    ...snapshotOperations,
    ...tagOperations(types, {
      rules: tagRules,
      notFound: (arn) => invalidValue(`Could not find a resource with the ARN: ${arn}`),
      arn: "ResourceName",
      add: "AddTagsToResource",
      remove: "RemoveTagsFromResource",
      list: "ListTagsForResource",
      result: "TagList",
    }),
    // No global cluster can be created in the sandbox.
    DescribeGlobalClusters: operation<
      rds.DescribeGlobalClustersMessage,
      rds.GlobalClustersMessage
    >()(["Filters"], () => ({ GlobalClusters: [] })),
  },
  // Source: Service Authorization Reference, "Amazon RDS".
  ...partsOfTypes(types, {
    tagAction: () => "rds:AddTagsToResource",
    passedRoles: (_operation, input) =>
      passedRole(input, "MonitoringRoleArn", "monitoring.rds.amazonaws.com"),
    denied: accessDenied,
  }),
};
