import type * as ec2 from "@aws-sdk/client-ec2";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import type { TableKey } from "../../core/store.ts";
import {
  addresses,
  internetGateways,
  managedPrefixLists,
  natGateways,
  networkAcls,
  networkInterfaces,
  routeTables,
  rules,
  securityGroups,
  subnets,
  vpcEndpoints,
  vpcs,
} from "./tables.ts";
import { addTags, type Kind, need, tags } from "./shared.ts";

type Check = (context: Context, id: string) => void;

const known = <Row>(kind: Kind, key: TableKey<Row>): readonly [string, Check] => [
  kind,
  (context, id) => void need(context, key, kind, id),
];

/** What can be tagged, by the kind that its id begins with. */
const TAGGABLE: ReadonlyMap<string, Check> = new Map([
  known("vpc", vpcs),
  known("subnet", subnets),
  known("rtb", routeTables),
  known("igw", internetGateways),
  known("nat", natGateways),
  known("eipalloc", addresses),
  known("sg", securityGroups),
  known("sgr", rules),
  known("acl", networkAcls),
  known("eni", networkInterfaces),
  known("vpce", vpcEndpoints),
  known("pl", managedPrefixLists),
]);

/** Tags belong to something that is there. */
function checkTaggable(context: Context, id: string): void {
  const check = TAGGABLE.get(id.split("-")[0] ?? "");
  if (!check) throw new AwsError("InvalidID", `The ID '${id}' is not valid`);
  check(context, id);
}

export const taggingOperations: Operations = {
  CreateTags: operation<ec2.CreateTagsRequest, object>()(
    ["Resources", "Tags"],
    (context, input) => {
      const added = Object.fromEntries(input.Tags.map(({ Key = "", Value = "" }) => [Key, Value]));
      for (const id of input.Resources) {
        checkTaggable(context, id);
        addTags(context, id, added);
      }
      return {};
    },
  ),

  DeleteTags: operation<ec2.DeleteTagsRequest, object>()(
    ["Resources", "Tags"],
    (context, input) => {
      for (const id of input.Resources) {
        checkTaggable(context, id);
        const gone = input.Tags?.map(({ Key }) => Key);
        const left = Object.entries(context.in(tags).get(id) ?? {}).filter(
          ([key]) => gone !== undefined && !gone.includes(key),
        );
        context.in(tags).put(id, Object.fromEntries(left));
      }
      return {};
    },
  ),
};
