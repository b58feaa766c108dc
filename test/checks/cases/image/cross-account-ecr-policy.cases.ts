import { unknownCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const crossAccountEcrPolicyCases: Cases = {
  "a repository that is not in the plan": unknownCase(
    ["cross-account-ecr-policy"],
    [
      'image        = "${aws_ecr_repository.app.repository_url}:1.4"',
      'image        = "444455556666.dkr.ecr.us-east-1.amazonaws.com/app:1.4"',
    ],
  ),
};
