import { expect, it } from "vitest";
import { permissionsBoundary } from "../../src/constructs/bootstrap/apply-role-permissions.ts";
import { evaluate } from "../../src/iam/evaluate.ts";
import { parsePolicy } from "../../src/iam/policy.ts";
import { shop } from "../support/bootstrapped-account.ts";

const [foundation] = shop().foundations;
if (!foundation) throw new Error("the bootstrap of the example has no foundation");
const boundary = parsePolicy(JSON.stringify(permissionsBoundary(foundation)));

const effect = (
  action: string,
  resource: string = "*",
  context: Readonly<Record<string, string>> = {},
): string =>
  evaluate(boundary, {
    principal: { arn: "arn:aws:iam::111122223333:role/shop/task" },
    action,
    resource,
    context,
  }).effect;

it.each([
  "account:PutAlternateContact",
  "controltower:CreateManagedAccount",
  "iam:CreateUser",
  "iam:PassRole",
  "identity-sync:CreateSyncProfile",
  "identitystore:CreateUser",
  "identitystore:CreateGroupMembership",
  "organizations:CreateAccount",
  "ram:CreateResourceShare",
  "rolesanywhere:CreateTrustAnchor",
  "rolesanywhere:CreateProfile",
  "sso:CreateAccountAssignment",
  "sso:PutInlinePolicyToPermissionSet",
  "sso-directory:CreateUser",
  "sso-oauth:CreateTokenWithIAM",
  "sts:AssumeRole",
  "sts:AssumeRoot",
  "sts:GetFederationToken",
])("the permissions boundary denies %s", (action) => {
  expect(effect(action)).toBe("deny");
});

it("the permissions boundary allows actions of tasks, except on Terraform states", () => {
  expect(effect("sqs:SendMessage")).toBe("allow");
  expect(effect("sts:GetCallerIdentity")).toBe("allow");
  expect(effect("s3:GetObject", "arn:aws:s3:::shop-data/a")).toBe("allow");
  expect(effect("s3:GetObject", "arn:aws:s3:::shop-states/a")).toBe("deny");
});

it("the permissions boundary allows the role of a schedule to pass only roles of tasks, and only to ECS", () => {
  const passed = (role: string, to: string): string =>
    effect("iam:PassRole", `arn:aws:iam::111122223333:role/${role}`, { "iam:PassedToService": to });
  expect(passed("shop/shop-nightly-task", "ecs-tasks.amazonaws.com")).toBe("allow");
  expect(passed("shop/shop-nightly-task", "lambda.amazonaws.com")).toBe("deny");
  expect(passed("admin", "ecs-tasks.amazonaws.com")).toBe("deny");
  expect(effect("iam:PutRolePolicy", "arn:aws:iam::111122223333:role/shop/shop-web-task")).toBe(
    "deny",
  );
});
