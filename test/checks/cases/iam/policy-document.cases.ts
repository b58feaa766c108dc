import { UNKNOWN_VALUE, addition, failureCase, unknownCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const policyDocumentCases: Cases = {
  "a policy with Resource and NotResource": failureCase("IAM-17", [
    'Action = ["ssmmessages:*", "elasticfilesystem:ClientMount"], Resource = "*" }',
    'Action = ["ssmmessages:*", "elasticfilesystem:ClientMount"], Resource = "*", NotResource = "arn:aws:s3:::files" }',
  ]),
  "a policy that is too long": failureCase(
    "IAM-18",
    addition(`resource "aws_iam_policy" "long" {
  name = "long"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = [for n in range(300) : "arn:aws:s3:::bucket-\${n}/*"] }]
  })
}`),
  ),
  "a policy that is not known": unknownCase(
    ["policy-document"],
    addition(`resource "aws_iam_policy" "lost" {
  name   = "lost"
  policy = ${UNKNOWN_VALUE}
}`),
  ),
};
