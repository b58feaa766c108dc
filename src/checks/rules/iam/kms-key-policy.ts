import { awsErrorOf } from "../../../failures/index.ts";
import { evaluate, type Policy, type RequestContext } from "../../../iam/index.ts";
import { type Resource, formatValue, isUnknown } from "../../../plan/index.ts";
import {
  type Check,
  type CheckOutcome,
  fail,
  pass,
  unknownOutcome,
  type CheckContext,
} from "../../engine/check.ts";
import { accountAndRegionAt, knownArnOf } from "../../../topology/index.ts";
import { withoutUnknowns } from "../../shared/permission-check.ts";
import { keyPolicy } from "./execution-role-secrets-permissions.ts";

const KEYS = ["aws_kms_key"];

const CONTEXT_KEY = "kms:EncryptionContext:aws:logs:arn";

/** The statements about every resource: the resource of a key policy is its key. */
const forKey = (policy: Policy): Policy => ({
  ...policy,
  statements: policy.statements.map((statement) => ({ ...statement, resources: ["*"] })),
});

export const kmsKeyPolicyCheck: Check = {
  id: "kms-key-policy",
  question: "logs",
  title: "KMS key policies allow the AWS services that use the keys, and the keys are enabled",
  severity: "error",
  ids: ["KMS-01", "KMS-05", "KMS-06", "RACE-01"],
  explanation:
    "CloudWatch Logs encrypts a log group as the service principal logs.<region>.amazonaws.com, which the key policy must allow. If a key policy allows no principal of the account to change it, the account loses control of the key.",
  sources: [
    "Amazon CloudWatch Logs User Guide, “Encrypt log data in CloudWatch Logs using AWS KMS”",
  ],
  *run(context) {
    yield* checkLogGroupKeys(context);
    yield* checkLockout(context);
    yield* checkOtherKeys(context);
  },
};

/** Keys of log groups. */
function* checkLogGroupKeys(context: CheckContext): Iterable<CheckOutcome> {
  const { plan, accountAndRegion } = context;
  for (const group of plan.resourcesOfType("aws_cloudwatch_log_group")) {
    if (group.mode !== "managed" || !group.isSet("kms_key_id")) continue;
    const { address } = group;
    const { references, externalIds, unknown } = group.referencesTo(
      [...KEYS, "aws_kms_alias"],
      "kms_key_id",
    );
    const [reference] = references;
    if (!reference) {
      yield unknownOutcome(
        address,
        unknown[0] ?? `this plan does not contain the key ${externalIds[0] ?? ""}`,
        "KMS-01",
      );
      continue;
    }
    const key = reference.resource;
    yield* checkEnabled(address, key);
    const policy = keyPolicy(context, key);
    const message = `the policy of ${key.address} does not allow CloudWatch Logs`;
    const awsError = awsErrorOf("log-group-key-denied", {
      arn: `arn:aws:logs:${accountAndRegion.region ?? "<region>"}:${accountAndRegion.account ?? "<account>"}:log-group:${formatValue(group.value("name") ?? "")}`,
    });
    if (!policy) {
      yield fail(address, "KMS-01", message, { awsError });
      continue;
    }
    const { region } = accountAndRegionAt(plan, group);
    const arn =
      region === accountAndRegion.region ? knownArnOf(group, accountAndRegion) : undefined;
    const requestContext: RequestContext =
      arn === undefined ? {} : { [CONTEXT_KEY]: arn.replace(/:\*$/, "") };
    const request = {
      context: requestContext,
      principal: { service: `logs.${region ?? "<region>"}.amazonaws.com` },
      action: "kms:GenerateDataKey",
      resource: "*",
    };
    const allowsLogs = (bound: "certain" | "possible"): boolean => {
      const known = withoutUnknowns(policy[bound], requestContext, bound === "possible");
      return evaluate(forKey(withRegion(known, region)), request).effect === "allow";
    };
    if (allowsLogs("certain")) {
      const [separatePolicy] = plan.referrersOf(key, ["aws_kms_key_policy"], KEYS, "key_id");
      if (separatePolicy?.isNew === true && group.isNew && !group.dependsOn(separatePolicy))
        yield fail(address, "RACE-01", `it has no dependency on ${separatePolicy.address}`, {
          severity: "warning",
          awsError,
        });
      else yield pass(address);
    } else if (allowsLogs("possible"))
      yield unknownOutcome(
        address,
        policy.unknown[0] ?? `whether the conditions of the policy of ${key.address} are true`,
        "KMS-01",
      );
    // The key policy allowed an existing log group when AWS created it.
    else
      yield fail(address, "KMS-01", message, {
        awsError,
        ...(group.isNew ? {} : { severity: "warning" as const }),
      });
  }
}

/** Policies that lock out the principal that sets them. */
function* checkLockout(context: CheckContext): Iterable<CheckOutcome> {
  const { plan } = context;
  for (const key of plan.resourcesOfType(...KEYS)) {
    if (key.mode !== "managed") continue;
    const policy = keyPolicy(context, key);
    if (!policy) continue;
    const allowsPolicyChanges = (keyPolicyBound: Policy): boolean =>
      keyPolicyBound.statements.some(
        (statement) =>
          statement.effect === "Allow" &&
          statement.actions?.some((name) =>
            /^(kms:\*|\*|kms:PutKeyPolicy|kms:Put\*)$/i.test(name),
          ) === true &&
          (statement.principals === "*" || (statement.principals?.["AWS"] ?? []).length > 0),
      );
    const skipsLockoutCheck = key.value("bypass_policy_lockout_safety_check") === true;
    if (allowsPolicyChanges(policy.certain) || skipsLockoutCheck) yield pass(key.address);
    else if (policy.unknown.length > 0)
      yield unknownOutcome(key.address, policy.unknown[0] ?? "the policy is unknown", "KMS-06");
    else
      yield fail(
        key.address,
        "KMS-06",
        "its policy allows no principal of the account to change the policy",
      );
  }
}

/** Keys of repositories and secrets. */
function* checkOtherKeys(context: CheckContext): Iterable<CheckOutcome> {
  const { plan } = context;
  for (const user of plan.resourcesOfType("aws_ecr_repository", "aws_secretsmanager_secret")) {
    const path =
      user.type === "aws_ecr_repository"
        ? (["encryption_configuration", 0, "kms_key"] as const)
        : (["kms_key_id"] as const);
    for (const { resource } of user.referencesTo(KEYS, ...path).references)
      yield* checkEnabled(user.address, resource);
  }
}

/** The policy with the principal of CloudWatch Logs in the plan's region, or in any region if the plan's is unknown. */
const withRegion = (policy: Policy, region: string | undefined): Policy => ({
  ...policy,
  statements: policy.statements.map((statement) => {
    const services = statement.principals === "*" ? undefined : statement.principals?.["Service"];
    if (!services) return statement;
    const regionalServices = services.map((name) =>
      name === "logs.amazonaws.com" || (region === undefined && name.startsWith("logs."))
        ? `logs.${region ?? "<region>"}.amazonaws.com`
        : name,
    );
    return { ...statement, principals: { Service: regionalServices } };
  }),
});

function* checkEnabled(address: string, key: Resource): Iterable<CheckOutcome> {
  const enabled = key.value("is_enabled");
  if (enabled === false) yield fail(address, "KMS-05", `${key.address} is disabled`);
  else if (isUnknown(enabled)) yield unknownOutcome(address, enabled, "KMS-05");
  else yield pass(address);
}
