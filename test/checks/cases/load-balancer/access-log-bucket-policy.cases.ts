import { UNKNOWN_VALUE, failureCase, unknownCase, policyText } from "../case-edits.ts";
import {
  withAttribute,
  withConfiguredAttribute,
  withProvider,
} from "../../../support/plan-edits.ts";
import type { Cases, DerivedCase, DerivedCases } from "../case-types.ts";

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

const withStatement = (statement: object, outcome: Partial<DerivedCase>): DerivedCase => ({
  base: "as it is",
  change: withAttribute(
    "aws_s3_bucket_policy.logs",
    "policy",
    policyText({
      Effect: "Allow",
      Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
      Action: "s3:PutObject",
      Resource: "arn:aws:s3:::app-logs/AWSLogs/111122223333/*",
      ...statement,
    }),
  ),
  ...outcome,
});

const FAILS = { failures: ["ALB-23"] } as const;

export const accessLogBucketPolicyDerivedCases: DerivedCases = {
  "a bucket for the service that writes access logs": withStatement(
    { Condition: { StringEquals: { "s3:x-amz-acl": "bucket-owner-full-control" } } },
    { passedChecks: ["access-log-bucket-policy"] },
  ),
  "a bucket for the account of another region": withStatement(
    { Principal: { AWS: "arn:aws:iam::156460612806:root" } },
    FAILS,
  ),
  "a bucket for the logs of another account": withStatement(
    { Resource: "arn:aws:s3:::app-logs/AWSLogs/444455556666/*" },
    FAILS,
  ),
  "access logs with a prefix that the bucket does not allow": {
    base: "as it is",
    change: (plan) =>
      withConfiguredAttribute("aws_lb.main", "access_logs", [
        { bucket: "app-logs", enabled: true, prefix: "web" },
      ])(withStatement({}, {}).change(plan)),
    ...FAILS,
  },
  "a load balancer of another region, with the account of that region": {
    base: "as it is",
    change: (plan) =>
      withProvider("aws_lb.main", "ireland", {
        region: { constant_value: "eu-west-1" },
        allowed_account_ids: { constant_value: ["111122223333"] },
      })(withStatement({ Principal: { AWS: "arn:aws:iam::156460612806:root" } }, {}).change(plan)),
    passedChecks: ["access-log-bucket-policy"],
  },
  "a load balancer of an account that is not known": {
    base: "as it is",
    change: (plan) =>
      withProvider("aws_lb.main", "other", {
        region: { constant_value: "us-east-1" },
      })(
        withStatement({ Resource: "arn:aws:s3:::app-logs/AWSLogs/444455556666/*" }, {}).change(
          plan,
        ),
      ),
    unknownChecks: ["access-log-bucket-policy"],
  },
  "a policy of a bucket that is not known": {
    base: "as it is",
    change: (plan) => withConfiguredAttribute("aws_s3_bucket_policy.logs", "bucket", "other")(plan),
    ...FAILS,
  },
  "a bucket with a condition that is not known": withStatement(
    { Condition: { StringEquals: { "aws:SourceVpce": "vpce-1" } } },
    { unknownChecks: ["access-log-bucket-policy"] },
  ),
};
