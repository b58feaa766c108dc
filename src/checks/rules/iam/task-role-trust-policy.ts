import { awsErrorOf } from "../../../failures/index.ts";
import { type AttributePath, formatValue, isUnknown, type Resource } from "../../../plan/index.ts";
import { policyAt, schedulePathsOf } from "../../../topology/index.ts";
import { evaluate, type RequestContext } from "../../../iam/index.ts";
import {
  type Check,
  type CheckContext,
  type CheckOutcome,
  fail,
  pass,
  unknownOutcome,
} from "../../engine/check.ts";
import { withoutUnknowns } from "../../shared/permission-check.ts";
import { definedTasks, roleAt } from "../../shared/task-roles.ts";

const TASKS = "ecs-tasks.amazonaws.com";
const ECS = "ecs.amazonaws.com";
const CODE_DEPLOY = "codedeploy.amazonaws.com";

export const taskRoleTrustPolicyCheck: Check = {
  id: "task-role-trust-policy",
  question: "start",
  title:
    "Roles of tasks trust ecs-tasks.amazonaws.com, infrastructure roles trust ecs.amazonaws.com, and roles of schedules and deployment groups trust EventBridge and CodeDeploy",
  severity: "error",
  ids: ["IAM-04"],
  explanation:
    "A task assumes its execution role and its task role as ecs-tasks.amazonaws.com. It cannot use a role that trusts only ecs.amazonaws.com or ec2.amazonaws.com. EventBridge assumes the role of a schedule as events.amazonaws.com or scheduler.amazonaws.com. Amazon ECS itself assumes the roles for TLS of Service Connect, for EBS volumes and for VPC Lattice, as ecs.amazonaws.com. CodeDeploy assumes the role of a deployment group as codedeploy.amazonaws.com.",
  sources: [
    "Amazon ECS Developer Guide, “Amazon ECS task execution IAM role”",
    "Amazon ECS Developer Guide, “Amazon ECS infrastructure IAM role”",
    "AWS CodeDeploy User Guide, “Step 2: Create a service role for CodeDeploy”",
  ],
  *run(context) {
    for (const { resource } of definedTasks(context))
      for (const attribute of ["execution_role_arn", "task_role_arn"])
        yield* checkRole(context, resource, [attribute], TASKS);
    for (const service of context.plan.resourcesOfType("aws_ecs_service"))
      for (const path of infrastructureRolePaths(service))
        yield* checkRole(context, service, path, ECS);
    for (const { resource } of context.network.workloads) {
      const paths = resource && schedulePathsOf(resource);
      if (paths) yield* checkRole(context, resource, paths.role, paths.principal);
    }
    for (const group of context.plan.resourcesOfType("aws_codedeploy_deployment_group"))
      // What is missing of another role is reported by codedeploy-deployment-group.
      if (
        group.isSet("ecs_service") &&
        roleAt(context, group, "service_role_arn").kind === "managed"
      )
        yield* checkRole(context, group, ["service_role_arn"], CODE_DEPLOY);
  },
};

/** Paths of the infrastructure roles of a service, which Amazon ECS itself assumes. */
function* infrastructureRolePaths(service: Resource): Iterable<AttributePath> {
  const tls = service.blockPaths("service_connect_configuration", 0, "service");
  for (const path of isUnknown(tls) ? [] : tls) yield [...path, "tls", 0, "role_arn"];
  yield ["volume_configuration", 0, "managed_ebs_volume", 0, "role_arn"];
  const lattice = service.blockPaths("vpc_lattice_configurations");
  for (const path of isUnknown(lattice) ? [] : lattice) yield [...path, "role_arn"];
}

function* checkRole(
  context: CheckContext,
  resource: Resource,
  path: AttributePath,
  principal: string,
): Iterable<CheckOutcome> {
  const role = roleAt(context, resource, ...path);
  if (role.kind === "external") yield unknownOutcome(resource.address, role.unknown, "IAM-04");
  if (role.kind !== "managed") return;
  const trust = policyAt(
    context.plan,
    context.accountAndRegion,
    role.resource,
    "assume_role_policy",
  );
  if (!trust) return;
  const account = context.accountAndRegion.account;
  const effectOf = (bound: "certain" | "possible") => {
    const policy = trust[bound];
    const knownPolicy = {
      ...policy,
      statements: policy.statements.map((statement) =>
        statement.effect === "Allow"
          ? {
              ...statement,
              // AWS sends aws:SourceAccount and aws:SourceArn with the values of the task or the schedule.
              conditions: withoutSourceConditions(statement.conditions, account),
            }
          : statement,
      ),
    };
    const requestContext: RequestContext =
      account === undefined ? {} : { "aws:SourceAccount": account };
    return evaluate(withoutUnknowns(knownPolicy, requestContext, bound === "possible"), {
      principal: { service: principal },
      action: "sts:AssumeRole",
      resource: "*",
      context: requestContext,
    }).effect;
  };
  if (effectOf("certain") === "allow") yield pass(role.resource.address);
  else if (effectOf("possible") === "allow")
    yield unknownOutcome(
      role.resource.address,
      trust.unknown[0] ??
        `whether the conditions of the trust policy of ${role.resource.address} are true`,
      "IAM-04",
    );
  else
    yield fail(
      role.resource.address,
      "IAM-04",
      `the trust policy does not allow ${principal} to assume the role`,
      principal === TASKS
        ? {
            awsError: awsErrorOf("role-not-assumable", {
              role: `arn:aws:iam::${account ?? "<account>"}:role/${formatValue(role.resource.value("name") ?? role.resource.name)}`,
            }),
          }
        : { fix: `Add ${principal} as a service principal to the role's trust policy` },
    );
}

/** The conditions without those on the source account or ARN that match the account of the task. */
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
            (value) => value.includes(account ?? "<account>") || value.includes("*"),
          );
          return !(/^aws:source(account|arn)$/i.test(key) && matchesAccount);
        }),
      ),
    ]),
  );
}
