import { UNKNOWN_VALUE, failureCase, unknownCase, policyText } from "../case-edits.ts";
import { withAttribute } from "../../../support/plan-edits.ts";
import type { Cases, DerivedCase, DerivedCases } from "../case-types.ts";

export const kmsKeyPolicyCases: Cases = {
  "a key that knows no logs": failureCase("KMS-01", [
    "logs.us-east-1.amazonaws.com",
    "s3.amazonaws.com",
  ]),
  "a key that is off": failureCase("KMS-05", ["enable_key_rotation = true", "is_enabled = false"]),
  "a key that nobody may change": failureCase("KMS-06", [
    'Principal = { AWS = "arn:aws:iam::111122223333:root" }\n        Action    = "kms:*"',
    'Principal = { Service = "s3.amazonaws.com" }\n        Action    = "kms:*"',
  ]),
  "a log group before its key's policy": failureCase("RACE-01", [
    "  depends_on = [aws_kms_key_policy.main]\n",
    "",
  ]),
  "a key that is not known": unknownCase(
    ["kms-key-policy"],
    [
      "  kms_key_id = aws_kms_key.main.arn\n  depends_on",
      `  kms_key_id = ${UNKNOWN_VALUE}\n  depends_on`,
    ],
  ),
};

/** The base whose key policy allows CloudWatch Logs under a condition. */
const withKeyPolicy = (
  condition: object,
  outcome: Partial<DerivedCase>,
  ...statements: readonly object[]
): DerivedCase => ({
  base: "as it is",
  change: withAttribute(
    "aws_kms_key_policy.main",
    "policy",
    policyText(
      {
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::111122223333:root" },
        Action: "kms:*",
        Resource: "*",
      },
      {
        Effect: "Allow",
        Principal: { Service: "logs.us-east-1.amazonaws.com" },
        Action: ["kms:Encrypt*", "kms:Decrypt*", "kms:GenerateDataKey*"],
        Resource: "*",
        Condition: condition,
      },
      ...statements,
    ),
  ),
  ...outcome,
});

const forLogGroups = (pattern: string): object => ({
  ArnLike: {
    "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:us-east-1:111122223333:${pattern}`,
  },
});

const PASSES = { passedChecks: ["kms-key-policy"] };
const IS_UNKNOWN = { unknownChecks: ["kms-key-policy"] };

export const kmsKeyPolicyDerivedCases: DerivedCases = {
  "a key for all log groups": withKeyPolicy(forLogGroups("*"), PASSES),
  "a key for its log group": withKeyPolicy(forLogGroups("log-group:/app"), PASSES),
  "a key for another log group": withKeyPolicy(forLogGroups("log-group:/other"), {
    failures: ["KMS-01"],
  }),
  "a key for log groups of an organization": withKeyPolicy(
    { StringEquals: { "aws:SourceOrgID": "o-1" } },
    IS_UNKNOWN,
  ),
  "a key that denies requests under a condition that is not known": withKeyPolicy(
    forLogGroups("*"),
    IS_UNKNOWN,
    {
      Effect: "Deny",
      Principal: "*",
      Action: "kms:*",
      Resource: "*",
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  ),
};
