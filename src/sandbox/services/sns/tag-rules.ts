import { RESERVED_KEY_MESSAGE, tagError, type TagRules } from "../../core/tags.ts";

/**
 * Source: Amazon SNS Developer Guide, "Amazon SNS topic tagging". Seen at AWS: localstack/localstack#6571 (duplicate),
 * getmoto/moto, `moto/sns/exceptions.py` (number of tags).
 */
export const snsTagRules: TagRules = {
  reserved: tagError("InvalidParameter", `Invalid parameter: ${RESERVED_KEY_MESSAGE}`),
  duplicate: tagError("InvalidParameter", "Invalid parameter: Duplicated keys are not allowed."),
  count: tagError(
    "TagLimitExceeded",
    "Could not complete request: tag quota of per resource exceeded",
  ),
};
