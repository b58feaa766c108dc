import { tagError, type TagRules } from "../../core/tags.ts";
import { AwsError } from "../../protocol/errors.ts";

/** Source: AWS Certificate Manager API Reference, AddTagsToCertificate; texts: getmoto/moto, `moto/acm/models.py`. */
export const acmTagRules: TagRules = {
  reserved: tagError(
    "ValidationException",
    (key) => `Invalid Tag Key: "${key}". AWS internal tags cannot be changed with this API`,
  ),
  duplicate: tagError("InvalidTagException", (key) => `The tag key ${key} occurs more than once.`),
  count: ({ tags }) =>
    new AwsError(
      "TooManyTagsException",
      `the TagSet: '{${tags.map(([key, value]) => `${key}=${value}`).join(", ")}}' contains too many Tags`,
    ),
};
