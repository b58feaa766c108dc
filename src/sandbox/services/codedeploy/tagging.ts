import type * as codedeploy from "@aws-sdk/client-codedeploy";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { addTags, tagList, tagMap, without } from "../../core/tags.ts";
import { applications, deploymentGroups } from "./tables.ts";
import { codeDeployTagRules } from "./tag-rules.ts";

/** Changes the tags of an application or a group. */
function changeTags(
  context: Context,
  arn: string,
  change: (tags: Readonly<Record<string, string>>) => Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const [kind, name = ""] = (arn.split(":codedeploy:")[1] ?? "").split(":").slice(2);
  const application = kind === "application" ? context.in(applications).get(name) : undefined;
  if (application)
    return context.in(applications).put(name, { ...application, tags: change(application.tags) })
      .tags;
  const group = kind === "deploymentgroup" ? context.in(deploymentGroups).get(name) : undefined;
  if (group)
    return context.in(deploymentGroups).put(name, { ...group, tags: change(group.tags) }).tags;
  throw new AwsError(
    "ArnNotSupportedException",
    `The ARN ${arn} does not belong to an existing resource`,
  );
}

export const tagOperations: Operations = {
  ListTagsForResource: operation<
    codedeploy.ListTagsForResourceInput,
    codedeploy.ListTagsForResourceOutput
  >()(["ResourceArn"], (context, input) => ({
    Tags: tagList(changeTags(context, input.ResourceArn, (tags) => tags)),
  })),

  TagResource: operation<codedeploy.TagResourceInput, object>()(
    ["ResourceArn", "Tags"],
    (context, input) => {
      changeTags(context, input.ResourceArn, (tags) =>
        addTags(codeDeployTagRules, "TagResource", tags, tagMap(input.Tags)),
      );
      return {};
    },
  ),

  UntagResource: operation<codedeploy.UntagResourceInput, object>()(
    ["ResourceArn", "TagKeys"],
    (context, input) => {
      changeTags(context, input.ResourceArn, (tags) => without(tags, input.TagKeys));
      return {};
    },
  ),
};
