import { tagError, type TagRules } from "../../core/tags.ts";

const invalidTags = (message: string | ((key: string) => string)) =>
  tagError("InvalidParameterException", message);

/** Source: AWS Secrets Manager API Reference, TagResource. Seen at AWS: cloud-custodian/cloud-custodian#9093 (prefix). */
export const secretTagRules: TagRules = {
  reserved: invalidTags((key) => `You can't modify system tags. Tag key: '${key}'.`),
  duplicate: invalidTags("The specified tags have duplicate keys."),
  count: invalidTags("A secret can have at most 50 tags."),
};
