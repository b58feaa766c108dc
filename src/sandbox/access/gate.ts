import { authorize, type Grants, type Verdict } from "../../iam/authorize.ts";
import type { RequestContext } from "../../iam/conditions.ts";
import { type Policy, parsePolicy } from "../../iam/policy.ts";
import { AwsError } from "../protocol/errors.ts";
import type { Context } from "../service.ts";
import { isGranted } from "../services/kms/grants.ts";
import { findKey, type Key, keys, sealedWith } from "../services/kms/keys.ts";
import { buckets } from "../services/s3/buckets.ts";
import { repositories } from "../services/ecr/rows.ts";
import { secrets } from "../services/secretsmanager/index.ts";
import { tags as ec2Tags } from "../services/ec2/shared.ts";
import { actionOf, passedRoles, resourcesOf } from "./actions.ts";
import { callerGrants } from "./identity.ts";

type Input = Readonly<Record<string, unknown>>;

/** Calls that need no permission. Source: AWS STS API Reference, GetCallerIdentity; the trust policy decides the others. */
const FREE = new Set(["sts:GetCallerIdentity", "sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"]);

/** A resource's own policy, and whether it must give its leave. */
export function resourcePolicy(
  context: Context,
  arn: string,
): Pick<Grants, "resource" | "resourceDecides"> {
  const parse = (text: string | undefined): { resource?: Policy } =>
    text === undefined ? {} : { resource: parsePolicy(text) };
  const [, , service, region = "", account = "", ...rest] = arn.split(":");
  const home = context.at({
    account: account || context.account,
    region: region || context.region,
  });
  const name = rest.join(":");
  switch (service) {
    case "kms": {
      const key = home.in(keys).get(name.replace(/^key\//, ""));
      return key ? { ...parse(key.policy), resourceDecides: true } : {};
    }
    case "s3":
      return parse(context.in(buckets).get(name.split("/")[0] ?? "")?.policy);
    case "secretsmanager":
      return parse(home.in(secrets).get(arn)?.policy);
    case "ecr":
      return parse(home.in(repositories).get(name.replace(/^repository\//, ""))?.policy);
    default:
      return {};
  }
}

/** What conditions may ask about any request. Source: IAM User Guide, "AWS global condition context keys". */
function requestContext(context: Context, input: Input): Record<string, string | string[]> {
  const { caller } = context;
  const given = tagsIn(input);
  return {
    "aws:PrincipalArn": caller.arn,
    "aws:PrincipalAccount": caller.account,
    "aws:RequestedRegion": context.region,
    "aws:SecureTransport": "true",
    "aws:CurrentTime": context.now.toISOString(),
    "aws:userid": caller.userId,
    ...(caller.arn.includes(":user/") ? { "aws:username": caller.arn.split("/").pop() ?? "" } : {}),
    ...Object.fromEntries(
      Object.entries(caller.tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value]),
    ),
    ...Object.fromEntries(
      Object.entries(given).map(([key, value]) => [`aws:RequestTag/${key}`, value]),
    ),
    ...Object.fromEntries(
      Object.entries(encryptionContext(input)).map(([key, value]) => [
        `kms:EncryptionContext:${key}`,
        value,
      ]),
    ),
    ...(Object.keys(given).length > 0 ? { "aws:TagKeys": Object.keys(given) } : {}),
  };
}

/** The tags that a request brings, in whichever of AWS's spellings. */
function tagsIn(input: Input): Record<string, string> {
  const given = input["Tags"] ?? input["tags"];
  if (Array.isArray(given)) {
    return Object.fromEntries(
      given.flatMap((one: Readonly<Record<string, unknown>>) => {
        const key = one["Key"] ?? one["key"] ?? one["TagKey"];
        const value = one["Value"] ?? one["value"] ?? one["TagValue"];
        return typeof key === "string" ? [[key, typeof value === "string" ? value : ""]] : [];
      }),
    );
  }
  const specifications = input["TagSpecifications"];
  if (Array.isArray(specifications))
    return Object.assign({}, ...specifications.map((one: Input) => tagsIn(one))) as Record<
      string,
      string
    >; // of strings each
  return typeof given === "object" && given !== null ? (given as Record<string, string>) : {}; // a map of strings by its model
}

function resourceTags(context: Context, arn: string): RequestContext {
  const id = /:ec2:[^:]*:[^:]*:[^/]+\/(.+)$/.exec(arn)?.[1];
  const found = id === undefined ? undefined : context.in(ec2Tags).get(id);
  return Object.fromEntries(
    Object.entries(found ?? {}).map(([key, value]) => [`aws:ResourceTag/${key}`, value]),
  );
}

/** Error codes: JSON services AccessDeniedException, query services AccessDenied, EC2 UnauthorizedOperation. */
function refusal(service: string, words: string): AwsError {
  if (service === "ec2")
    return new AwsError(
      "UnauthorizedOperation",
      `You are not authorized to perform this operation. ${words}`,
      403,
    );
  const isOld = ["iam", "sts", "elasticloadbalancing", "s3", "monitoring", "route53"].includes(
    service,
  );
  return isOld
    ? new AwsError("AccessDenied", words, 403)
    : new AwsError("AccessDeniedException", words);
}

/** What the policies say of one action of the caller's. */
function verdictOn(
  context: Context,
  action: string,
  resource: string,
  asked: RequestContext,
): Verdict {
  const { caller } = context;
  if (caller.isUnlimited) return { allowed: true };
  return authorize(
    {
      principal: {
        arn: caller.arn,
        ...(caller.session === undefined ? {} : { session: caller.session }),
      },
      action,
      resource,
      context: { ...asked, ...resourceTags(context, resource) },
    },
    {
      ...callerGrants(context, caller),
      session: caller.sessionPolicies,
      ...resourcePolicy(context, resource),
    },
  );
}

/** Whether the caller may do what a service does for it along the way. */
export const mayCaller = (context: Context, action: string, resource: string): boolean =>
  verdictOn(context, action, resource, requestContext(context, {})).allowed;

/**
 * Lets a call through where the caller's policies and the resource's allow it.
 *
 * @throws AwsError in AWS's words
 */
export function checkCaller(
  context: Context,
  service: string,
  operation: string,
  input: Input,
): void {
  const { caller } = context;
  if (caller.isUnlimited || FREE.has(`${service}:${operation}`)) return;
  const ask = (action: string, resource: string, more: RequestContext): void => {
    const verdict = verdictOn(context, action, resource, {
      ...requestContext(context, input),
      ...more,
    });
    if (verdict.allowed) return;
    if (!verdict.isExplicit && service === "kms" && hasGrant(context, operation, input)) return;
    throw refusal(
      service,
      `User: ${caller.session ?? caller.arn} is not authorized to perform: ${action} on resource: ${resource} ${verdict.because}`,
    );
  };
  const action = actionOf(service, operation);
  for (const resource of named(context, service, operation, input)) ask(action, resource, {});
  for (const [role, to] of passedRoles(service, operation, input))
    ask("iam:PassRole", role, { "iam:PassedToService": to });
}

/** The key that a request to KMS is about: named, or the one that a ciphertext was made with. */
function keyIn(context: Context, input: Input): Key | undefined {
  const given = input["KeyId"] ?? input["TargetKeyId"] ?? input["SourceKeyId"];
  const sealed = input["CiphertextBlob"];
  if (typeof given === "string") return findKey(context, given);
  return sealed instanceof Uint8Array ? findKey(context, sealedWith(sealed)) : undefined;
}

const encryptionContext = (input: Input): Readonly<Record<string, string>> =>
  (input["EncryptionContext"] ?? {}) as Readonly<Record<string, string>>; // a map of strings by its model

function hasGrant(context: Context, operation: string, input: Input): boolean {
  const key = keyIn(context, input);
  return (
    key !== undefined &&
    isGranted(context, key, context.caller.arn, operation, encryptionContext(input))
  );
}

function named(context: Context, service: string, operation: string, input: Input): string[] {
  if (service !== "kms") return resourcesOf(context, service, operation, input);
  const key = keyIn(context, input);
  const alias = input["AliasName"];
  return [
    ...(key ? [key.arn] : []),
    ...(typeof alias === "string" ? [context.arn("kms", alias)] : []),
    ...(key === undefined && typeof alias !== "string" ? ["*"] : []),
  ];
}
