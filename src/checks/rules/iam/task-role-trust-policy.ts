import { awsErrorOf } from "../../../failures/index.ts";
import { formatValue } from "../../../plan/index.ts";
import { policyAt } from "../../../topology/index.ts";
import { evaluate } from "../../../iam/index.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";
import { definedTasks, roleAt } from "../../shared/task-roles.ts";

const SERVICE = "ecs-tasks.amazonaws.com";

export const taskRoleTrustPolicyCheck: Check = {
  id: "task-role-trust-policy",
  question: "start",
  title: "Roles of tasks trust ecs-tasks.amazonaws.com",
  severity: "error",
  ids: ["IAM-04"],
  explanation:
    "A task assumes its execution role and its task role as ecs-tasks.amazonaws.com. It cannot use a role that trusts only ecs.amazonaws.com or ec2.amazonaws.com.",
  sources: ["Amazon ECS Developer Guide, “Amazon ECS task execution IAM role”"],
  *run(context) {
    for (const { resource } of definedTasks(context)) {
      for (const attribute of ["execution_role_arn", "task_role_arn"]) {
        const role = roleAt(context, resource, attribute);
        if (role.kind === "external")
          yield unknownOutcome(resource.address, role.unknown, "IAM-04");
        if (role.kind !== "managed") continue;
        const trust = policyAt(
          context.plan,
          context.accountAndRegion,
          role.resource,
          "assume_role_policy",
        );
        if (!trust) continue;
        const account = context.accountAndRegion.account;
        const effectOf = (bound: "certain" | "possible") => {
          const policy = trust[bound];
          const knownPolicy = {
            ...policy,
            statements: policy.statements.map((statement) => ({
              ...statement,
              // Amazon ECS sends aws:SourceAccount and aws:SourceArn with the values of the task.
              conditions: withoutSourceConditions(statement.conditions, account),
            })),
          };
          return evaluate(knownPolicy, {
            principal: { service: SERVICE },
            action: "sts:AssumeRole",
            resource: "*",
          }).effect;
        };
        if (effectOf("certain") === "allow") yield pass(role.resource.address);
        else if (effectOf("possible") === "allow")
          yield unknownOutcome(
            role.resource.address,
            trust.unknown[0] ?? "the trust policy is unknown",
            "IAM-04",
          );
        else
          yield fail(
            role.resource.address,
            "IAM-04",
            `the trust policy does not allow ${SERVICE} to assume the role`,
            {
              awsError: awsErrorOf("role-not-assumable", {
                role: `arn:aws:iam::${account ?? "<account>"}:role/${formatValue(role.resource.value("name") ?? role.resource.name)}`,
              }),
            },
          );
      }
    }
  },
};

/** The conditions without those on the source account or ARN that match the account of the task, or that may match it. */
function withoutSourceConditions(
  conditions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>,
  account: string | undefined,
): Record<string, Record<string, readonly string[]>> {
  return Object.fromEntries(
    Object.entries(conditions).map(([operator, keys]) => [
      operator,
      Object.fromEntries(
        Object.entries(keys).filter(([key, values]) => {
          const matchesAccount = values.some(
            (value) => account === undefined || value.includes(account) || value.includes("*"),
          );
          return !(/^aws:source(account|arn)$/i.test(key) && matchesAccount);
        }),
      ),
    ]),
  );
}
