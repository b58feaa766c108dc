import { AwsError } from "../protocol/errors.ts";
import type { ListOptions } from "./resource-type.ts";

/**
 * The pages of RDS and ElastiCache.
 *
 * Sources: the API references, MaxRecords of each operation; of the text, hashicorp/terraform-provider-aws#37221.
 */
export const RECORD_PAGE: ListOptions<object, object>["page"] = {
  token: "Marker",
  size: "MaxRecords",
  defaultSize: 100,
  checkSize: (size) => {
    if (size < 20 || size > 100)
      throw new AwsError(
        "InvalidParameterValue",
        `Invalid value ${size} for MaxRecords. Must be between 20 and 100`,
      );
  },
};
