import { RESERVED_KEY_MESSAGE, tagError, type TagRules } from "../../core/tags.ts";

/**
 * Rules of IAM and of the session tags of AWS STS.
 *
 * Source: IAM User Guide, "Tags for AWS Identity and Access Management resources" and "Pass session tags in AWS STS". Seen at
 * AWS: getmoto/moto, `tests/test_iam/test_iam.py` (duplicate).
 */
const rules = (code: string, limitCode: string, limitStatus: number): TagRules => ({
  isCaseInsensitive: true,
  reserved: tagError(code, RESERVED_KEY_MESSAGE),
  duplicate: tagError(
    code,
    "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
  ),
  count: tagError(limitCode, "The number of tags has reached the maximum limit.", limitStatus),
});

export const iamTagRules: TagRules = rules("InvalidInput", "LimitExceeded", 409);

export const sessionTagRules: TagRules = rules("InvalidParameterValue", "ValidationError", 400);
