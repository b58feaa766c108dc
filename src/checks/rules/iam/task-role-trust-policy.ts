import { formatValue } from "../../../plan/plan-model.ts";
import { policyAt } from "../../../topology/iam-policies.ts";
import { evaluate } from "../../../iam/evaluate.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";
import { defined, roleAt } from "../../shared/task-roles.ts";

const SERVICE = "ecs-tasks.amazonaws.com";

export const taskRoleTrustPolicyCheck: Check = {
  id: "task-role-trust-policy",
  question: "start",
  title: "the roles of tasks trust ecs-tasks.amazonaws.com",
  severity: "error",
  ids: ["IAM-04"],
  explanation:
    "A task assumes its execution role and its task role as ecs-tasks.amazonaws.com; a role that trusts ecs.amazonaws.com or ec2.amazonaws.com alone cannot be used.",
  sources: ["Amazon ECS Developer Guide, “Amazon ECS task execution IAM role”"],
  *run(subject) {
    for (const { resource } of defined(subject)) {
      for (const attribute of ["execution_role_arn", "task_role_arn"]) {
        const role = roleAt(subject, resource, attribute);
        if (role.kind === "elsewhere")
          yield unknownOutcome(resource.address, role.unknown, "IAM-04");
        if (role.kind !== "here") continue;
        const trust = policyAt(
          subject.plan,
          subject.accountAndRegion,
          role.resource,
          "assume_role_policy",
        );
        if (!trust) continue;
        const account = subject.accountAndRegion.account;
        const ask = (which: "certain" | "possible") => {
          const policy = trust[which];
          const settled = {
            ...policy,
            statements: policy.statements.map((statement) => ({
              ...statement,
              // Amazon ECS says for whom it asks; values of another account or cluster are the user's own.
              conditions: withoutOwn(statement.conditions, account),
            })),
          };
          return evaluate(settled, {
            principal: { service: SERVICE },
            action: "sts:AssumeRole",
            resource: "*",
          }).effect;
        };
        if (ask("certain") === "allow") yield pass(role.resource.address);
        else if (ask("possible") === "allow")
          yield unknownOutcome(
            role.resource.address,
            trust.unknown[0] ?? "the trust policy is not known",
            "IAM-04",
          );
        else
          yield fail(
            role.resource.address,
            "IAM-04",
            `the trust policy does not let ${SERVICE} assume the role`,
            {
              error: `ECS was unable to assume the role '…:role/${formatValue(role.resource.value("name") ?? role.resource.name)}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`,
            },
          );
      }
    }
  },
};

/** Conditions that hold where the account is the task's own, or is not known. */
function withoutOwn(
  conditions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>,
  account: string | undefined,
): Record<string, Record<string, readonly string[]>> {
  return Object.fromEntries(
    Object.entries(conditions).map(([operator, keys]) => [
      operator,
      Object.fromEntries(
        Object.entries(keys).filter(([key, values]) => {
          const isOwn = values.some(
            (value) => account === undefined || value.includes(account) || value.includes("*"),
          );
          return !(/^aws:source(account|arn)$/i.test(key) && isOwn);
        }),
      ),
    ]),
  );
}
