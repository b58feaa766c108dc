import { tagError, type TagRules } from "../../core/tags.ts";

/** Seen at AWS: localstack/localstack#12142. */
export const kmsTagRules: TagRules = {
  reserved: tagError("TagException", "Tags beginning with aws: are reserved"),
  duplicate: tagError("TagException", "Duplicate tag keys"),
  count: tagError("TagException", "Too many tags"),
};
