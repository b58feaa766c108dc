import { UNKNOWN_VALUE, failureCase, unknownCase } from "../case-edits.ts";
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

const forLogGroups = (pattern: string, outcome: Partial<DerivedCase>): DerivedCase => ({
  base: "as it is",
  change: withAttribute(
    "aws_kms_key_policy.main",
    "policy",
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [
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
          Condition: {
            ArnLike: {
              "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:us-east-1:111122223333:${pattern}`,
            },
          },
        },
      ],
    }),
  ),
  ...outcome,
});

export const kmsKeyPolicyDerivedCases: DerivedCases = {
  "a key for all log groups": forLogGroups("*", { passedChecks: ["kms-key-policy"] }),
  "a key for its log group": forLogGroups("log-group:/app", { passedChecks: ["kms-key-policy"] }),
  "a key for another log group": forLogGroups("log-group:/other", { failures: ["KMS-01"] }),
};
