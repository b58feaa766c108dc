import { awsErrorOf } from "../../../failures/index.ts";
import { isUnknown } from "../../../plan/index.ts";
import { policyAt } from "../../../topology/index.ts";
import { type Check, fail, unknownValueAt, pass, unknownOutcome } from "../../engine/check.ts";

export const accessLogBucketPolicyCheck: Check = {
  id: "access-log-bucket-policy",
  question: "traffic",
  title: "Buckets for access logs allow load balancers to write",
  severity: "error",
  ids: ["ALB-23"],
  explanation:
    "When access logs are enabled, Elastic Load Balancing writes a test file to the bucket. It rejects a bucket whose policy does not allow this.",
  sources: ["Elastic Load Balancing, “Enable access logs for your Application Load Balancer”"],
  *run({ plan, accountAndRegion, network }) {
    for (const { resource } of network.loadBalancers) {
      const unknownValue = unknownValueAt(resource, "access_logs", 0, "enabled");
      if (unknownValue) yield unknownOutcome(resource.address, unknownValue, "ALB-23");
      if (resource.value("access_logs", 0, "enabled") !== true) continue;
      const { references, externalIds, unknown } = resource.referencesTo(
        ["aws_s3_bucket"],
        "access_logs",
        0,
        "bucket",
      );
      const [reference] = references;
      if (!reference) {
        yield unknownOutcome(
          resource.address,
          unknown[0] ?? `this plan does not contain the bucket ${externalIds[0] ?? ""}`,
          "ALB-23",
        );
        continue;
      }
      const bucketPolicy = plan
        .resourcesOfType("aws_s3_bucket_policy")
        .find(
          (candidate) =>
            candidate
              .referencesTo(["aws_s3_bucket"], "bucket")
              .references.some((bucket) => bucket.resource === reference.resource) ||
            candidate.value("bucket") === reference.resource.value("bucket"),
        );
      const policy = bucketPolicy
        ? policyAt(plan, accountAndRegion, bucketPolicy, "policy")
        : undefined;
      const allowsWrite = (bound: "certain" | "possible"): boolean =>
        policy?.[bound].statements.some(
          (statement) =>
            statement.effect === "Allow" &&
            (statement.actions ?? []).some((action) =>
              /^(s3:\*|\*|s3:PutObject|s3:Put\*)$/i.test(action),
            ),
        ) === true;
      if (allowsWrite("certain")) yield pass(resource.address);
      else if (policy && !isUnknown(policy) && allowsWrite("possible"))
        yield unknownOutcome(
          resource.address,
          policy.unknown[0] ?? "the policy of the bucket is unknown",
          "ALB-23",
        );
      else
        yield fail(
          resource.address,
          "ALB-23",
          `the policy of ${reference.resource.address} does not allow load balancers to write`,
          {
            awsError: awsErrorOf("access-log-bucket-denied"),
          },
        );
    }
  },
};
