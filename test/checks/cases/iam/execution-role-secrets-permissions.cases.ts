import { failureCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const executionRoleSecretsPermissionsCases: Cases = {
  "a role that may not read secrets": failureCase("IAM-09", [
    '"secretsmanager:GetSecretValue", ',
    "",
  ]),
  "a role that may not decrypt": failureCase("IAM-10", [
    'Action = ["kms:Decrypt"]',
    'Action = ["kms:Encrypt"]',
  ]),
  "a key for root's own use alone": failureCase("KMS-03", [
    '        Principal = { AWS = "arn:aws:iam::111122223333:root" }\n        Action    = "kms:*"',
    '        Principal = { AWS = "arn:aws:iam::111122223333:user/admin" }\n        Action    = "kms:*"',
  ]),
};
