import { UNKNOWN_VALUE, addition, failureCase, unknownCase, policyText } from "../case-edits.ts";
import { withAttribute, withResource } from "../../../support/plan-edits.ts";
import type { Cases, DerivedCase, DerivedCases } from "../case-types.ts";

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

const withPolicy = (type: string, statement: object): DerivedCase => ({
  base: "as it is",
  change: withResource(`${type}.app`, {
    values: {
      policy: policyText({ Effect: "Allow", Principal: "*", ...statement }),
    },
    unknown: type === "aws_sns_topic_policy" ? { arn: true } : {},
    expressions: {
      policy: {},
      arn: { references: ["aws_sns_topic.alarms.arn", "aws_sns_topic.alarms"] },
    },
  }),
  failures: ["IAM-17"],
});

/** A topic of the plan, and a policy for a topic of this name. */
const withTopicPolicy = (name: string, outcome: Partial<DerivedCase>): DerivedCase => {
  const { change } = withPolicy("aws_sns_topic_policy", {
    Action: "sns:Publish",
    Resource: `arn:aws:sns:us-east-1:111122223333:${name}`,
  });
  const withTopic = withResource("aws_sns_topic.alarms", {
    values: { name: "alarms" },
    unknown: { arn: true },
    expressions: { name: { constant_value: "alarms" } },
  });
  return { base: "as it is", change: (plan) => withTopic(change(plan)), ...outcome };
};

export const policyDocumentDerivedCases: DerivedCases = {
  "a policy of a queue with an unknown action": withPolicy("aws_sqs_queue_policy", {
    Action: "sqs:Foo",
    Resource: "*",
  }),
  "a policy of a topic with a wildcard": withPolicy("aws_sns_topic_policy", {
    Action: "sns:*",
    Resource: "*",
  }),
  "a policy of a repository with an action of S3": withPolicy("aws_ecr_repository_policy", {
    Action: "s3:GetObject",
  }),
  "a policy of a bucket with an unknown condition key": withPolicy("aws_s3_bucket_policy", {
    Action: "s3:PutObject",
    Resource: "arn:aws:s3:::files/*",
    Condition: { StringEquals: { "s3:x-acl": "private" } },
  }),
  "a policy of a bucket for another bucket": {
    base: "as it is",
    change: withAttribute(
      "aws_s3_bucket_policy.logs",
      "policy",
      policyText({
        Effect: "Allow",
        Principal: "*",
        Action: "s3:PutObject",
        Resource: "arn:aws:s3:::other/*",
      }),
    ),
    failures: ["IAM-17"],
  },
  "a policy of a topic for another topic": withTopicPolicy("other", { failures: ["IAM-17"] }),
  "a policy of a topic for this topic": withTopicPolicy("alarms", {
    passedChecks: ["policy-document"],
  }),
};
