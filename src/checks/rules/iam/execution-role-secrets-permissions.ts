import { arnOf, policyAt } from "../../../topology/iam-policies.ts";
import type { SecretTarget } from "../../../topology/task-definitions.ts";
import { isUnknown, type Resource } from "../../../plan/plan-model.ts";
import {
  type Check,
  fail,
  type CheckOutcome,
  pass,
  type CheckContext,
  unknownOutcome,
} from "../../engine/check.ts";
import { allowed } from "../../shared/permission-check.ts";
import { defined, roleAt } from "../../shared/task-roles.ts";

const KEYS = ["aws_kms_key", "aws_kms_alias"];

export const executionRoleSecretsPermissionsCheck: Check = {
  id: "execution-role-secrets-permissions",
  question: "secrets",
  title: "the execution role may read the secrets that containers are given",
  severity: "error",
  ids: ["IAM-09", "IAM-10", "KMS-03"],
  explanation:
    "Secrets and parameters are read with the execution role, and decrypted with it where they are under a key of one's own.",
  sources: [
    "Amazon ECS Developer Guide, “Amazon ECS task execution IAM role”, Secrets Manager or Systems Manager permissions",
  ],
  *run(subject) {
    for (const { definition, resource } of defined(subject)) {
      const role = roleAt(subject, resource, "execution_role_arn");
      const secrets = definition.containers.flatMap((container) => container.secrets);
      if (secrets.length === 0) continue;
      if (role.kind === "elsewhere") yield unknownOutcome(resource.address, role.unknown, "IAM-09");
      if (role.kind !== "here") continue;
      for (const secret of secrets) yield* judgeSecret(subject, role, secret);
    }
  },
};

function* judgeSecret(
  subject: CheckContext,
  role: Extract<ReturnType<typeof roleAt>, { readonly kind: "here" }>,
  secret: SecretTarget,
): Iterable<CheckOutcome> {
  const { account } = subject.accountAndRegion;
  const { address } = role.resource;
  const own = ofSecret(subject, secret.resource);
  const target =
    secret.text !== undefined && secret.text.startsWith("arn:")
      ? secret.text.split(":").slice(0, 7).join(":")
      : own
        ? arnOf(own, subject.accountAndRegion)
        : `arn:aws:ssm:${subject.accountAndRegion.region ?? "<region>"}:${account ?? "<account>"}:parameter/${(secret.text ?? "").replace(/^\//, "")}`;
  const action = secret.kind === "ssm" ? "ssm:GetParameters" : "secretsmanager:GetSecretValue";
  const ruling = allowed({
    action,
    resource: target,
    account,
    policies: { identity: role.policies },
  });
  if (ruling.answer === "unknown") {
    yield unknownOutcome(address, ruling.says, "IAM-09");
    return;
  }
  if (ruling.answer === "fail") {
    yield fail(address, "IAM-09", `${action} on ${target} is not allowed ${ruling.says}`, {
      error: `ResourceInitializationError: unable to pull secrets or registry auth: … AccessDeniedException: User: … is not authorized to perform: ${action} on resource: ${target} ${ruling.says}`,
    });
    return;
  }
  const key = own ? keyOf(own) : undefined;
  if (!own || key === undefined) {
    yield pass(address);
    return;
  }
  if (typeof key === "string") {
    yield unknownOutcome(address, key, "IAM-10");
    return;
  }
  const policy = keyPolicy(subject, key);
  const decrypt = allowed({
    action: "kms:Decrypt",
    resource: arnOf(key, subject.accountAndRegion),
    account,
    principal: arnOf(role.resource, subject.accountAndRegion),
    context: {
      "kms:ViaService": `${secret.kind === "ssm" ? "ssm" : "secretsmanager"}.${subject.accountAndRegion.region ?? "<region>"}.amazonaws.com`,
      "kms:CallerAccount": account ?? "<account>",
    },
    policies: {
      identity: role.policies,
      ...(policy ? { resource: policy, resourceDecides: true } : {}),
    },
  });
  if (decrypt.answer === "pass") yield pass(address);
  else if (decrypt.answer === "unknown") yield unknownOutcome(address, decrypt.says, "IAM-10");
  else
    yield fail(
      address,
      decrypt.by === "resource-based policy" ? "KMS-03" : "IAM-10",
      `kms:Decrypt with ${key.address} is not allowed ${decrypt.says}`,
      {
        error:
          "ResourceInitializationError: unable to pull secrets or registry auth: … AccessDeniedException: Access to KMS is not allowed",
      },
    );
}

/** A version of a secret is the secret's. */
function ofSecret(subject: CheckContext, resource: Resource | undefined): Resource | undefined {
  if (resource?.type !== "aws_secretsmanager_secret_version") return resource;
  return resource.referencesTo(["aws_secretsmanager_secret"], "secret_id").references[0]?.resource;
}

/** The key that a secret is under: a resource, why it is not known, or none but AWS's own. */
function keyOf(secret: Resource): Resource | string | undefined {
  const attribute = secret.type === "aws_ssm_parameter" ? "key_id" : "kms_key_id";
  if (secret.type === "aws_ssm_parameter" && secret.value("type") !== "SecureString")
    return undefined;
  const value = secret.value(attribute);
  if (value === undefined || (typeof value === "string" && /alias\/aws\//.test(value)))
    return undefined;
  const { references, externalIds, unknown } = secret.referencesTo(KEYS, attribute);
  const [hit] = references;
  if (hit?.resource.type === "aws_kms_alias") {
    const [target] = hit.resource.referencesTo(["aws_kms_key"], "target_key_id").references;
    return target?.resource ?? `the key of ${hit.resource.address} is not known`;
  }
  if (hit) return hit.resource;
  if (isUnknown(value) && references.length === 0 && secret.type === "aws_ssm_parameter")
    return undefined;
  return unknown[0] ? String(unknown[0]) : `the key ${externalIds[0] ?? ""} is not in this plan`;
}

export function keyPolicy(
  { plan, accountAndRegion }: CheckContext,
  key: Resource,
): ReturnType<typeof policyAt> {
  const [separate] = plan.referrersOf(key, ["aws_kms_key_policy"], ["aws_kms_key"], "key_id");
  if (separate) return policyAt(plan, accountAndRegion, separate, "policy");
  return plan.isConfigured(key, "policy") ||
    plan.shown.kind === "state" ||
    !isUnknown(key.value("policy"))
    ? policyAt(plan, accountAndRegion, key, "policy")
    : undefined;
}
