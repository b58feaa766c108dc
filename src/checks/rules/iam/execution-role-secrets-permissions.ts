import { awsErrorOf } from "../../../failures/index.ts";
import { type Resource, isUnknown } from "../../../plan/index.ts";
import {
  accountAndRegionAt,
  arnInAwsError,
  arnOf,
  policyAt,
  type PolicyBounds,
  type SecretReference,
} from "../../../topology/index.ts";
import {
  type Check,
  fail,
  type CheckOutcome,
  pass,
  type CheckContext,
  unknownOutcome,
} from "../../engine/check.ts";
import { oncePerSubject, type PerSubject } from "../../shared/once-per-subject.ts";
import { evaluatePermission } from "../../shared/permission-check.ts";
import { definedTasks, roleAt } from "../../shared/task-roles.ts";

const KEYS = ["aws_kms_key", "aws_kms_alias"];

export const executionRoleSecretsPermissionsCheck: Check = {
  id: "execution-role-secrets-permissions",
  question: "secrets",
  title: "Execution role is allowed to read the secrets of the containers",
  severity: "error",
  ids: ["IAM-09", "IAM-10", "KMS-03"],
  explanation:
    "ECS reads secrets and parameters with the execution role. If a customer managed key encrypts them, the execution role also needs kms:Decrypt.",
  sources: [
    "Amazon ECS Developer Guide, “Amazon ECS task execution IAM role”, Secrets Manager or Systems Manager permissions",
  ],
  *run(context) {
    for (const { definition, resource } of definedTasks(context)) {
      const role = roleAt(context, resource, "execution_role_arn");
      const secrets = definition.containers.flatMap((container) => container.secrets);
      if (secrets.length === 0) continue;
      if (role.kind === "external") yield unknownOutcome(resource.address, role.unknown, "IAM-09");
      if (role.kind !== "managed") continue;
      for (const secret of secrets) yield* checkSecret(context, resource, role, secret);
    }
  },
};

function* checkSecret(
  context: CheckContext,
  definition: Resource,
  role: Extract<ReturnType<typeof roleAt>, { readonly kind: "managed" }>,
  secret: SecretReference,
): Iterable<CheckOutcome> {
  const { account, region = "<region>" } = accountAndRegionAt(context.plan, definition);
  const { address } = role.resource;
  const secretResource = secretOf(context, secret.resource);
  const target =
    secret.text !== undefined && secret.text.startsWith("arn:")
      ? secret.text.split(":").slice(0, 7).join(":")
      : secretResource
        ? arnOf(secretResource, context.accountAndRegion)
        : `arn:aws:ssm:${region}:${account ?? "<account>"}:parameter/${(secret.text ?? "").replace(/^\//, "")}`;
  const action = secret.kind === "ssm" ? "ssm:GetParameters" : "secretsmanager:GetSecretValue";
  const resourcePolicy = secretResource && secretPolicy(context, secretResource);
  const permission = evaluatePermission({
    action,
    resource: target,
    account,
    ...(resourcePolicy ? { principal: arnOf(role.resource, context.accountAndRegion) } : {}),
    policies: {
      identity: role.policies,
      ...(resourcePolicy ? { resource: resourcePolicy } : {}),
    },
  });
  if (permission.answer === "unknown") {
    yield unknownOutcome(address, permission.reason, "IAM-09");
    return;
  }
  if (permission.answer === "fail") {
    yield fail(address, "IAM-09", `${action} on ${target} is not allowed ${permission.reason}`, {
      awsError: awsErrorOf("access-denied", {
        action,
        resource: arnInAwsError(target),
        reason: permission.reason,
      }),
    });
    return;
  }
  const key = secretResource ? keyOf(secretResource) : undefined;
  if (!secretResource || key === undefined) {
    yield pass(address);
    return;
  }
  if (typeof key === "string") {
    yield unknownOutcome(address, key, "IAM-10");
    return;
  }
  const policy = keyPolicy(context, key);
  const decrypt = evaluatePermission({
    action: "kms:Decrypt",
    resource: arnOf(key, context.accountAndRegion),
    account,
    principal: arnOf(role.resource, context.accountAndRegion),
    context: {
      "kms:ViaService": `${secret.kind === "ssm" ? "ssm" : "secretsmanager"}.${region}.amazonaws.com`,
      "kms:CallerAccount": account ?? "<account>",
    },
    policies: {
      identity: role.policies,
      ...(policy ? { resource: policy, resourceDecides: true } : {}),
    },
  });
  if (decrypt.answer === "pass") yield pass(address);
  else if (decrypt.answer === "unknown") yield unknownOutcome(address, decrypt.reason, "IAM-10");
  else
    yield fail(
      address,
      decrypt.deniedBy === "resource-based policy" ? "KMS-03" : "IAM-10",
      `kms:Decrypt on ${key.address} is not allowed ${decrypt.reason}`,
      {
        awsError: awsErrorOf("kms-access-denied"),
      },
    );
}

/** The secret to which a secret version belongs. Other resources are returned unchanged. */
function secretOf(context: CheckContext, resource: Resource | undefined): Resource | undefined {
  if (resource?.type !== "aws_secretsmanager_secret_version") return resource;
  return resource.referencesTo(["aws_secretsmanager_secret"], "secret_id").references[0]?.resource;
}

/** The resource policy of a secret; undefined if it has none. */
function secretPolicy(
  { plan, accountAndRegion }: CheckContext,
  secret: Resource,
): ReturnType<typeof policyAt> {
  if (secret.type !== "aws_secretsmanager_secret" || secret.mode === "data") return undefined;
  const [separatePolicy] = plan.referrersOf(
    secret,
    ["aws_secretsmanager_secret_policy"],
    ["aws_secretsmanager_secret"],
    "secret_arn",
  );
  if (separatePolicy) return policyAt(plan, accountAndRegion, separatePolicy, "policy");
  return plan.isConfigured(secret, "policy")
    ? policyAt(plan, accountAndRegion, secret, "policy")
    : undefined;
}

/** The customer managed key of a secret: a resource, the reason why it is unknown, or undefined for an AWS managed key. */
function keyOf(secret: Resource): Resource | string | undefined {
  const attribute = secret.type === "aws_ssm_parameter" ? "key_id" : "kms_key_id";
  if (secret.type === "aws_ssm_parameter" && secret.value("type") !== "SecureString")
    return undefined;
  const value = secret.value(attribute);
  // The data source of a secret with the AWS managed key has an empty key.
  if (
    value === undefined ||
    value === "" ||
    (typeof value === "string" && /alias\/aws\//.test(value))
  )
    return undefined;
  const { references, externalIds, unknown } = secret.referencesTo(KEYS, attribute);
  const [reference] = references;
  if (reference?.resource.type === "aws_kms_alias") {
    const [target] = reference.resource.referencesTo(["aws_kms_key"], "target_key_id").references;
    return target?.resource ?? `the key of ${reference.resource.address} is unknown`;
  }
  if (reference) return reference.resource;
  if (isUnknown(value) && references.length === 0 && secret.type === "aws_ssm_parameter")
    return undefined;
  return unknown[0]
    ? String(unknown[0])
    : `this plan does not contain the key ${externalIds[0] ?? ""}`;
}

/** The policy of a KMS key; undefined for the default policy. */
export const keyPolicy: PerSubject<Resource, PolicyBounds | undefined> =
  oncePerSubject(findKeyPolicy);

function findKeyPolicy(
  { plan, accountAndRegion }: CheckContext,
  key: Resource,
): PolicyBounds | undefined {
  const [separatePolicy] = plan.referrersOf(key, ["aws_kms_key_policy"], ["aws_kms_key"], "key_id");
  if (separatePolicy) return policyAt(plan, accountAndRegion, separatePolicy, "policy");
  return plan.isConfigured(key, "policy") ||
    plan.planJson.kind === "state" ||
    !isUnknown(key.value("policy"))
    ? policyAt(plan, accountAndRegion, key, "policy")
    : undefined;
}
