import { RESERVED_KEY_MESSAGE, tagError, type TagRules } from "../../core/tags.ts";

const invalidTags = (message: string) => tagError("InvalidTagsToAddException", message);

/** Source: AWS CodeDeploy API Reference, TagResource, and "Quotas" of the AWS CodeDeploy User Guide. */
export const codeDeployTagRules: TagRules = {
  reserved: invalidTags(RESERVED_KEY_MESSAGE),
  duplicate: invalidTags("The specified tags have duplicate keys."),
  count: invalidTags("A resource can have at most 50 tags."),
  emptyKey: invalidTags("A tag key must have at least 1 character."),
  longKey: invalidTags("A tag key can have at most 128 characters."),
  longValue: invalidTags("A tag value can have at most 256 characters."),
};
