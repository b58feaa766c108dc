import { UNKNOWN_VALUE, failureCase, natCase, unknownCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const imageAvailabilityCases: Cases = {
  "latest in a repository that never changes": failureCase("ECR-03", [
    '"${aws_ecr_repository.app.repository_url}:1.4"',
    '"111122223333.dkr.ecr.us-east-1.amazonaws.com/app:latest"',
  ]),
  "a lifecycle policy that keeps one": failureCase("ECR-06", [
    "countNumber = 50",
    "countNumber = 1",
  ]),
  "Docker Hub": natCase("ECR-08", [
    'image        = "${aws_ecr_repository.app.repository_url}:1.4"',
    'image        = "nginx:1.27"',
  ]),
  "a lifecycle that is not known": unknownCase(
    ["image-availability"],
    [
      "repository = aws_ecr_repository.app.name\n  policy = jsonencode({",
      `repository = aws_ecr_repository.app.name\n  policy = ${UNKNOWN_VALUE} != "" ? ${UNKNOWN_VALUE} : jsonencode({`,
    ],
  ),
};
