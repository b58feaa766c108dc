import { awsErrorOf } from "../../../failures/index.ts";
import type { Resource } from "../../../plan/index.ts";
import {
  accountAndRegionAt,
  arnInAwsError,
  arnOf,
  type Container,
  joinedPolicy,
  policyAt,
  type PolicyBounds,
  pullThroughRuleOf,
  type RolePolicies,
} from "../../../topology/index.ts";
import {
  type Check,
  type CheckContext,
  fail,
  type CheckOutcome,
  pass,
  unknownOutcome,
} from "../../engine/check.ts";
import { repositoryName } from "../../shared/connection-requirements.ts";
import { evaluatePermission } from "../../shared/permission-check.ts";
import { definedTasks, roleAt } from "../../shared/task-roles.ts";

export const executionRoleEcrPermissionsCheck: Check = {
  id: "execution-role-ecr-permissions",
  question: "pull",
  title: "Execution role is allowed to log in to Amazon ECR and to pull the image",
  severity: "error",
  ids: ["IAM-05", "IAM-06", "IAM-13", "ECR-09"],
  explanation:
    "Pulling an image needs ecr:GetAuthorizationToken on every resource, and ecr:BatchGetImage and ecr:GetDownloadUrlForLayer on the repository. ecr:BatchCheckLayerAvailability is only for pushing an image. The first pull through a pull-through cache rule also needs ecr:BatchImportUpstreamImage and ecr:CreateRepository.",
  sources: [
    "Amazon ECR User Guide, “Using Amazon ECR images with Amazon ECS”",
    "Amazon ECR User Guide, “IAM permissions required to sync an upstream registry with an Amazon ECR private registry”",
  ],
  *run(context) {
    for (const { definition, resource } of definedTasks(context)) {
      const images = definition.containers
        .map((container) => container.image)
        .filter((image) => image.kind === "ecr");
      if (images.length === 0) continue;
      const role = roleAt(context, resource, "execution_role_arn");
      if (role.kind === "external") yield unknownOutcome(resource.address, role.unknown, "IAM-05");
      if (role.kind !== "managed") continue;
      const { address } = role.resource;
      const { account, region } = accountAndRegionAt(context.plan, resource);
      const outcomes: CheckOutcome[] = [];
      const isAllowed = (action: string, target: string, repository?: Resource): boolean => {
        const ecrPolicy = repository && pullPolicyOf(context, repository, role.resource);
        const permission = evaluatePermission({
          action,
          resource: target,
          account,
          ...(ecrPolicy ? { principal: arnOf(role.resource, context.accountAndRegion) } : {}),
          policies: {
            identity: role.policies,
            ...(ecrPolicy ? { resource: ecrPolicy } : {}),
          },
        });
        if (permission.answer === "unknown")
          outcomes.push(unknownOutcome(address, permission.reason, "IAM-05"));
        if (permission.answer !== "fail") return true;
        const isLimitedToRepository =
          target === "*" &&
          [...role.policies.certain].some((policy) =>
            policy.statements.some(
              (statement) =>
                statement.effect === "Allow" &&
                statement.actions?.some((name) =>
                  /^ecr:(\*|getauthorizationtoken)$/i.test(name),
                ) === true,
            ),
          );
        outcomes.push(
          fail(
            address,
            permission.deniedBy === "permissions boundary"
              ? "IAM-13"
              : isLimitedToRepository
                ? "IAM-06"
                : "IAM-05",
            `${action} is not allowed ${permission.reason}`,
            {
              awsError: awsErrorOf("access-denied", {
                action,
                resource: arnInAwsError(target),
                reason: permission.reason,
              }),
            },
          ),
        );
        return false;
      };
      if (isAllowed("ecr:GetAuthorizationToken", "*")) {
        for (const image of images) {
          const path = repositoryName(image) ?? "*";
          const target = `arn:aws:ecr:${image.region ?? region ?? "<region>"}:${image.account ?? account ?? "<account>"}:repository/${path}`;
          if (isAllowed("ecr:BatchGetImage", target, image.repository))
            isAllowed("ecr:GetDownloadUrlForLayer", target, image.repository);
          outcomes.push(...importOutcomes(context, role.resource, role.policies, image, target));
        }
      }
      if (outcomes.length === 0) yield pass(address);
      yield* outcomes;
    }
  },
};

/** The policies of a repository in the account of a role, and of its registry, as one policy; undefined if the plan has neither. */
function pullPolicyOf(
  context: CheckContext,
  repository: Resource,
  role: Resource,
): PolicyBounds | undefined {
  const { plan, accountAndRegion } = context;
  if (plan.providerOf(repository) !== plan.providerOf(role)) return undefined;
  const [policy] = plan.referrersOf(
    repository,
    ["aws_ecr_repository_policy"],
    ["aws_ecr_repository"],
    "repository",
  );
  const policies = [
    policy && policyAt(plan, accountAndRegion, policy, "policy"),
    registryPolicyOf(context, repository),
  ];
  return joinedPolicy(policies.filter((bounds) => bounds !== undefined));
}

/** The policy of the registry that contains a repository or a pull-through cache rule; undefined if the plan has none. */
function registryPolicyOf(
  { plan, accountAndRegion }: CheckContext,
  content: Resource,
): PolicyBounds | undefined {
  const policy = plan
    .resourcesOfType("aws_ecr_registry_policy")
    .find(
      (resource) =>
        resource.mode === "managed" && plan.providerOf(resource) === plan.providerOf(content),
    );
  return policy && policyAt(plan, accountAndRegion, policy, "policy");
}

const IMPORT_ACTIONS = ["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"] as const;

/** The first pull of an image through a pull-through cache rule imports it, and creates its repository. */
function* importOutcomes(
  context: CheckContext,
  role: Resource,
  policies: RolePolicies,
  image: Container["image"],
  target: string,
): Iterable<CheckOutcome> {
  const { plan, accountAndRegion } = context;
  const rule = pullThroughRuleOf(plan, image);
  if (!rule) return;
  const registryPolicy = registryPolicyOf(context, rule);
  for (const action of IMPORT_ACTIONS) {
    const permission = evaluatePermission({
      action,
      resource: target,
      account: accountAndRegion.account,
      ...(registryPolicy ? { principal: arnOf(role, accountAndRegion) } : {}),
      policies: {
        identity: policies,
        ...(registryPolicy ? { resource: registryPolicy } : {}),
      },
    });
    const unknown =
      permission.answer === "unknown"
        ? permission.reason
        : rule.isNew
          ? undefined
          : `whether ECR has cached the image ${image.reference ?? ""}`;
    if (permission.answer === "pass") continue;
    yield unknown === undefined
      ? fail(
          role.address,
          "ECR-09",
          `${action} is not allowed, which the first pull through ${rule.address} needs`,
        )
      : unknownOutcome(role.address, unknown, "ECR-09");
    return;
  }
}
