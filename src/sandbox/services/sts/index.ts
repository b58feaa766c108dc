import type * as sts from "@aws-sdk/client-sts";
import { parseArn } from "../../../aws/index.ts";
import { authorize, evaluate, type Policy, parsePolicy } from "../../../iam/index.ts";
import type { Caller } from "../../authorization/callers.ts";
import { callerGrants, visibleRole } from "../iam/identity-policies.ts";
import { parsePolicyDocument } from "../../authorization/policy-documents.ts";
import { accessDenied as accessDeniedError, AwsError } from "../../protocol/errors.ts";
import { type Context, operation } from "../../core/operation.ts";
import type { Service } from "../../core/service.ts";
import { tagMap } from "../../core/tags.ts";
import { documentOf } from "../iam/shared.ts";
import { oidcProviders, type Role } from "../iam/tables.ts";
import { arnsFrom } from "../../authorization/request-members.ts";
import { callerOfKey, credentials } from "./credentials.ts";
import { sessionTagRules } from "../iam/tag-rules.ts";

const ALLOW_ALL: Policy = parsePolicy(
  '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
);

const accessDenied = (caller: Caller, action: string, resource: string): AwsError =>
  accessDeniedError(
    `User: ${caller.session ?? caller.arn} is not authorized to perform: ${action} on resource: ${resource}`,
  );

interface AssumeRoleInput {
  readonly RoleArn: string;
  readonly RoleSessionName: string;
  readonly DurationSeconds?: number | undefined;
  readonly Policy?: string | undefined;
  readonly PolicyArns?: readonly sts.PolicyDescriptorType[] | undefined;
}

function checkSessionInput(
  { RoleSessionName, DurationSeconds }: AssumeRoleInput,
  role: Role | undefined,
): void {
  if (!/^[\w+=,.@-]{2,64}$/.test(RoleSessionName)) {
    throw new AwsError(
      "ValidationError",
      `1 validation error detected: Value '${RoleSessionName}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*`,
    );
  }
  const seconds = DurationSeconds ?? 3600;
  if (seconds < 900 || seconds > (role?.maxSession ?? 43_200)) {
    throw new AwsError(
      "ValidationError",
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
  }
}

function sessionPolicies(
  context: Context,
  { Policy: text, PolicyArns }: AssumeRoleInput,
): Policy[] {
  const managed = (PolicyArns ?? []).map(({ arn = "" }) => {
    const document = documentOf(context, arn);
    if (document === undefined)
      throw new AwsError("MalformedPolicyDocument", `Policy ${arn} does not exist`);
    return parsePolicy(document);
  });
  return [...(text === undefined ? [] : [parsePolicyDocument(text, "session")]), ...managed];
}

type AssumableRole = Pick<Role, "arn" | "name" | "id" | "tags">;

/** A role that does not exist in the sandbox, if the sandbox's settings allow unknown roles. */
function findExternalRole(context: Context, arn: string): AssumableRole | undefined {
  const parsed = parseArn(arn);
  if (context.settings.unknownRoles !== "assumable" || parsed?.service !== "iam") return undefined;
  return { arn, name: arn.split("/").pop() ?? "", id: "AROABERTHGIVEN0000000", tags: {} };
}

/** Issues credentials for a session of a role. */
function issueSession(
  context: Context,
  role: AssumableRole,
  input: AssumeRoleInput,
  tags: Readonly<Record<string, string>>,
  isUnlimited: boolean = false,
): { Credentials: sts.Credentials; AssumedRoleUser: sts.AssumedRoleUser } {
  const account = parseArn(role.arn)?.account ?? context.account;
  const id = `ASIABERTH${context.hex(11).toUpperCase()}`;
  const secret = context.hex(40);
  const expires = new Date(context.now.getTime() + (input.DurationSeconds ?? 3600) * 1000);
  const session = `arn:${context.partition}:sts::${account}:assumed-role/${role.name}/${input.RoleSessionName}`;
  const userId = `${role.id}:${input.RoleSessionName}`;
  context.in(credentials).put(id, {
    id,
    secret,
    isActive: true,
    created: context.now,
    expires,
    caller: {
      account,
      arn: role.arn,
      session,
      userId,
      isUnlimited,
      sessionPolicies: sessionPolicies(context.at({ account }), input),
      tags: { ...role.tags, ...tags },
    },
  });
  return {
    Credentials: {
      AccessKeyId: id,
      SecretAccessKey: secret,
      SessionToken: `sandbox-${context.hex(32)}`,
      Expiration: expires,
    },
    AssumedRoleUser: { AssumedRoleId: userId, Arn: session },
  };
}

interface Claims {
  readonly iss?: string;
  readonly aud?: string | readonly string[];
  readonly sub?: string;
  readonly exp?: number;
  readonly [claim: string]: unknown;
}

/** The claims of a JSON Web Token. Its signature is not verified, because the sandbox cannot reach the issuer for its keys. */
function parseClaims(token: string): Claims {
  try {
    const [, body = ""] = token.split(".");
    const claims: unknown = JSON.parse(Buffer.from(body, "base64url").toString());
    if (typeof claims === "object" && claims !== null) return claims as Claims; // with any names and values
  } catch {
    // The error below is also for other invalid tokens.
  }
  throw new AwsError(
    "InvalidIdentityToken",
    "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
  );
}

const textOf = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value);

export const service: Service = {
  name: "sts",
  tagRules: sessionTagRules,
  // Source: AWS STS API Reference, GetCallerIdentity; the trust policy decides the others.
  permissions: {
    unrestricted: ["GetCallerIdentity", "AssumeRole", "AssumeRoleWithWebIdentity"],
    resources: (_context, _operation, input) => arnsFrom(input["RoleArn"], String),
    denied: accessDeniedError,
  },
  callerOf: callerOfKey,
  operations: {
    GetCallerIdentity: operation<object, sts.GetCallerIdentityResponse>()([], (context) => ({
      Account: context.caller.account,
      Arn: context.caller.session ?? context.caller.arn,
      UserId: context.caller.userId,
    })),

    AssumeRole: operation<sts.AssumeRoleRequest, sts.AssumeRoleResponse>()(
      [
        "RoleArn",
        "RoleSessionName",
        "DurationSeconds",
        "ExternalId",
        "Policy",
        "PolicyArns",
        "Tags",
      ],
      (context, input) => {
        const { caller } = context;
        const role = visibleRole(context, input.RoleArn);
        checkSessionInput(input, role);
        const tags = tagMap(input.Tags);
        const externalRole = role ? undefined : findExternalRole(context, input.RoleArn);
        if (externalRole)
          return { ...issueSession(context, externalRole, input, tags, true), PackedPolicySize: 0 };
        if (!role) throw accessDenied(caller, "sts:AssumeRole", input.RoleArn);
        const decision = authorize(
          {
            principal: {
              arn: caller.arn,
              ...(caller.session === undefined ? {} : { session: caller.session }),
            },
            action: "sts:AssumeRole",
            resource: role.arn,
            context: {
              "sts:RoleSessionName": input.RoleSessionName,
              "aws:PrincipalArn": caller.arn,
              "aws:PrincipalAccount": caller.account,
              ...(input.ExternalId === undefined ? {} : { "sts:ExternalId": input.ExternalId }),
              ...Object.fromEntries(
                Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value]),
              ),
            },
          },
          {
            ...(caller.isUnlimited ? { identity: [ALLOW_ALL] } : callerGrants(context, caller)),
            resource: parsePolicy(role.trust),
            resourceDecides: true,
            resourceAccount: parseArn(role.arn)?.account ?? context.account,
          },
        );
        if (!decision.allowed) throw accessDenied(caller, "sts:AssumeRole", role.arn);
        return { ...issueSession(context, role, input, tags), PackedPolicySize: 0 };
      },
    ),

    AssumeRoleWithWebIdentity: operation<
      sts.AssumeRoleWithWebIdentityRequest,
      sts.AssumeRoleWithWebIdentityResponse
    >()(
      ["RoleArn", "RoleSessionName", "WebIdentityToken", "DurationSeconds", "Policy", "PolicyArns"],
      (context, input) => {
        const claims = parseClaims(input.WebIdentityToken);
        const account = parseArn(input.RoleArn)?.account ?? context.account;
        const roleContext = context.at({ account });
        const issuer = (claims.iss ?? "").replace(/^https:\/\//, "");
        const provider = roleContext.in(oidcProviders).find((row) => row.url === issuer);
        if (!provider) {
          throw new AwsError(
            "InvalidIdentityToken",
            `No OpenIDConnect provider found in your account for ${claims.iss}`,
          );
        }
        if (typeof claims.exp === "number" && claims.exp * 1000 <= context.now.getTime()) {
          throw new AwsError(
            "ExpiredTokenException",
            `Token expired: current date/time ${Math.floor(context.now.getTime() / 1000)} must be before the expiration date/time ${claims.exp}`,
          );
        }
        const audiences = typeof claims.aud === "string" ? [claims.aud] : (claims.aud ?? []);
        const audience = audiences.find((value) => provider.clientIds.includes(value));
        if (audience === undefined)
          throw new AwsError("InvalidIdentityToken", "Incorrect token audience");
        const role = visibleRole(roleContext, input.RoleArn);
        checkSessionInput(input, role);
        const decision = role
          ? evaluate(parsePolicy(role.trust), {
              principal: { federated: provider.arn },
              action: "sts:AssumeRoleWithWebIdentity",
              resource: role.arn,
              context: {
                "sts:RoleSessionName": input.RoleSessionName,
                // Each claim is a condition key with the issuer's name as its prefix. Source: IAM User Guide, "Available keys for AWS web identity federation".
                ...Object.fromEntries(
                  Object.entries(claims).flatMap(([claim, value]) =>
                    typeof value === "object" || value === undefined
                      ? []
                      : [[`${issuer}:${claim}`, textOf(value)]],
                  ),
                ),
                [`${issuer}:aud`]: audience,
              },
            })
          : undefined;
        if (!role || decision?.effect !== "allow") {
          throw new AwsError(
            "AccessDenied",
            "Not authorized to perform sts:AssumeRoleWithWebIdentity",
            403,
          );
        }
        return {
          ...issueSession(context, role, input, {}),
          SubjectFromWebIdentityToken: claims.sub ?? "",
          Provider: provider.arn,
          Audience: audience,
          PackedPolicySize: 0,
        };
      },
    ),

    GetAccessKeyInfo: operation<sts.GetAccessKeyInfoRequest, sts.GetAccessKeyInfoResponse>()(
      ["AccessKeyId"],
      (context, input) => {
        const credential = context.in(credentials).get(input.AccessKeyId);
        if (!credential)
          throw new AwsError("ValidationError", `Invalid AccessKeyId ${input.AccessKeyId}`);
        return { Account: credential.caller.account };
      },
    ),

    GetSessionToken: operation<sts.GetSessionTokenRequest, sts.GetSessionTokenResponse>()(
      ["DurationSeconds"],
      (context, input) => {
        const id = `ASIABERTH${context.hex(11).toUpperCase()}`;
        const secret = context.hex(40);
        const expires = new Date(context.now.getTime() + (input.DurationSeconds ?? 43_200) * 1000);
        context.in(credentials).put(id, {
          id,
          secret,
          isActive: true,
          created: context.now,
          expires,
          caller: context.caller,
        });
        return {
          Credentials: {
            AccessKeyId: id,
            SecretAccessKey: secret,
            SessionToken: `sandbox-${context.hex(32)}`,
            Expiration: expires,
          },
        };
      },
    ),
  },
};
