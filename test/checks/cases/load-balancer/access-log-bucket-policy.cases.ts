import { UNKNOWN_VALUE, failureCase, unknownCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const accessLogBucketPolicyCases: Cases = {
  "a bucket that nobody may write to": failureCase("ALB-23", [
    'Action    = "s3:PutObject"',
    'Action    = "s3:GetObject"',
  ]),
  "a bucket that is not known": unknownCase(
    ["access-log-bucket-policy"],
    ["bucket  = aws_s3_bucket.logs.bucket", `bucket  = ${UNKNOWN_VALUE}`],
  ),
};
