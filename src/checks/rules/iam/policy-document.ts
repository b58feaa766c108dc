import { policyAt } from "../../../topology/iam-policies.ts";
import type { PolicyViolation } from "../../../iam/policy.ts";
import { rejectionOf } from "../../../iam/malformed-policy.ts";
import { documentViolation, type PolicyKind, policyViolation } from "../../../iam/validate.ts";
import { isUnknown, type AttributePath, type Resource } from "../../../plan/plan-model.ts";
import {
  type Check,
  fail,
  type CheckOutcome,
  pass,
  type CheckContext,
  unknownOutcome,
} from "../../engine/check.ts";

/** Attributes with a policy, by the type of the resource. */
const DOCUMENTS: Readonly<Record<string, readonly (readonly [string, PolicyKind])[]>> = {
  aws_iam_policy: [["policy", "managed"]],
  aws_iam_role_policy: [["policy", "role"]],
  aws_iam_user_policy: [["policy", "user"]],
  aws_iam_group_policy: [["policy", "group"]],
  aws_iam_role: [["assume_role_policy", "trust"]],
  aws_kms_key: [["policy", "key"]],
  aws_kms_replica_key: [["policy", "key"]],
  aws_kms_external_key: [["policy", "key"]],
  aws_kms_key_policy: [["policy", "key"]],
  aws_s3_bucket_policy: [["policy", "bucket"]],
  aws_ecr_repository_policy: [["policy", "repository"]],
  aws_secretsmanager_secret: [["policy", "secret"]],
  aws_secretsmanager_secret_policy: [["policy", "secret"]],
  aws_vpc_endpoint: [["policy", "endpoint"]],
  aws_vpc_endpoint_policy: [["policy", "endpoint"]],
};

function judgeViolation(
  { address, name }: Resource,
  kind: PolicyKind,
  violation: PolicyViolation | undefined,
): CheckOutcome {
  if (!violation) return pass(address);
  const { code, message } = rejectionOf(kind, violation, name);
  return fail(address, violation.rule === "size" ? "IAM-18" : "IAM-17", violation.message, {
    error: `${code}: ${message}`,
  });
}

function judgeDocument(
  { plan, accountAndRegion }: CheckContext,
  resource: Resource,
  kind: PolicyKind,
  path: AttributePath,
): CheckOutcome | undefined {
  const text = resource.text(...path);
  if (text === undefined || text === "") return undefined;
  if (!isUnknown(text)) return judgeViolation(resource, kind, documentViolation(text, kind));
  const bounds = policyAt(plan, accountAndRegion, resource, ...path);
  return bounds === undefined || bounds.unknown.length > 0
    ? // Most documents are known after apply for the ARNs in them alone, and these are well-formed.
      unknownOutcome(resource.address, text, "IAM-17", "warning")
    : judgeViolation(resource, kind, policyViolation(bounds.certain, kind));
}

export const policyDocumentCheck: Check = {
  id: "policy-document",
  question: "other",
  title: "AWS accepts the policy documents",
  severity: "error",
  ids: ["IAM-17", "IAM-18"],
  explanation:
    "IAM, KMS, S3, ECR, Secrets Manager and EC2 reject a policy that violates the policy language, that has or lacks an element for its kind, or that is longer than its quota. A document that is known after apply leaves the check open, and does not change the verdict.",
  sources: [
    "IAM User Guide, “Grammar of the IAM JSON policy language”",
    "IAM User Guide, “IAM and AWS STS quotas”",
  ],
  *run(subject) {
    const { plan } = subject;
    for (const [type, attributes] of Object.entries(DOCUMENTS)) {
      for (const resource of plan.resourcesOfType(type)) {
        // What is not written now AWS has accepted before.
        const isWritten = resource.actions.some(
          (action) => action === "create" || action === "update",
        );
        if (resource.mode !== "managed" || !isWritten) continue;
        for (const [attribute, kind] of attributes) {
          if (!plan.isConfigured(resource, attribute)) continue;
          const judgement = judgeDocument(subject, resource, kind, [attribute]);
          if (judgement) yield judgement;
        }
        if (type !== "aws_iam_role" || !plan.isConfigured(resource, "inline_policy")) continue;
        const inline = resource.blockPaths("inline_policy");
        if (isUnknown(inline)) continue;
        for (const path of inline) {
          const judgement = judgeDocument(subject, resource, "role", [...path, "policy"]);
          if (judgement) yield judgement;
        }
      }
    }
    // What a declarative policy enforces, such as blocked public access, Berth does not evaluate.
    for (const policy of plan.resourcesOfType("aws_organizations_policy"))
      if (policy.mode === "managed" && String(policy.value("type")).startsWith("DECLARATIVE_"))
        yield unknownOutcome(
          policy.address,
          `${policy.address}: declarative policies of the organization are not evaluated`,
        );
  },
};
