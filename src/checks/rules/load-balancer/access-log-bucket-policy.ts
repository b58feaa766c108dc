import { policyAt } from "../../../topology/iam-policies.ts";
import { isUnknown } from "../../../plan/plan-model.ts";
import { type Check, fail, unknownValueAt, pass, unknownOutcome } from "../../engine/check.ts";

export const accessLogBucketPolicyCheck: Check = {
  id: "access-log-bucket-policy",
  question: "traffic",
  title: "buckets for access logs let load balancers write",
  severity: "error",
  ids: ["ALB-23"],
  explanation:
    "Elastic Load Balancing tries the bucket when access logs are switched on, and refuses one whose policy does not let it write.",
  sources: ["Elastic Load Balancing, “Enable access logs for your Application Load Balancer”"],
  *run({ plan, accountAndRegion, network }) {
    for (const { resource } of network.loadBalancers) {
      const lost = unknownValueAt(resource, "access_logs", 0, "enabled");
      if (lost) yield unknownOutcome(resource.address, lost, "ALB-23");
      if (resource.value("access_logs", 0, "enabled") !== true) continue;
      const { references, externalIds, unknown } = resource.referencesTo(
        ["aws_s3_bucket"],
        "access_logs",
        0,
        "bucket",
      );
      const [hit] = references;
      if (!hit) {
        yield unknownOutcome(
          resource.address,
          unknown[0] ?? `the bucket ${externalIds[0] ?? ""} is not in this plan`,
          "ALB-23",
        );
        continue;
      }
      const written = plan
        .resourcesOfType("aws_s3_bucket_policy")
        .find(
          (s3BucketPolicy) =>
            s3BucketPolicy
              .referencesTo(["aws_s3_bucket"], "bucket")
              .references.some((found) => found.resource === hit.resource) ||
            s3BucketPolicy.value("bucket") === hit.resource.value("bucket"),
        );
      const policy = written ? policyAt(plan, accountAndRegion, written, "policy") : undefined;
      const writes = (which: "certain" | "possible"): boolean =>
        policy?.[which].statements.some(
          (statement) =>
            statement.effect === "Allow" &&
            (statement.actions ?? []).some((action) =>
              /^(s3:\*|\*|s3:PutObject|s3:Put\*)$/i.test(action),
            ),
        ) === true;
      if (writes("certain")) yield pass(resource.address);
      else if (policy && !isUnknown(policy) && writes("possible"))
        yield unknownOutcome(
          resource.address,
          policy.unknown[0] ?? "the bucket's policy is not known",
          "ALB-23",
        );
      else
        yield fail(
          resource.address,
          "ALB-23",
          `the policy of ${hit.resource.address} lets no load balancer write`,
          {
            error:
              "InvalidConfigurationRequest: Access Denied for bucket: …. Please check S3bucket permission",
          },
        );
    }
  },
};
