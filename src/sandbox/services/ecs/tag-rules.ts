import { RESERVED_KEY_MESSAGE, tagError, type TagRules } from "../../core/tags.ts";

const invalidTags = (message: string) => tagError("InvalidParameterException", message);

/** Source: Amazon ECS API Reference, TagResource and Tag. */
export const ecsTagRules: TagRules = {
  reserved: invalidTags(RESERVED_KEY_MESSAGE),
  duplicate: invalidTags("The specified tags have duplicate keys."),
  count: invalidTags("Too many tags: a resource has at most 50."),
};
