import { unknownCase } from "../case-edits.ts";
import { withContainer } from "../../../support/plan-edits.ts";
import type { Cases, DerivedCase, DerivedCases } from "../case-types.ts";

export const crossAccountEcrPolicyCases: Cases = {
  "a repository that is not in the plan": unknownCase(
    ["cross-account-ecr-policy"],
    [
      'image        = "${aws_ecr_repository.app.repository_url}:1.4"',
      'image        = "444455556666.dkr.ecr.us-east-1.amazonaws.com/app:1.4"',
    ],
  ),
};

const withImage = (image: string, outcome: Partial<DerivedCase>): DerivedCase => ({
  base: "as it is",
  change: withContainer(
    "terraform_data.berth_companion_aws_ecs_task_definition_app_container_definitions",
    1,
    { image },
  ),
  ...outcome,
});

export const crossAccountEcrPolicyDerivedCases: DerivedCases = {
  "an image that AWS publishes": withImage(
    "906394416424.dkr.ecr.us-east-1.amazonaws.com/aws-for-fluent-bit:stable",
    { passedChecks: ["cross-account-ecr-policy"] },
  ),
  "an image that AWS publishes in a region with its own account": withImage(
    "422531588944.dkr.ecr.eu-south-1.amazonaws.com/aws-appmesh-envoy:v1.34.13.0-prod",
    { passedChecks: ["cross-account-ecr-policy"] },
  ),
  "another repository of the account in which AWS publishes images": withImage(
    "906394416424.dkr.ecr.us-east-1.amazonaws.com/other:stable",
    { unknownChecks: ["cross-account-ecr-policy"] },
  ),
};
