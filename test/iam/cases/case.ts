import type { AccessRequest, Principal } from "../../../src/iam/evaluate.ts";
import type { RequestContext } from "../../../src/iam/conditions.ts";

/** Titles of the AWS pages that define the answers. All but the last four are of the IAM User Guide. */
export const SOURCES = {
  grammar: "Grammar of the IAM JSON policy language",
  version: "IAM JSON policy elements: Version",
  effect: "IAM JSON policy elements: Effect",
  principal: "AWS JSON policy elements: Principal",
  notPrincipal: "AWS JSON policy elements: NotPrincipal",
  action: "IAM JSON policy elements: Action",
  notAction: "IAM JSON policy elements: NotAction",
  resource: "IAM JSON policy elements: Resource",
  notResource: "IAM JSON policy elements: NotResource",
  sid: "IAM JSON policy elements: Sid",
  operators: "IAM JSON policy elements: Condition operators",
  condition: "IAM JSON policy elements: Condition",
  multivalued: "Creating a condition with multiple keys or values",
  variables: "IAM policy elements: Variables and tags",
  evaluation: "Policy evaluation logic",
  crossAccount: "Cross-account policy evaluation logic",
  boundaries: "Permissions boundaries for IAM entities",
  session: "Policies and permissions in IAM: Session policies",
  globalKeys: "AWS global condition context keys",
  quotas: "IAM and AWS STS quotas, name requirements, and character limits",
  arns: "Identify AWS resources with Amazon Resource Names (ARNs)",
  root: "AWS account root user",
  keyPolicy: "AWS KMS Developer Guide: Key policies in AWS KMS",
  viaService: "AWS KMS Developer Guide: Condition keys for AWS KMS",
  endpoint: "AWS PrivateLink Guide: Control access to VPC endpoints using endpoint policies",
  federation: "IAM User Guide: Create a role for OpenID Connect federation",
  /** AWS does not document the answer: it is the one that grants less. */
  undocumented: "not documented by AWS: the safe answer",
  moto: "getmoto/moto, tests/test_iam/test_iam_policies.py (answers recorded from AWS)",
} as const;

export type Source = (typeof SOURCES)[keyof typeof SOURCES];

/** A policy document as people write it, or its statements, of the version that has variables. */
export type Document =
  | Readonly<Record<string, unknown>>
  | readonly Readonly<Record<string, unknown>>[];

/** The documents that apply to a request. */
export interface Documents {
  readonly identity?: Document;
  readonly resource?: Document;
  readonly boundary?: Document;
  readonly session?: Document;
  readonly endpoint?: Document;
  /** For KMS keys and roles. @default false */
  readonly resourceDecides?: boolean;
  /** @default the caller's */
  readonly resourceAccount?: string;
}

/** A request and what AWS answers. */
export interface AccessCase {
  readonly title: string;
  readonly source: Source;
  readonly documents: Documents;
  readonly request: AccessRequest;
  readonly answer: "allowed" | "implicit deny" | "explicit deny";
}

export const ACCOUNT = "111122223333";
export const OTHER = "444455556666";

export const user: Principal = { arn: `arn:aws:iam::${ACCOUNT}:user/alice` };
export const role: Principal = { arn: `arn:aws:iam::${ACCOUNT}:role/app` };
export const SESSION: string = `arn:aws:sts::${ACCOUNT}:assumed-role/app/task`;
export const session: Principal = { arn: `arn:aws:iam::${ACCOUNT}:role/app`, session: SESSION };
export const rootUser: Principal = { arn: `arn:aws:iam::${ACCOUNT}:root` };
export const ROOT: string = `arn:aws:iam::${ACCOUNT}:root`;
export const BUCKET = "arn:aws:s3:::bucket/file";

/** A statement that allows everything but for what is given. */
export const allow = (more: object = {}): Record<string, unknown> => ({
  Effect: "Allow",
  Action: "*",
  Resource: "*",
  ...more,
});

export const deny = (more: object = {}): Record<string, unknown> => ({
  ...allow(more),
  Effect: "Deny",
});

/** Without a member, where a statement is to have its opposite. */
export const without = (
  statement: Record<string, unknown>,
  ...keys: readonly string[]
): Record<string, unknown> =>
  Object.fromEntries(Object.entries(statement).filter(([key]) => !keys.includes(key)));

export const request = (
  principal: Principal = user,
  context?: RequestContext,
  action: string = "s3:GetObject",
  resource: string = BUCKET,
): AccessRequest => ({ principal, action, resource, ...(context ? { context } : {}) });
