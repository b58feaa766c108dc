import type * as cloudfront from "@aws-sdk/client-cloudfront";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import type { Service } from "../../core/service.ts";
import { addTags, tagEntries, tagError, tagList, type TagRules, without } from "../../core/tags.ts";
import { accessDenied, AwsError } from "../../protocol/errors.ts";
import { partsOfTypes } from "../../resource-store/service-parts.ts";
import { distributionOperations, distributions, usesAccessControl } from "./distributions.ts";
import { managedPolicyOperations } from "./managed-policies.ts";
import { accessControls, accessIdentities, originAccessOperations } from "./origin-access.ts";

/** Source: Amazon CloudFront API Reference, TagResource: InvalidTagging. No public source of the texts is known. */
const tagRules: TagRules = {
  tagsIn: ({ Tags: tags, DistributionConfigWithTags: withTags }) =>
    [tags, (withTags as cloudfront.DistributionConfigWithTags | undefined)?.Tags].map((inRequest) =>
      tagEntries((inRequest as cloudfront.Tags | undefined)?.Items),
    ),
  reserved: tagError("InvalidTagging", "Tag keys can't begin with aws:."),
  duplicate: tagError("InvalidTagging", (key) => `Duplicate tag key: ${key}`),
  count: tagError("InvalidTagging", "A resource can have at most 50 tags."),
  emptyKey: tagError("InvalidTagging", "Tag keys must have 1 to 128 characters."),
};

/** The tags of the distribution with an ARN. Other resources of CloudFront have no tags. */
function requireTags(context: Context, arn: string): Readonly<Record<string, string>> {
  const tags = distributions.tagsOf(context, arn);
  if (!tags)
    throw new AwsError("NoSuchResource", `The specified resource does not exist: ${arn}`, 404);
  return tags;
}

const tagging: Operations = {
  TagResource: operation<cloudfront.TagResourceRequest, object>()(
    ["Resource", "Tags"],
    (context, { Resource, Tags }) => {
      const added = Object.fromEntries(tagEntries(Tags.Items));
      const tags = addTags(tagRules, "TagResource", requireTags(context, Resource), added);
      distributions.setTags(context, Resource, tags);
      return {};
    },
  ),
  UntagResource: operation<cloudfront.UntagResourceRequest, object>()(
    ["Resource", "TagKeys"],
    (context, { Resource, TagKeys }) => {
      const tags = without(requireTags(context, Resource), TagKeys.Items ?? []);
      distributions.setTags(context, Resource, tags);
      return {};
    },
  ),
  ListTagsForResource: operation<
    cloudfront.ListTagsForResourceRequest,
    cloudfront.ListTagsForResourceResult
  >()(["Resource"], (context, { Resource }) => ({
    Tags: { Items: tagList(requireTags(context, Resource)) },
  })),
};

export const service: Service = {
  name: "cloudfront",
  tagRules,
  waiterOperations: ["GetDistribution"],
  operations: {
    ...distributionOperations,
    ...originAccessOperations(usesAccessControl),
    ...managedPolicyOperations,
    ...tagging,
  },
  // Source: Service Authorization Reference, "Amazon CloudFront".
  ...partsOfTypes([distributions, accessControls, accessIdentities], {
    actions: { CreateDistributionWithTags: "CreateDistribution" },
    tagAction: () => "cloudfront:TagResource",
    denied: accessDenied,
  }),
};
