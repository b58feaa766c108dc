import { timeOf } from "./conditions.ts";
import {
  parsePolicy,
  PolicySyntaxError,
  type Policy,
  type PolicyRule,
  type PolicyViolation,
  type Principals,
  type Statement,
} from "./policy.ts";

/** The kind of a policy. It decides which rules apply in addition to the grammar. */
export type PolicyKind =
  | "managed"
  | "role"
  | "user"
  | "group"
  | "session"
  | "trust"
  | "key"
  | "bucket"
  | "registry"
  | "repository"
  | "secret"
  | "topic"
  | "queue"
  | "endpoint";

interface KindRules {
  readonly principal: "required" | "prohibited";
  readonly resource: "required" | "prohibited";
  /** The characters that are allowed in a Sid. */
  readonly sid?: RegExp;
  readonly hasUniqueSids: boolean;
  /** True if the service validates the ARNs of resources. */
  readonly checksArns: boolean;
  /** Maximum number of characters without white space. */
  readonly limit?: number;
}

const IAM_SID = /^[0-9A-Za-z]*$/;

/** Source: IAM User Guide, "IAM JSON policy elements: Sid", "AWS JSON policy elements: Principal" and "IAM and AWS STS quotas". */
const identity = (limit: number): KindRules => ({
  principal: "prohibited",
  resource: "required",
  sid: IAM_SID,
  hasUniqueSids: true,
  checksArns: true,
  limit,
});

/** A resource policy of a service that allows any text as Sid. */
const RESOURCE: KindRules = {
  principal: "required",
  resource: "required",
  hasUniqueSids: false,
  checksArns: false,
};

const KINDS: Readonly<Record<PolicyKind, KindRules>> = {
  managed: identity(6144),
  role: identity(10_240),
  user: identity(2048),
  group: identity(5120),
  // Source: AWS STS API Reference, AssumeRole, Policy.
  session: identity(2048),
  trust: {
    principal: "required",
    resource: "prohibited",
    sid: IAM_SID,
    hasUniqueSids: true,
    checksArns: false,
    limit: 2048,
  },
  // Source: AWS KMS Developer Guide, "Key policies in AWS KMS" (Sid, Resource) and "Resource quotas" (32 KB).
  key: { ...RESOURCE, limit: 32_768 },
  // Source: Amazon S3 User Guide, "Bucket policies for Amazon S3".
  bucket: RESOURCE,
  // Source: Amazon ECR User Guide, "Private registry permissions in Amazon ECR".
  registry: RESOURCE,
  // Source: Amazon ECR User Guide, "Private repository policies"; Resource: awsdocs/amazon-ecr-user-guide#20.
  repository: { ...RESOURCE, resource: "prohibited" },
  // Source: AWS Secrets Manager API Reference, PutResourcePolicy (20,480 characters).
  secret: { ...RESOURCE, limit: 20_480 },
  // Source: Amazon SNS Developer Guide, "Overview of managing access in Amazon SNS".
  topic: RESOURCE,
  // Source: Amazon SQS Developer Guide, "Using policies with Amazon SQS".
  queue: RESOURCE,
  // Source: AWS PrivateLink Guide, "Control access to VPC endpoints using endpoint policies".
  endpoint: { ...RESOURCE, limit: 20_480 },
};

const violation = (rule: PolicyRule, message: string, subject?: string): PolicyViolation => ({
  rule,
  message,
  ...(subject === undefined ? {} : { subject }),
});

/** Source: AWS General Reference, "Identify AWS resources with Amazon Resource Names (ARNs)". */
const PARTITION = /^aws(-[a-z]+)*$/;

/** Prefixes of the path of an IAM resource. Source: IAM's own message, as in getmoto/moto, `tests/test_iam/test_iam_policies.py`. */
const IAM_PATHS: readonly string[] = [
  "user/",
  "federated-user/",
  "role/",
  "group/",
  "instance-profile/",
  "mfa/",
  "server-certificate/",
  "policy/",
  "sms-mfa/",
  "saml-provider/",
  "oidc-provider/",
  "report/",
  "access-report/",
];

/**
 * Validates a resource of an identity policy.
 *
 * Source: IAM User Guide, "IAM JSON policy elements: Resource"; which texts IAM rejects: getmoto/moto,
 * `tests/test_iam/test_iam_policies.py`, recorded from AWS.
 */
function resourceViolation(resource: string, isSession: boolean): PolicyViolation | undefined {
  if (resource === "*") return undefined;
  const [prefix, partition, vendor, region, account, ...rest] = resource.split(":");
  if (partition === undefined)
    return violation("resource-format", `Resource ${resource} must be an ARN or "*"`, resource);
  if (prefix !== "arn" || !PARTITION.test(partition))
    return violation(
      "resource-partition",
      `Resource ${resource} must begin with arn:aws or the ARN prefix of another partition`,
      resource,
    );
  if (vendor === undefined || /[*?]/.test(vendor))
    return violation(
      "resource-vendor",
      `Resource ${resource} must name one service, without wildcards`,
      resource,
    );
  const isIncomplete = rest.length === 0;
  if (vendor === "" || (isIncomplete && (isSession || resource.includes("::"))))
    return violation(
      "resource-incomplete",
      `Resource ${resource} must have the six fields of an ARN`,
      resource,
    );
  const hasRegion = region !== undefined && /^[\w-]+$/.test(region);
  if (hasRegion && (vendor === "iam" || (vendor === "s3" && account === "")))
    return violation(
      "resource-region",
      `Resource ${resource} must not have a region: ${vendor === "iam" ? "ARNs of IAM have" : "the ARN of a bucket has"} no region`,
      resource,
    );
  const name = rest.join(":");
  if (
    vendor === "iam" &&
    !isIncomplete &&
    name !== "*" &&
    !IAM_PATHS.some((path) => name.startsWith(path))
  )
    return violation(
      "resource-iam-path",
      `Resource ${resource} must name a kind of IAM resource, such as role/ or user/`,
      resource,
    );
  return undefined;
}

/** Source: IAM User Guide, "IAM JSON policy elements: Action". */
function actionViolation(action: string): PolicyViolation | undefined {
  if (action === "*") return undefined;
  const [vendor = "", name, ...rest] = action.split(":");
  if (name === undefined)
    return violation(
      "action-prefix",
      `Action ${action} must begin with a service, as in s3:GetObject`,
      action,
    );
  if (rest.length > 0)
    return violation("action-colons", `Action ${action} must have one colon`, action);
  if (vendor !== "*" && !/^[a-zA-Z0-9.-]+$/.test(vendor))
    return violation("action-vendor", `Action ${action} must begin with a service's name`, vendor);
  return undefined;
}

/**
 * A valid AWS principal: an account, an ARN of a principal in an account without wildcards, or the unique ID to which AWS
 * converts the ARN.
 *
 * Source: IAM User Guide, "AWS JSON policy elements: Principal" and "IAM identifiers".
 */
const AWS_PRINCIPAL =
  /^(\*|\d{12}|A[A-Z0-9]{15,}|arn:[^:*?]+:(iam|sts)::[^:*?]+:(root|(user|role|assumed-role|federated-user)\/[^*?]+))$/;

function principalViolation(
  element: "Principal" | "NotPrincipal",
  named: Principals,
): PolicyViolation | undefined {
  if (named === "*") return undefined;
  if (Object.values(named).every((names) => names.length === 0))
    return violation("principal-empty", `${element} has no principal`);
  const invalid = named.AWS?.find((name) => !AWS_PRINCIPAL.test(name));
  return invalid === undefined
    ? undefined
    : violation(
        "principal-format",
        `${element} ${invalid} must be "*", an account, or the complete ARN of a user, role or session`,
        invalid,
      );
}

function conditionViolation({ conditions }: Statement): PolicyViolation | undefined {
  for (const [operator, keys] of Object.entries(conditions)) {
    if (!/^(\w+:)?Date/.test(operator)) continue;
    const invalid = Object.values(keys)
      .flat()
      .find((value) => !value.includes("${") && timeOf(value) === undefined);
    if (invalid !== undefined)
      return violation(
        "condition-date",
        `Condition ${operator} must compare dates in ISO 8601 or seconds since 1970, not ${invalid}`,
        invalid,
      );
  }
  return undefined;
}

function elementViolation(
  { principals, notPrincipals, resources, notResources }: Statement,
  kind: PolicyKind,
): PolicyViolation | undefined {
  const rules = KINDS[kind];
  const named = principals ?? notPrincipals;
  if (rules.principal === "prohibited" && named !== undefined)
    return violation("principal-prohibited", "an identity policy must not have a Principal");
  if (rules.principal === "required" && named === undefined)
    return violation("principal-missing", "a statement needs a Principal");
  if (kind === "trust" && notPrincipals !== undefined)
    return violation("not-principal-prohibited", "a trust policy must not have a NotPrincipal");
  const resourceList = resources ?? notResources;
  if (rules.resource === "prohibited" && resourceList !== undefined)
    return violation("resource-prohibited", "a statement must not have a Resource");
  if (rules.resource === "required" && (resourceList ?? []).length === 0)
    return violation("resource-missing", "a statement needs one of Resource and NotResource");
  return named === undefined
    ? undefined
    : principalViolation(principals ? "Principal" : "NotPrincipal", named);
}

function statementViolation(statement: Statement, kind: PolicyKind): PolicyViolation | undefined {
  const { actions, notActions, resources, notResources } = statement;
  const rules = KINDS[kind];
  const first = <T>(
    items: readonly T[] | undefined,
    test: (item: T) => PolicyViolation | undefined,
  ): PolicyViolation | undefined => {
    for (const item of items ?? []) {
      const found = test(item);
      if (found) return found;
    }
    return undefined;
  };
  const resourceList = resources ?? notResources;
  const named = actions ?? notActions;
  return (
    conditionViolation(statement) ??
    elementViolation(statement, kind) ??
    (rules.checksArns
      ? first(resourceList, (resource) => resourceViolation(resource, kind === "session"))
      : first(resourceList, (resource) =>
          resource === "*" || resource.startsWith("arn:")
            ? undefined
            : violation("resource-format", `Resource ${resource} must be an ARN or "*"`, resource),
        )) ??
    first(named, actionViolation) ??
    (kind === "trust"
      ? first(named, (action) =>
          /^(sts:|\*$)/i.test(action)
            ? undefined
            : violation(
                "trust-action",
                `a trust policy may contain only actions of STS, not ${action}`,
                action,
              ),
        )
      : undefined)
  );
}

function sidViolation({ statements }: Policy, kind: PolicyKind): PolicyViolation | undefined {
  const { sid: allowed, hasUniqueSids } = KINDS[kind];
  const sids = statements.flatMap(({ sid }) => (sid === undefined || sid === "" ? [] : [sid]));
  const invalid = allowed && sids.find((sid) => !allowed.test(sid));
  if (invalid !== undefined)
    return violation(
      "sid-characters",
      `Sid "${invalid}" must contain only letters and digits`,
      invalid,
    );
  const duplicate = hasUniqueSids
    ? sids.find((sid, index) => sids.indexOf(sid) < index)
    : undefined;
  return duplicate === undefined
    ? undefined
    : violation("sid-duplicate", `Sid "${duplicate}" is in two statements`, duplicate);
}

/** The first rule of its kind that a policy violates; undefined if it violates none. */
export function policyViolation(policy: Policy, kind: PolicyKind): PolicyViolation | undefined {
  if (kind === "managed" && policy.version !== "2012-10-17")
    return violation("version-2012", "a managed policy needs the Version 2012-10-17");
  const invalidSid = sidViolation(policy, kind);
  if (invalidSid) return invalidSid;
  for (const [index, statement] of policy.statements.entries()) {
    const found = statementViolation(statement, kind);
    if (found)
      return policy.statements.length === 1
        ? found
        : { ...found, message: `statement ${index + 1}: ${found.message}` };
  }
  return undefined;
}

/** Number of characters that count towards a quota: white space does not. Source: IAM User Guide, "IAM and AWS STS quotas". */
export const policySize = (text: string): number => text.replace(/\s/g, "").length;

/** The quota of a kind of policy, in characters; undefined if it is not checked. */
export const policyQuota = (kind: PolicyKind): number | undefined => KINDS[kind].limit;

/**
 * Validates a policy document: the grammar, the rules of its kind, and its size.
 *
 * @returns undefined if AWS accepts it
 */
export function documentViolation(text: string, kind: PolicyKind): PolicyViolation | undefined {
  try {
    const found = policyViolation(parsePolicy(text), kind);
    if (found) return found;
  } catch (error) {
    if (!(error instanceof PolicySyntaxError)) throw error;
    return violation(error.rule, error.message, error.subject);
  }
  const { limit } = KINDS[kind];
  return limit !== undefined && policySize(text) > limit
    ? violation("size", `the policy has ${policySize(text)} characters; the quota is ${limit}`)
    : undefined;
}
