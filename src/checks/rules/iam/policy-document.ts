import type { AwsErrorSource } from "../../../failures/index.ts";
import { type AttributePath, type Resource, isUnknown } from "../../../plan/index.ts";
import { accountAndRegionAt, knownArnOf, policyAt } from "../../../topology/index.ts";
import {
  bucketScopeViolation,
  type PolicyViolation,
  rejectionOf,
  documentViolation,
  type PolicyKind,
  policyViolation,
  topicScopeViolation,
} from "../../../iam/index.ts";
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
  aws_ecr_registry_policy: [["policy", "registry"]],
  aws_ecr_repository_policy: [["policy", "repository"]],
  aws_secretsmanager_secret: [["policy", "secret"]],
  aws_secretsmanager_secret_policy: [["policy", "secret"]],
  aws_sns_topic: [["policy", "topic"]],
  aws_sns_topic_policy: [["policy", "topic"]],
  aws_sqs_queue: [["policy", "queue"]],
  aws_sqs_queue_policy: [["policy", "queue"]],
  aws_vpc_endpoint: [["policy", "endpoint"]],
  aws_vpc_endpoint_policy: [["policy", "endpoint"]],
};

const issue = (repository: string, number: number): AwsErrorSource => ({
  kind: "issue",
  repository,
  number,
});

/** Where the errors of `rejectionOf` are public. */
const REJECTION_SOURCES: Readonly<Record<PolicyKind, AwsErrorSource>> = {
  managed: issue("kubernetes/kops", 4951),
  role: issue("kubernetes/kops", 4951),
  user: issue("kubernetes/kops", 4951),
  group: issue("kubernetes/kops", 4951),
  trust: issue("hashicorp/terraform", 13449),
  session: { kind: "error-list", title: "AWS STS API Reference, “AssumeRole”" },
  key: issue("terraform-aws-modules/terraform-aws-eks", 2163),
  bucket: issue("hashicorp/terraform", 28688),
  registry: issue("pulumi/pulumi-aws", 2326),
  repository: issue("awsdocs/amazon-ecr-user-guide", 20),
  secret: issue("awsdocs/aws-cloudformation-user-guide", 623),
  topic: issue("aws/serverless-application-model", 1591),
  queue: issue("aws/aws-cdk", 15602),
  endpoint: issue("hashicorp/terraform-provider-aws", 42291),
};

/** The rules about the resources in a policy, with the attribute that has the ARN or the name of the only resource that they allow. */
const SCOPES: Readonly<
  Record<
    string,
    {
      readonly type: string;
      /** Undefined for an attribute of the resource itself. */
      readonly attribute?: string;
      readonly violation: typeof topicScopeViolation;
    }
  >
> = {
  aws_s3_bucket_policy: {
    type: "aws_s3_bucket",
    attribute: "bucket",
    violation: bucketScopeViolation,
  },
  aws_sns_topic: { type: "aws_sns_topic", violation: topicScopeViolation },
  aws_sns_topic_policy: { type: "aws_sns_topic", attribute: "arn", violation: topicScopeViolation },
};

/** The rule about resources that a policy violates. It is not compared with a resource whose ARN the plan does not determine. */
function scopeViolation(
  { plan, accountAndRegion }: CheckContext,
  resource: Resource,
  path: AttributePath,
): PolicyViolation | undefined {
  const scope = SCOPES[resource.type];
  if (!scope) return undefined;
  const [target, ...others] =
    scope.attribute === undefined
      ? [resource]
      : resource
          .referencesTo([scope.type], scope.attribute)
          .references.map((reference) => reference.resource);
  if (!target || others.length > 0) return undefined;
  const { region } = accountAndRegionAt(plan, target);
  const arn = region === accountAndRegion.region ? knownArnOf(target, accountAndRegion) : undefined;
  if (arn === undefined) return undefined;
  const bounds = policyAt(plan, accountAndRegion, resource, ...path);
  return bounds && bounds.unknown.length === 0 ? scope.violation(bounds.certain, arn) : undefined;
}

function violationOutcome(
  { address, name }: Resource,
  kind: PolicyKind,
  violation: PolicyViolation | undefined,
): CheckOutcome {
  if (!violation) return pass(address);
  const { code, message } = rejectionOf(kind, violation, name);
  return fail(address, violation.rule === "size" ? "IAM-18" : "IAM-17", violation.message, {
    awsError: { text: `${code}: ${message}`, source: REJECTION_SOURCES[kind] },
  });
}

function documentOutcome(
  context: CheckContext,
  resource: Resource,
  kind: PolicyKind,
  path: AttributePath,
): CheckOutcome | undefined {
  const { plan, accountAndRegion } = context;
  const text = resource.text(...path);
  if (text === undefined || text === "") return undefined;
  if (!isUnknown(text))
    return violationOutcome(
      resource,
      kind,
      documentViolation(text, kind) ?? scopeViolation(context, resource, path),
    );
  const bounds = policyAt(plan, accountAndRegion, resource, ...path);
  return bounds === undefined || bounds.unknown.length > 0
    ? // Most documents are known after apply only because of the ARNs in them. AWS accepts these ARNs.
      unknownOutcome(resource.address, text, "IAM-17", "warning")
    : violationOutcome(
        resource,
        kind,
        policyViolation(bounds.certain, kind) ?? scopeViolation(context, resource, path),
      );
}

export const policyDocumentCheck: Check = {
  id: "policy-document",
  question: "other",
  title: "AWS accepts the policy documents",
  severity: "error",
  ids: ["IAM-17", "IAM-18"],
  explanation:
    "AWS rejects a policy that violates the policy language, that has or lacks an element for its type, or that is longer than its quota. The policy of a topic may name no other topic, and that of a bucket no other bucket. A document that is known after apply leaves the check unknown, but does not change the verdict.",
  sources: [
    "IAM User Guide, “Grammar of the IAM JSON policy language”",
    "IAM User Guide, “IAM and AWS STS quotas”",
  ],
  *run(context) {
    const { plan } = context;
    for (const [type, attributes] of Object.entries(DOCUMENTS)) {
      for (const resource of plan.resourcesOfType(type)) {
        // AWS has accepted a policy that this plan does not change.
        const isChanged = resource.actions.some(
          (action) => action === "create" || action === "update",
        );
        if (resource.mode !== "managed" || !isChanged) continue;
        for (const [attribute, kind] of attributes) {
          if (!plan.isConfigured(resource, attribute)) continue;
          const outcome = documentOutcome(context, resource, kind, [attribute]);
          if (outcome) yield outcome;
        }
        if (type !== "aws_iam_role" || !plan.isConfigured(resource, "inline_policy")) continue;
        const inline = resource.blockPaths("inline_policy");
        if (isUnknown(inline)) continue;
        for (const path of inline) {
          const outcome = documentOutcome(context, resource, "role", [...path, "policy"]);
          if (outcome) yield outcome;
        }
      }
    }
    // Berth does not evaluate declarative policies, which block public access, for example.
    for (const policy of plan.resourcesOfType("aws_organizations_policy"))
      if (policy.mode === "managed" && String(policy.value("type")).startsWith("DECLARATIVE_"))
        yield unknownOutcome(
          policy.address,
          `${policy.address}: declarative policies of the organization are not evaluated`,
        );
  },
};
