import type { PolicyRule, PolicyViolation } from "./policy.ts";
import { type PolicyKind, policyQuota } from "./validate.ts";

/** The error with which a service responds to a call. */
export interface Rejection {
  readonly code: string;
  readonly message: string;
}

type Messages = Readonly<Partial<Record<PolicyRule, string | ((subject: string) => string)>>>;

/** A service's errors about policies. */
interface ServiceErrors {
  readonly code: string;
  /** Messages by rule. */
  readonly messages: Messages;
  /** The message for all other rules. */
  readonly general: string;
  /** The error for a document that exceeds the quota. */
  readonly size?: SizeRejection;
}

interface SizeRejection extends Rejection {
  /** True if the message ends with the name of the policy's owner. */
  readonly namesOwner?: boolean;
}

/** The ARN with the missing fields, as IAM's message contains it. */
function completed(resource: string): string {
  const [, ...fields] = resource.split(":");
  const missing = Math.max(0, 5 - fields.length);
  return ["arn", ...fields, ...Array<string>(missing).fill("*")].join(":");
}

/**
 * IAM's messages. Seen at AWS: getmoto/moto, `tests/test_iam/test_iam_policies.py` (recorded from AWS); Sid:
 * aws-cloudformation/cfn-lint#708, kubernetes/kops#4951; Principal: hashicorp/terraform#13449; Resource in a trust policy:
 * terraform-aws-modules/terraform-aws-eks-pod-identity#34; no principal: terraform-aws-modules/terraform-aws-iam#47.
 */
const IAM_MESSAGES: Messages = {
  "version-2012": "Policy document must be version 2012-10-17 or greater.",
  "effect-case": "The policy failed legacy parsing",
  "condition-date": "The policy failed legacy parsing",
  "resource-incomplete": "The policy failed legacy parsing",
  "sid-characters":
    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
  "sid-duplicate": "Statement IDs (SID) in a single policy must be unique.",
  "action-missing": "Policy statement must contain actions.",
  "action-prefix": "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
  "action-colons": "Actions/Condition can contain only one colon.",
  "action-vendor": (vendor) => `Vendor ${vendor} is not valid`,
  "trust-action": "AssumeRole policy may only specify STS AssumeRole actions.",
  "resource-missing": "Policy statement must contain resources.",
  "resource-prohibited": "Has prohibited field Resource",
  "resource-format": (resource) => `Resource ${resource} must be in ARN format or "*".`,
  "resource-partition": (resource) =>
    `Partition "${resource.split(":")[1] ?? ""}" is not valid for resource "${completed(resource)}".`,
  "resource-vendor": "Resource vendor must be fully qualified and cannot contain regexes.",
  "resource-region": (resource) =>
    resource.split(":")[2] === "iam"
      ? `IAM resource ${resource} cannot contain region information.`
      : `Resource ${resource} can not contain region information.`,
  "resource-iam-path":
    'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.',
  "principal-missing": "Missing required field Principal",
  "principal-empty":
    "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The passed in policy has a statement with no principals!",
  "principal-prohibited": "Policy document should not specify a principal.",
  "principal-format": (name) => `Invalid principal in policy: "AWS":"${name}"`,
  "principal-unknown": (principal) => `Invalid principal in policy: ${principal}`,
  "principal-service": (principal) => `Invalid principal in policy: ${principal}`,
};

const iam = (size: SizeRejection): ServiceErrors => ({
  code: "MalformedPolicyDocument",
  messages: IAM_MESSAGES,
  general: "Syntax errors in policy.",
  size,
});

const exceeds = (quota: string): Rejection => ({
  code: "LimitExceeded",
  message: `Cannot exceed quota for ${quota}`,
});

/** Seen at AWS: aws-amplify/amplify-backend#2615. The message ends with the name of the user or role. */
const inline = (kind: "role" | "user" | "group"): ServiceErrors =>
  iam({
    code: "LimitExceeded",
    message: `Maximum policy size of ${policyQuota(kind)} bytes exceeded for ${kind}`,
    namesOwner: true,
  });

const SERVICES: Readonly<Record<PolicyKind, ServiceErrors>> = {
  managed: iam(exceeds("PolicySize: 6144")),
  role: inline("role"),
  user: inline("user"),
  group: inline("group"),
  // Seen at AWS: kubeflow/dashboard#29.
  trust: iam(exceeds("ACLSizePerRole: 2048")),
  // Source: AWS STS API Reference, AssumeRole, Policy: a constraint of the member's length.
  session: iam({
    code: "ValidationError",
    message:
      "1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to 2048",
  }),
  // Seen at AWS: terraform-aws-modules/terraform-aws-eks#2163, terraform-aws-modules/terraform-aws-kms#30. General: AWS KMS
  // API Reference, PutKeyPolicy, MalformedPolicyDocumentException.
  key: {
    code: "MalformedPolicyDocumentException",
    messages: {
      "principal-missing": "Policy contains a statement with no principal.",
      "principal-empty": "Policy contains a statement with no principal.",
      "principal-kind": "Policy contains a statement with one or more invalid principals.",
      "principal-format": "Policy contains a statement with one or more invalid principals.",
      "principal-unknown": "Policy contains a statement with one or more invalid principals.",
      "principal-service": "Policy contains a statement with one or more invalid principals.",
    },
    general:
      "The request was rejected because the specified policy is not syntactically or semantically correct.",
    size: {
      code: "LimitExceededException",
      message: "The request was rejected because a quota was exceeded.",
    },
  },
  // Seen at AWS: hashicorp/terraform#28688, cn-terraform/terraform-aws-s3-static-website#38, versity/versitygw#648 and #649;
  // action, version, statement: versity/versitygw, `auth/bucket_policy.go`.
  bucket: {
    code: "MalformedPolicy",
    messages: {
      json: "This policy contains invalid Json",
      version: "The policy must contain a valid version string",
      "statement-missing": "Missing required field Statement",
      "action-missing": "Missing required field Action",
      "action-prefix": "Policy has invalid action",
      "action-colons": "Policy has invalid action",
      "action-vendor": "Policy has invalid action",
      "resource-missing": "Missing required field Resource",
      "resource-format": "Policy has invalid resource",
      "principal-missing": "Missing required field Principal",
      "principal-empty": "Missing required field Principal cannot be empty!",
      "principal-kind": "Invalid principal in policy",
      "principal-format": "Invalid principal in policy",
      "principal-unknown": "Invalid principal in policy",
      "principal-service": "Invalid principal in policy",
      "action-foreign": "Policy has invalid action",
      "action-not-applicable": "Action does not apply to any resource(s) in statement",
      "resource-foreign": "Policy has invalid resource",
    },
    general: "Invalid policy syntax.",
  },
  // Seen at AWS: pulumi/pulumi-aws#2326.
  registry: {
    code: "InvalidParameterException",
    messages: {},
    general:
      "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid registry policy provided'",
  },
  // Seen at AWS: awsdocs/amazon-ecr-user-guide#20, terraform-aws-modules/terraform-aws-ecr#19,
  // hashicorp/terraform-provider-aws#39064 (principal).
  repository: {
    code: "InvalidParameterException",
    messages: {
      "principal-unknown":
        "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Principal not found'",
    },
    general:
      "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
  },
  // Seen at AWS: awsdocs/aws-cloudformation-user-guide#623. Principal: AWS Secrets Manager User Guide, "Troubleshooting".
  secret: {
    code: "MalformedPolicyDocumentException",
    messages: {
      "principal-kind": "This resource policy contains an unsupported principal.",
      "principal-format": "This resource policy contains an unsupported principal.",
      "principal-unknown": "This resource policy contains an unsupported principal.",
      "principal-service": "This resource policy contains an unsupported principal.",
    },
    general: "This policy has invalid syntax.",
    size: {
      code: "ValidationException",
      message:
        "1 validation error detected: Value at 'resourcePolicy' failed to satisfy constraint: Member must have length less than or equal to 20480",
    },
  },
  // Seen at AWS: aws/serverless-application-model#1591 (null), hashicorp/terraform#31538 (principal).
  topic: {
    code: "InvalidParameter",
    messages: {
      "principal-unknown": "Invalid parameter: Policy Error: PrincipalNotFound",
    },
    general: "Invalid parameter: Policy Error: null",
  },
  // Seen at AWS: aws/aws-cdk#15602, hashicorp/terraform-provider-aws#42209.
  queue: {
    code: "InvalidAttributeValue",
    messages: {},
    general: "Invalid value for the parameter Policy.",
  },
  // Seen at AWS, with a position: hashicorp/terraform-provider-aws#42291.
  endpoint: {
    code: "InvalidPolicyDocument",
    messages: {},
    general: "The Policy Document is not valid.",
  },
};

/**
 * The error with which the service that stores a kind of policy rejects a document.
 *
 * @param owner name of the user, group or role of an inline policy. @default …
 */
export function rejectionOf(
  kind: PolicyKind,
  { rule, subject = "" }: PolicyViolation,
  owner = "…",
): Rejection {
  const { code, messages, general, size } = SERVICES[kind];
  if (rule === "size" && size) {
    const { code, message, namesOwner = false } = size;
    return { code, message: namesOwner ? `${message} ${owner}` : message };
  }
  const message = messages[rule] ?? general;
  return { code, message: typeof message === "string" ? message : message(subject) };
}
