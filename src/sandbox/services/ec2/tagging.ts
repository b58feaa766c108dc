import type * as ec2 from "@aws-sdk/client-ec2";
import { operation, type Operations } from "../../service.ts";
import { addTags, tags } from "./shared.ts";

export const taggingOperations: Operations = {
  CreateTags: operation<ec2.CreateTagsRequest, object>()(
    ["Resources", "Tags"],
    (context, input) => {
      const added = Object.fromEntries(input.Tags.map(({ Key = "", Value = "" }) => [Key, Value]));
      for (const id of input.Resources) addTags(context, id, added);
      return {};
    },
  ),

  DeleteTags: operation<ec2.DeleteTagsRequest, object>()(
    ["Resources", "Tags"],
    (context, input) => {
      for (const id of input.Resources) {
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
