import type { PolicyRule } from "../../../src/iam/policy.ts";
import type { PolicyKind } from "../../../src/iam/validate.ts";
import { ACCOUNT, allow, type Source, SOURCES, without } from "./case.ts";

/** A document, and the rule that it violates as a policy of a kind; undefined where AWS accepts it. */
export interface DocumentCase {
  readonly title: string;
  readonly source: Source;
  readonly kind: PolicyKind;
  readonly document: unknown;
  readonly rule: PolicyRule | undefined;
  /** AWS's message, where it is known. */
  readonly message?: string;
}

const {
  action,
  arns,
  effect,
  grammar,
  moto,
  notPrincipal,
  operators,
  principal,
  quotas,
  resource,
  sid,
  version,
} = SOURCES;

const SYNTAX = "Syntax errors in policy.";
const LEGACY = "The policy failed legacy parsing";
const PREFIX = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";

const document = (...Statement: readonly unknown[]): object => ({
  Version: "2012-10-17",
  Statement,
});
const root = `arn:aws:iam::${ACCOUNT}:root`;
const s3 = { Effect: "Allow", Action: "s3:ListBucket", Resource: "arn:aws:s3:::example_bucket" };
const trust = {
  Effect: "Allow",
  Principal: { Service: "ecs-tasks.amazonaws.com" },
  Action: "sts:AssumeRole",
};
const ofResource = { Effect: "Allow", Principal: { AWS: root }, Action: "kms:*", Resource: "*" };

const managed = (
  title: string,
  source: Source,
  statement: unknown,
  rule: PolicyRule | undefined,
  message?: string,
): DocumentCase => ({
  title: `managed: ${title}`,
  source,
  kind: "managed",
  document: document(statement),
  rule,
  ...(message === undefined ? {} : { message }),
});

const of = (
  kind: PolicyKind,
  title: string,
  source: Source,
  written: unknown,
  rule: PolicyRule | undefined,
  message?: string,
): DocumentCase => ({
  title: `${kind}: ${title}`,
  source,
  kind,
  document: written,
  rule,
  ...(message === undefined ? {} : { message }),
});

/** Resources that IAM rejects, with its message. */
const RESOURCES: readonly (readonly [string, PolicyRule, string])[] = [
  ["bucket/x", "resource-format", 'Resource bucket/x must be in ARN format or "*".'],
  [
    "invalid resource",
    "resource-format",
    'Resource invalid resource must be in ARN format or "*".',
  ],
  ["", "resource-format", 'Resource  must be in ARN format or "*".'],
  [
    "a:bsdfdsafsad",
    "resource-partition",
    'Partition "bsdfdsafsad" is not valid for resource "arn:bsdfdsafsad:*:*:*:*".',
  ],
  [
    "a:b:cadfsdf",
    "resource-partition",
    'Partition "b" is not valid for resource "arn:b:cadfsdf:*:*:*".',
  ],
  [
    "a:b:c:d:e:f:g:h",
    "resource-partition",
    'Partition "b" is not valid for resource "arn:b:c:d:e:f:g:h".',
  ],
  [
    "aws:s3:::example_bucket",
    "resource-partition",
    'Partition "s3" is not valid for resource "arn:s3:::example_bucket:*".',
  ],
  [
    "arn:error:s3:::example_bucket",
    "resource-partition",
    'Partition "error" is not valid for resource "arn:error:s3:::example_bucket".',
  ],
  [
    "arn:aws",
    "resource-vendor",
    "Resource vendor must be fully qualified and cannot contain regexes.",
  ],
  ["arn:aws:s3::example_bucket", "resource-incomplete", LEGACY],
  ["arn:aws::::example_bucket", "resource-incomplete", LEGACY],
  ["arn:aws::fdsasf", "resource-incomplete", LEGACY],
  [
    "arn:aws:iam:us-east-1::example_bucket",
    "resource-region",
    "IAM resource arn:aws:iam:us-east-1::example_bucket cannot contain region information.",
  ],
  [
    "arn:aws:s3:us-east-1::example_bucket",
    "resource-region",
    "Resource arn:aws:s3:us-east-1::example_bucket can not contain region information.",
  ],
  [
    "arn:aws:iam:::example_bucket",
    "resource-iam-path",
    'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.',
  ],
];

/** Resources that IAM accepts. */
const ACCEPTED: readonly (readonly [string, Source])[] = [
  ["*", resource],
  ["arn:aws:s3:::example_bucket/*", moto],
  ["arn:aws:iam:::user/example_bucket", moto],
  ["arn:aws:s33:::example_bucket", moto],
  ["arn:aws:fdsasf", moto],
  ["arn:aws:sqs", arns],
  ["arn:aws:cloudwatch:us-east-1::example_bucket", moto],
  ["arn:aws:invalid-service:us-east-1::example_bucket", moto],
  ["arn:aws-cn:s3:::bucket", arns],
  ["arn:aws-us-gov:s3:::bucket", arns],
  [`arn:aws:iam::${ACCOUNT}:role/*`, arns],
  [`arn:aws:iam::${ACCOUNT}:user/\${aws:username}`, SOURCES.variables],
  [`arn:aws:s3:us-east-1:${ACCOUNT}:accesspoint/files`, arns],
];

const CONDITIONS: readonly (readonly [string, unknown, PolicyRule | undefined, string?])[] = [
  ["a list", [], "element-type", SYNTAX],
  ["a text", "a", "element-type", SYNTAX],
  ["an operator with a text", { a: "b" }, "element-type", SYNTAX],
  ["an operator with a list", { DateGreaterThan: [] }, "element-type", SYNTAX],
  ["a value that is an object", { DateGreaterThan: { a: {} } }, "element-type", SYNTAX],
  ["an unknown operator", { x: { a: "1" } }, "condition-operator", SYNTAX],
  [
    "a set operator with two colons",
    { "ForAnyValue::StringEqualsIfExists": { a: "asf" } },
    "condition-operator",
    SYNTAX,
  ],
  ["NullIfExists", { NullIfExists: { a: "true" } }, "condition-operator", SYNTAX],
  ["BoolNot", { BoolNot: { a: "true" } }, "condition-operator", SYNTAX],
  ["a text as date", { DateGreaterThan: { a: "sdfdsf" } }, "condition-date", LEGACY],
  ["a month of 13", { DateLessThanEquals: { a: "2026-13" } }, "condition-date", LEGACY],
  [
    "an offset of one digit",
    { DateLessThanEquals: { a: "2016-12-13t2:00:00.593194+1" } },
    "condition-date",
    LEGACY,
  ],
  ["an empty condition", {}, undefined],
  ["an unknown operator without keys", { a: {} }, undefined],
  ["an operator without keys", { DateGreaterThan: {} }, undefined],
  ["a key without values", { DateGreaterThan: { a: [] } }, undefined],
  [
    "dates",
    {
      DateGreaterThan: { "aws:CurrentTime": "2017-07-01T00:00:00Z" },
      DateLessThan: { "aws:EpochTime": "1514764799" },
    },
    undefined,
  ],
  ["a set operator", { "ForAllValues:StringEquals": { "aws:TagKeys": "Department" } }, undefined],
  [
    "numbers and booleans",
    { NumericLessThan: { "s3:max-keys": 10 }, Bool: { "aws:SecureTransport": true } },
    undefined,
  ],
];

export const documentCases: readonly DocumentCase[] = [
  of("managed", "no JSON", moto, "This is not a json document", "json", SYNTAX),
  of("managed", "a list", grammar, [s3], "json", SYNTAX),
  of(
    "managed",
    "no Version",
    moto,
    { Statement: s3 },
    "version-2012",
    "Policy document must be version 2012-10-17 or greater.",
  ),
  of(
    "managed",
    "Version 2008-10-17",
    moto,
    { Version: "2008-10-17", Statement: s3 },
    "version-2012",
    "Policy document must be version 2012-10-17 or greater.",
  ),
  of(
    "managed",
    "Version 2013-10-17",
    version,
    { Version: "2013-10-17", Statement: s3 },
    "version",
    SYNTAX,
  ),
  of("managed", "no Statement", moto, { Version: "2012-10-17" }, "statement-missing", SYNTAX),
  of("managed", "an empty Statement", moto, document(), "statement-missing", SYNTAX),
  of("managed", "a text as statement", moto, document("afd"), "element-type", SYNTAX),
  of(
    "managed",
    "an unknown element",
    moto,
    { ...document(s3), "Extra field": "value" },
    "unknown-element",
    SYNTAX,
  ),
  of("managed", "a list as Id", moto, { ...document(s3), Id: ["a"] }, "element-type", SYNTAX),
  of(
    "managed",
    "a statement that is not in a list",
    grammar,
    { Version: "2012-10-17", Statement: s3 },
    undefined,
  ),
  managed(
    "an unknown element of a statement",
    moto,
    { ...s3, "Extra field": "value" },
    "unknown-element",
    SYNTAX,
  ),
  managed("no Effect", moto, without(s3, "Effect"), "effect", SYNTAX),
  managed("an unknown Effect", moto, { ...s3, Effect: "invalid" }, "effect", SYNTAX),
  managed("an Effect in another case", moto, { ...s3, Effect: "denY" }, "effect-case", LEGACY),
  managed("Deny", effect, { ...s3, Effect: "Deny" }, undefined),
  managed(
    "no Action",
    moto,
    without(s3, "Action"),
    "action-missing",
    "Policy statement must contain actions.",
  ),
  managed(
    "an empty Action",
    moto,
    { ...s3, Action: [] },
    "action-missing",
    "Policy statement must contain actions.",
  ),
  managed("an object as Action", moto, { ...s3, Action: {} }, "element-type", SYNTAX),
  managed("a list in Action", moto, { ...s3, Action: [[]] }, "element-type", SYNTAX),
  managed(
    "Action with NotAction",
    moto,
    { ...s3, NotAction: "iam:dsf" },
    "action-and-not-action",
    SYNTAX,
  ),
  managed(
    "an Action without a service",
    moto,
    { ...s3, Action: "invalid" },
    "action-prefix",
    PREFIX,
  ),
  managed(
    "an empty text as NotAction",
    moto,
    { ...without(s3, "Action"), NotAction: "" },
    "action-prefix",
    PREFIX,
  ),
  managed(
    "a service with a space",
    moto,
    { ...s3, Action: "a a:ListBucket" },
    "action-vendor",
    "Vendor a a is not valid",
  ),
  managed(
    "an Action with two colons",
    moto,
    { ...s3, Action: "s3:List:Bucket" },
    "action-colons",
    "Actions/Condition can contain only one colon.",
  ),
  managed("every Action", action, { ...s3, Action: "*" }, undefined),
  managed("an unknown service", moto, { ...s3, Action: "fsx:ListBucket" }, undefined),
  managed(
    "a service with a hyphen",
    moto,
    { ...s3, Action: "service-prefix:action-name" },
    undefined,
  ),
  managed(
    "no Resource",
    moto,
    without(s3, "Resource"),
    "resource-missing",
    "Policy statement must contain resources.",
  ),
  managed(
    "an empty Resource",
    moto,
    { ...s3, Resource: [] },
    "resource-missing",
    "Policy statement must contain resources.",
  ),
  managed("an object as Resource", moto, { ...s3, Resource: { a: "b" } }, "element-type", SYNTAX),
  managed("null as Resource", grammar, { ...s3, Resource: null }, "element-type", SYNTAX),
  managed(
    "an object in Resource",
    moto,
    { ...s3, Resource: ["adfdf", {}] },
    "element-type",
    SYNTAX,
  ),
  managed(
    "Resource with NotResource",
    moto,
    { ...s3, NotResource: "*" },
    "resource-and-not-resource",
    SYNTAX,
  ),
  managed(
    "NotResource with a wrong ARN",
    moto,
    { ...without(s3, "Resource"), NotResource: "arn:aws:s3::example_bucket" },
    "resource-incomplete",
    LEGACY,
  ),
  managed(
    "one invalid ARN of two",
    moto,
    { ...s3, Resource: ["arn:aws:s3:::a", "adf"] },
    "resource-format",
    'Resource adf must be in ARN format or "*".',
  ),
  managed(
    "a wildcard as service",
    arns,
    { ...s3, Resource: "arn:aws:*:us-east-1:1:x" },
    "resource-vendor",
  ),
  managed(
    "a wildcard in the partition",
    arns,
    { ...s3, Resource: "arn:*:s3:::bucket" },
    "resource-partition",
  ),
  managed(
    "a wildcard as IAM resource's kind",
    arns,
    { ...s3, Resource: `arn:aws:iam::${ACCOUNT}:u*` },
    "resource-iam-path",
  ),
  ...RESOURCES.map(([Resource, rule, message]) =>
    managed(`Resource "${Resource}"`, moto, { ...s3, Resource }, rule, message),
  ),
  ...ACCEPTED.map(([Resource, source]) =>
    managed(`Resource "${Resource}"`, source, { ...s3, Resource }, undefined),
  ),
  ...CONDITIONS.map(([title, Condition, rule, message]) =>
    managed(
      `Condition: ${title}`,
      rule === undefined || message !== undefined ? moto : operators,
      { ...s3, Condition },
      rule,
      message,
    ),
  ),
  managed(
    "a Principal",
    principal,
    { ...s3, Principal: "*" },
    "principal-prohibited",
    "Policy document should not specify a principal.",
  ),
  managed(
    "a NotPrincipal",
    notPrincipal,
    { ...s3, NotPrincipal: { AWS: root } },
    "principal-prohibited",
    "Policy document should not specify a principal.",
  ),
  managed(
    "a Sid",
    sid,
    { ...s3, Sid: "ThisStatementProvidesPermissionsForConsoleAccess" },
    undefined,
  ),
  managed("an empty Sid", sid, { ...s3, Sid: "" }, undefined),
  managed("a list as Sid", moto, { ...s3, Sid: [] }, "element-type", SYNTAX),
  ...["a b", "a-b", "a_b", "ä"].map((Sid) =>
    managed(
      `Sid "${Sid}"`,
      sid,
      { ...s3, Sid },
      "sid-characters",
      "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
    ),
  ),
  of(
    "managed",
    "the same Sid twice",
    sid,
    document({ ...s3, Sid: "a" }, { ...s3, Sid: "a" }),
    "sid-duplicate",
    "Statement IDs (SID) in a single policy must be unique.",
  ),
  of("managed", "two empty Sids", sid, document({ ...s3, Sid: "" }, { ...s3, Sid: "" }), undefined),
  of("role", "Version 2008-10-17", version, { Version: "2008-10-17", Statement: s3 }, undefined),
  of("role", "a Sid with a space", sid, document({ ...s3, Sid: "a b" }), "sid-characters"),
  of(
    "user",
    "Resource with NotResource",
    grammar,
    document({ ...s3, NotResource: "*" }),
    "resource-and-not-resource",
  ),
  of(
    "group",
    "a Principal",
    principal,
    document({ ...s3, Principal: "*" }),
    "principal-prohibited",
  ),
  of(
    "session",
    "an incomplete ARN",
    arns,
    document({ ...s3, Resource: "arn:aws:sqs" }),
    "resource-incomplete",
  ),
  of("session", "an ARN", arns, document(s3), undefined),

  of("trust", "a service", principal, document(trust), undefined),
  of(
    "trust",
    "no Principal",
    principal,
    document(without(trust, "Principal")),
    "principal-missing",
    "Missing required field Principal",
  ),
  of(
    "trust",
    "an empty Principal",
    grammar,
    document({ ...trust, Principal: {} }),
    "principal-empty",
  ),
  of(
    "trust",
    "a Resource",
    grammar,
    document({ ...trust, Resource: "*" }),
    "resource-prohibited",
    "Has prohibited field Resource",
  ),
  of(
    "trust",
    "a NotResource",
    grammar,
    document({ ...trust, NotResource: "*" }),
    "resource-prohibited",
  ),
  of(
    "trust",
    "Principal with NotPrincipal",
    grammar,
    document({ ...trust, NotPrincipal: { AWS: root } }),
    "principal-and-not-principal",
    SYNTAX,
  ),
  of(
    "trust",
    "NotPrincipal",
    notPrincipal,
    document({ ...without(trust, "Principal"), NotPrincipal: { AWS: root } }),
    "not-principal-prohibited",
  ),
  of(
    "trust",
    "an unknown kind of principal",
    grammar,
    document({ ...trust, Principal: { Robot: "r2" } }),
    "principal-kind",
  ),
  of(
    "trust",
    "a text as Principal",
    grammar,
    document({ ...trust, Principal: "ec2.amazonaws.com" }),
    "element-type",
    SYNTAX,
  ),
  of(
    "trust",
    "a wildcard in a principal's ARN",
    principal,
    document({ ...trust, Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/*` } }),
    "principal-format",
    `Invalid principal in policy: "AWS":"arn:aws:iam::${ACCOUNT}:role/*"`,
  ),
  of(
    "trust",
    "a wildcard for sessions",
    principal,
    document({ ...trust, Principal: { AWS: `arn:aws:sts::${ACCOUNT}:assumed-role/app/*` } }),
    "principal-format",
  ),
  of(
    "trust",
    "an account's id",
    principal,
    document({ ...trust, Principal: { AWS: ACCOUNT } }),
    undefined,
  ),
  of(
    "trust",
    "an action of another service",
    grammar,
    document({ ...trust, Action: "s3:GetObject" }),
    "trust-action",
    "AssumeRole policy may only specify STS AssumeRole actions.",
  ),
  of(
    "trust",
    "sts:TagSession",
    grammar,
    document({ ...trust, Action: ["sts:AssumeRole", "sts:TagSession"] }),
    undefined,
  ),
  of(
    "trust",
    "a Sid with a space",
    sid,
    document({ ...trust, Sid: "Let ECS in" }),
    "sid-characters",
  ),

  of(
    "key",
    "a Sid with spaces",
    sid,
    document({ ...ofResource, Sid: "Enable IAM User Permissions" }),
    undefined,
  ),
  of(
    "key",
    "no Principal",
    principal,
    document(without(ofResource, "Principal")),
    "principal-missing",
    "Policy contains a statement with no principal.",
  ),
  of(
    "key",
    "no Resource",
    SOURCES.keyPolicy,
    document(without(ofResource, "Resource")),
    "resource-missing",
  ),
  of(
    "key",
    "an unknown kind of principal",
    grammar,
    document({ ...ofResource, Principal: { Robot: "r2" } }),
    "principal-kind",
    "Policy contains a statement with one or more invalid principals.",
  ),
  of(
    "key",
    "a wildcard in a principal's ARN",
    principal,
    document({ ...ofResource, Principal: { AWS: `arn:aws:iam::${ACCOUNT}:*` } }),
    "principal-format",
    "Policy contains a statement with one or more invalid principals.",
  ),
  of(
    "key",
    "Version 2008-10-17",
    version,
    { Version: "2008-10-17", Statement: [ofResource] },
    undefined,
  ),

  of("bucket", "no JSON", grammar, "x", "json", "This policy contains invalid Json"),
  of(
    "bucket",
    "no Principal",
    principal,
    document({ ...s3, Action: "s3:*" }),
    "principal-missing",
    "Missing required field Principal",
  ),
  of(
    "bucket",
    "an empty Principal",
    principal,
    document({ ...s3, Principal: { AWS: [] } }),
    "principal-empty",
    "Missing required field Principal cannot be empty!",
  ),
  of(
    "bucket",
    "a text as resource",
    resource,
    document({ ...s3, Principal: "*", Resource: "bucket/*" }),
    "resource-format",
    "Policy has invalid resource",
  ),
  of(
    "bucket",
    "an invalid principal",
    principal,
    document({ ...s3, Principal: { AWS: "someone" } }),
    "principal-format",
    "Invalid principal in policy",
  ),
  of(
    "bucket",
    "a canonical user",
    principal,
    document({
      ...s3,
      Principal: {
        CanonicalUser: "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be",
      },
    }),
    undefined,
  ),
  of(
    "bucket",
    "an origin access identity",
    principal,
    document({
      ...s3,
      Principal: { AWS: "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1" },
    }),
    undefined,
  ),
  of(
    "bucket",
    "a Sid with spaces",
    sid,
    document({ ...s3, Principal: "*", Sid: "Allow all" }),
    undefined,
  ),
  of(
    "bucket",
    "NotPrincipal",
    notPrincipal,
    document({ ...s3, Effect: "Deny", NotPrincipal: { AWS: root } }),
    undefined,
  ),

  of(
    "repository",
    "without Resource",
    grammar,
    document({ Effect: "Allow", Principal: { AWS: root }, Action: "ecr:BatchGetImage" }),
    undefined,
  ),
  of(
    "repository",
    "a Resource",
    grammar,
    document({ ...ofResource, Action: "ecr:*" }),
    "resource-prohibited",
    "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
  ),
  of(
    "repository",
    "a wildcard in a principal's ARN",
    principal,
    document({ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${ACCOUNT}:*` }, Action: "ecr:*" }),
    "principal-format",
  ),
  of(
    "secret",
    "Resource with NotResource",
    grammar,
    document({ ...ofResource, NotResource: "*" }),
    "resource-and-not-resource",
    "This policy has invalid syntax.",
  ),
  of(
    "secret",
    "a policy",
    grammar,
    document({ ...ofResource, Action: "secretsmanager:*" }),
    undefined,
  ),
  of(
    "repository",
    "an action of another service",
    SOURCES.undocumented,
    document({ Effect: "Allow", Principal: { AWS: root }, Action: "s3:GetObject" }),
    "action-foreign",
  ),
  of(
    "queue",
    "the condition key of a service, which only S3 checks",
    SOURCES.undocumented,
    document(
      allow({
        Principal: "*",
        Action: "sqs:SendMessage",
        Condition: { StringEquals: { "s3:x-acl": "a" } },
      }),
    ),
    undefined,
  ),

  of("endpoint", "no Principal", SOURCES.endpoint, document(allow()), "principal-missing"),
  of("endpoint", "a policy", SOURCES.endpoint, document(allow({ Principal: "*" })), undefined),
  of(
    "endpoint",
    "an unknown operator",
    operators,
    document(allow({ Principal: "*", Condition: { test: { a: "b" } } })),
    "condition-operator",
  ),

  of("managed", "6,144 characters", quotas, sized(6144, s3), undefined),
  of(
    "managed",
    "6,145 characters",
    quotas,
    sized(6145, s3),
    "size",
    "Cannot exceed quota for PolicySize: 6144",
  ),
  of(
    "role",
    "10,241 characters",
    quotas,
    sized(10_241, s3),
    "size",
    "Maximum policy size of 10240 bytes exceeded for role app",
  ),
  of(
    "user",
    "2,049 characters",
    quotas,
    sized(2049, s3),
    "size",
    "Maximum policy size of 2048 bytes exceeded for user app",
  ),
  of(
    "group",
    "5,121 characters",
    quotas,
    sized(5121, s3),
    "size",
    "Maximum policy size of 5120 bytes exceeded for group app",
  ),
  of("trust", "2,048 characters", quotas, sized(2048, trust), undefined),
  of(
    "trust",
    "2,049 characters",
    quotas,
    sized(2049, trust),
    "size",
    "Cannot exceed quota for ACLSizePerRole: 2048",
  ),
];

/** A document of so many characters, with white space that does not count. */
function sized(length: number, statement: object): string {
  const text = (sid: string): string => JSON.stringify(document({ ...statement, Sid: sid }));
  return `  \n${text("a".repeat(length - text("").length))}\n  `;
}
