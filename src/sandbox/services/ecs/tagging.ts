import type * as ecs from "@aws-sdk/client-ecs";
import { ownProperty } from "../../core/own-property.ts";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { addTags, without } from "../../core/tags.ts";
import { capacityProviders } from "./capacity.ts";
import { clusters, definitions, services, tagList, tagMap, tasks } from "./tables.ts";
import { ecsTagRules } from "./tag-rules.ts";

type Tags = Readonly<Record<string, string>>;

/** The tags of the resource with an ARN, and a function to replace them. */
function taggable(context: Context, arn: string): { readonly tags: Tags; put(tags: Tags): void } {
  const [, kind = "", path = ""] = /^arn:[^:]+:ecs:[^:]*:\d+:([a-z-]+)\/(.+)$/.exec(arn) ?? [];
  const tables = {
    cluster: clusters,
    service: services,
    task: tasks,
    "task-definition": definitions,
    "capacity-provider": capacityProviders,
  } as const;
  const key = ownProperty<(typeof tables)[keyof typeof tables]>(tables, kind);
  if (!key) throw new AwsError("InvalidParameterException", `Invalid resource ARN: ${arn}`);
  const rows = context.in<{ readonly tags: Tags }>(key as never); // each of these tables has tags
  const row = rows.get(path);
  if (!row)
    throw new AwsError("ResourceNotFoundException", "The specified resource was not found.");
  return { tags: row.tags, put: (tags) => void rows.put(path, { ...row, tags }) };
}

export const tagOperations: Operations = {
  ListTagsForResource: operation<ecs.ListTagsForResourceRequest, ecs.ListTagsForResourceResponse>()(
    ["resourceArn"],
    (context, input) => ({
      tags: tagList(taggable(context, input.resourceArn).tags),
    }),
  ),

  TagResource: operation<ecs.TagResourceRequest, object>()(
    ["resourceArn", "tags"],
    (context, input) => {
      const found = taggable(context, input.resourceArn);
      found.put(addTags(ecsTagRules, "TagResource", found.tags, tagMap(input.tags)));
      return {};
    },
  ),

  UntagResource: operation<ecs.UntagResourceRequest, object>()(
    ["resourceArn", "tagKeys"],
    (context, input) => {
      const found = taggable(context, input.resourceArn);
      found.put(without(found.tags, input.tagKeys));
      return {};
    },
  ),
};
