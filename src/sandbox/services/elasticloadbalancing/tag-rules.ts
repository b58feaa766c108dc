import { tagError, type TagRules } from "../../core/tags.ts";

/**
 * Source: Elastic Load Balancing API Reference, AddTags. Seen at AWS: aws/elastic-load-balancing-tools#6 (prefix),
 * ernestio/ernest#237 (duplicate).
 */
export const elbTagRules: TagRules = {
  reserved: tagError("ValidationError", (key) => `Tag key '${key}' cannot start with 'aws:'`),
  duplicate: tagError(
    "DuplicateTagKeys",
    "Duplicate Tag Keys found in the request. Tag keys should be unique.",
  ),
  count: tagError(
    "TooManyTags",
    "You've reached the limit on the number of tags for this resource.",
  ),
};
