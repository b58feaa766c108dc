import { arnsFrom, text } from "../../authorization/request-members.ts";
import type { Context } from "../../core/operation.ts";
import type { Input, ServicePermissions } from "../../core/service.ts";
import { accessDenied } from "../../protocol/errors.ts";
import { roles } from "./tables.ts";

/** The tagging action of each resource type. */
const TAG_ACTIONS: Readonly<Record<string, string>> = {
  CreateRole: "iam:TagRole",
  CreatePolicy: "iam:TagPolicy",
  CreateUser: "iam:TagUser",
  CreateOpenIDConnectProvider: "iam:TagOpenIDConnectProvider",
  CreateInstanceProfile: "iam:TagInstanceProfile",
};

function resources(context: Context, operation: string, input: Input): string[] {
  const identityArns = (kind: string, name: unknown): string[] =>
    arnsFrom(name, (value) => {
      const existingArn = kind === "role" ? context.in(roles).get(value)?.arn : undefined;
      if (existingArn !== undefined) return existingArn;
      const path = text(input["Path"]) ?? "/";
      return `arn:${context.partition}:iam::${context.account}:${kind}${operation.startsWith("Create") ? path : "/"}${value}`;
    });
  return [
    ...identityArns("role", input["RoleName"]),
    ...identityArns("user", input["UserName"]),
    ...identityArns("instance-profile", input["InstanceProfileName"]),
    ...identityArns("policy", operation === "CreatePolicy" ? input["PolicyName"] : undefined),
    ...(input["RoleName"] === undefined ? arnsFrom(input["PolicyArn"], String) : []),
    ...arnsFrom(input["OpenIDConnectProviderArn"], String),
    ...arnsFrom(
      operation === "CreateOpenIDConnectProvider" ? input["Url"] : undefined,
      (url) =>
        `arn:${context.partition}:iam::${context.account}:oidc-provider/${url.replace(/^https:\/\//, "")}`,
    ),
  ];
}

/**
 * The permissions boundary in the request, or of the role. Source: Service Authorization Reference, "AWS IAM",
 * iam:PermissionsBoundary.
 */
function boundaryIn(context: Context, input: Input): string | undefined {
  const name = text(input["RoleName"]);
  return (
    text(input["PermissionsBoundary"]) ??
    (name === undefined ? undefined : context.in(roles).get(name)?.boundary)
  );
}

/** Source: Service Authorization Reference, "AWS IAM". */
export const iamPermissions: ServicePermissions = {
  resources,
  tagAction: (operation) => TAG_ACTIONS[operation],
  conditions: (context, input) => {
    const boundary = boundaryIn(context, input);
    const policyArn = text(input["PolicyArn"]);
    const serviceName = text(input["AWSServiceName"]);
    return {
      ...(boundary === undefined ? {} : { "iam:PermissionsBoundary": boundary }),
      ...(policyArn === undefined ? {} : { "iam:PolicyARN": policyArn }),
      ...(serviceName === undefined ? {} : { "iam:AWSServiceName": serviceName }),
    };
  },
  denied: accessDenied,
};
