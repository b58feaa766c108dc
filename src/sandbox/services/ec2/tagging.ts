import type * as ec2 from "@aws-sdk/client-ec2";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import type { TableKey } from "../../core/tables.ts";
import {
  addresses,
  internetGateways,
  managedPrefixLists,
  natGateways,
  networkAcls,
  networkInterfaces,
  routeTables,
  securityGroupRules,
  securityGroups,
  subnets,
  vpcEndpoints,
  vpcs,
} from "./tables.ts";
import { type IdPrefix, putTags, requireResource, tags } from "./shared.ts";

type RequireResource = (context: Context, id: string) => void;

const taggableType = <Row>(
  kind: IdPrefix,
  key: TableKey<Row>,
): readonly [string, RequireResource] => [
  kind,
  (context, id) => void requireResource(context, key, kind, id),
];

/** Checks for the existence of a taggable resource, by ID prefix. */
const TAGGABLE: ReadonlyMap<string, RequireResource> = new Map([
  taggableType("vpc", vpcs),
  taggableType("subnet", subnets),
  taggableType("rtb", routeTables),
  taggableType("igw", internetGateways),
  taggableType("nat", natGateways),
  taggableType("eipalloc", addresses),
  taggableType("sg", securityGroups),
  taggableType("sgr", securityGroupRules),
  taggableType("acl", networkAcls),
  taggableType("eni", networkInterfaces),
  taggableType("vpce", vpcEndpoints),
  taggableType("pl", managedPrefixLists),
]);

/** Requires that the resource of a tag exists. */
function checkTaggable(context: Context, id: string): void {
  const requireResourceOfType = TAGGABLE.get(id.split("-")[0] ?? "");
  if (!requireResourceOfType) throw new AwsError("InvalidID", `The ID '${id}' is not valid`);
  requireResourceOfType(context, id);
}

export const taggingOperations: Operations = {
  CreateTags: operation<ec2.CreateTagsRequest, object>()(
    ["Resources", "Tags"],
    (context, input) => {
      const added = Object.fromEntries(input.Tags.map(({ Key = "", Value = "" }) => [Key, Value]));
      for (const id of input.Resources) {
        checkTaggable(context, id);
        putTags(context, id, "CreateTags", added);
      }
      return {};
    },
  ),

  DeleteTags: operation<ec2.DeleteTagsRequest, object>()(
    ["Resources", "Tags"],
    (context, input) => {
      for (const id of input.Resources) {
        checkTaggable(context, id);
        const removedKeys = input.Tags?.map(({ Key }) => Key);
        const remaining = Object.entries(context.in(tags).get(id) ?? {}).filter(
          ([key]) => removedKeys !== undefined && !removedKeys.includes(key),
        );
        context.in(tags).put(id, Object.fromEntries(remaining));
      }
      return {};
    },
  ),
};
