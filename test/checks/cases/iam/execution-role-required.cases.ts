import { failureCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const executionRoleRequiredCases: Cases = {
  "no execution role, an image of ECR": failureCase("IAM-01", [
    "  execution_role_arn       = aws_iam_role.execution.arn\n",
    "",
  ]),
  "no execution role, a log": failureCase(
    "IAM-02",
    ["  execution_role_arn       = aws_iam_role.execution.arn\n", ""],
    [
      'image        = "${aws_ecr_repository.app.repository_url}:1.4"',
      'image        = "public.ecr.aws/a/b:1"',
    ],
    [
      'image       = "${aws_ecr_repository.app.repository_url}:sidecar"',
      'image       = "public.ecr.aws/a/b:2"',
    ],
    [
      '{ name = "PASSWORD", valueFrom = "${aws_secretsmanager_secret.database.arn}:password::" },',
      "",
    ],
    ['{ name = "REGION", valueFrom = aws_ssm_parameter.region.arn },', ""],
  ),
  "no execution role, secrets": failureCase(
    "IAM-03",
    ["  execution_role_arn       = aws_iam_role.execution.arn\n", ""],
    [
      'image        = "${aws_ecr_repository.app.repository_url}:1.4"',
      'image        = "public.ecr.aws/a/b:1"',
    ],
    [
      'image       = "${aws_ecr_repository.app.repository_url}:sidecar"',
      'image       = "public.ecr.aws/a/b:2"',
    ],
  ),
};
