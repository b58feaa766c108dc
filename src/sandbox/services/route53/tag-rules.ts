import { RESERVED_KEY_MESSAGE, tagEntries, tagError, type TagRules } from "../../core/tags.ts";

const invalidTags = (message: string) => tagError("InvalidInput", message);

/** Source: Amazon Route 53 API Reference, ChangeTagsForResource and Tag. */
export const route53TagRules: TagRules = {
  tagsIn: (input) => [tagEntries(input["AddTags"])],
  reserved: invalidTags(RESERVED_KEY_MESSAGE),
  duplicate: invalidTags("The specified tags have duplicate keys."),
  count: invalidTags("A resource can have at most 50 tags."),
  emptyKey: invalidTags("A tag key must have at least 1 character."),
};
