import { evaluate } from "../../../iam/evaluate.ts";
import type { Policy } from "../../../iam/policy.ts";
import { formatValue, isUnknown, type Resource } from "../../../plan/plan-model.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";
import { keyPolicy } from "./execution-role-secrets-permissions.ts";

const KEYS = ["aws_kms_key"];

const open = (policy: Policy): Policy => ({
  ...policy,
  statements: policy.statements.map((statement) => ({
    ...statement,
    conditions: {},
    resources: ["*"],
  })),
});

export const kmsKeyPolicyCheck: Check = {
  id: "kms-key-policy",
  question: "logs",
  title: "keys let their services and their owners in, and are in use",
  severity: "error",
  ids: ["KMS-01", "KMS-05", "KMS-06", "RACE-01"],
  explanation:
    "CloudWatch Logs encrypts as a service of its own, which the key's policy must name; a key policy without its account locks everybody out.",
  sources: [
    "Amazon CloudWatch Logs User Guide, “Encrypt log data in CloudWatch Logs using AWS KMS”",
  ],
  *run(subject) {
    const { plan, accountAndRegion } = subject;
    for (const group of plan.resourcesOfType("aws_cloudwatch_log_group")) {
      if (group.mode !== "managed" || !group.isSet("kms_key_id")) continue;
      const { address } = group;
      const { references, externalIds, unknown } = group.referencesTo(
        [...KEYS, "aws_kms_alias"],
        "kms_key_id",
      );
      const [hit] = references;
      if (!hit) {
        yield unknownOutcome(
          address,
          unknown[0] ?? `the key ${externalIds[0] ?? ""} is not in this plan`,
          "KMS-01",
        );
        continue;
      }
      const key = hit.resource;
      yield* disabled(address, key);
      const policy = keyPolicy(subject, key);
      const message = `${key.address}'s policy does not let CloudWatch Logs in`;
      const error = `AccessDeniedException: The specified KMS key does not exist or is not allowed to be used with Arn 'arn:aws:logs:${accountAndRegion.region ?? "<region>"}:${accountAndRegion.account ?? "<account>"}:log-group:${formatValue(group.value("name") ?? "")}'`;
      if (!policy) {
        yield fail(address, "KMS-01", message, { error });
        continue;
      }
      const request = {
        principal: { service: `logs.${accountAndRegion.region ?? "<region>"}.amazonaws.com` },
        action: "kms:GenerateDataKey",
        resource: "*",
      };
      const isOf = (otherPolicy: Policy): boolean =>
        evaluate(open(generic(otherPolicy, accountAndRegion.region)), request).effect === "allow";
      if (isOf(policy.certain)) {
        const [separate] = plan.referrersOf(key, ["aws_kms_key_policy"], KEYS, "key_id");
        if (separate?.isNew === true && group.isNew && !group.dependsOn(separate))
          yield fail(address, "RACE-01", `it does not wait for ${separate.address}`, {
            severity: "warning",
            error,
          });
        else yield pass(address);
      } else if (policy.unknown.length > 0 && isOf(policy.possible))
        yield unknownOutcome(address, policy.unknown[0] ?? "the policy is not known", "KMS-01");
      // A group that stands was let in when it was made.
      else
        yield fail(address, "KMS-01", message, {
          error,
          ...(group.isNew ? {} : { severity: "warning" as const }),
        });
    }
    for (const key of plan.resourcesOfType(...KEYS)) {
      if (key.mode !== "managed") continue;
      const policy = keyPolicy(subject, key);
      if (!policy) continue;
      const who = (otherPolicy: Policy): boolean =>
        otherPolicy.statements.some(
          (statement) =>
            statement.effect === "Allow" &&
            statement.actions?.some((name) =>
              /^(kms:\*|\*|kms:PutKeyPolicy|kms:Put\*)$/i.test(name),
            ) === true &&
            (statement.principals === "*" || (statement.principals?.["AWS"] ?? []).length > 0),
        );
      const isLax = key.value("bypass_policy_lockout_safety_check") === true;
      if (who(policy.certain) || isLax) yield pass(key.address);
      else if (policy.unknown.length > 0)
        yield unknownOutcome(key.address, policy.unknown[0] ?? "the policy is not known", "KMS-06");
      else
        yield fail(key.address, "KMS-06", "its policy lets nobody of the account change it", {
          error:
            "MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future.",
        });
    }
    for (const user of plan.resourcesOfType("aws_ecr_repository", "aws_secretsmanager_secret")) {
      const path =
        user.type === "aws_ecr_repository"
          ? (["encryption_configuration", 0, "kms_key"] as const)
          : (["kms_key_id"] as const);
      for (const { resource } of user.referencesTo(KEYS, ...path).references)
        yield* disabled(user.address, resource);
    }
  },
};

/** Principals of Logs in whatever region, where the plan's is not known. */
const generic = (policy: Policy, region: string | undefined): Policy => ({
  ...policy,
  statements: policy.statements.map((statement) => {
    const services = statement.principals === "*" ? undefined : statement.principals?.["Service"];
    if (!services) return statement;
    const same = services.map((name) =>
      name === "logs.amazonaws.com" || (region === undefined && name.startsWith("logs."))
        ? `logs.${region ?? "<region>"}.amazonaws.com`
        : name,
    );
    return { ...statement, principals: { Service: same } };
  }),
});

function* disabled(address: string, key: Resource): Generator<ReturnType<typeof pass>> {
  const enabled = key.value("is_enabled");
  if (enabled === false)
    yield fail(address, "KMS-05", `${key.address} is disabled`, {
      error: "KMSInvalidStateException: the key is disabled",
    });
  else if (isUnknown(enabled)) yield unknownOutcome(address, enabled, "KMS-05");
  else yield pass(address);
}
