import { isPublishedByAws, parseEcrImage } from "../../../aws/index.ts";
import type { PlanModel, Resource } from "../../../plan/index.ts";
import { arnOf, policyAt } from "../../../topology/index.ts";
import { type Check, fail, pass, type CheckContext, unknownOutcome } from "../../engine/check.ts";
import { evaluatePermission } from "../../shared/permission-check.ts";
import { definedTasks, roleAt } from "../../shared/task-roles.ts";

export const crossAccountEcrPolicyCheck: Check = {
  id: "cross-account-ecr-policy",
  question: "pull",
  title: "Repositories of another account allow the execution role to pull",
  severity: "error",
  ids: ["ECR-04"],
  explanation:
    "A pull from another account needs two permissions: in a policy of the execution role, and in the policy of the repository. The repositories in which AWS publishes images such as AWS for Fluent Bit allow every account to pull.",
  sources: ["Amazon ECR User Guide, “Private repository policies in Amazon ECR”"],
  *run(context) {
    const { accountAndRegion } = context;
    for (const { definition, resource } of definedTasks(context)) {
      const { address } = resource;
      for (const { image } of definition.containers) {
        const { repository, reference } = image;
        if (image.kind !== "ecr") continue;
        const isCrossAccount = isOtherAccount(context, resource, image);
        const published = reference === undefined ? undefined : parseEcrImage(reference);
        if (
          isCrossAccount === false ||
          (published && isPublishedByAws(published.account, published.repository))
        ) {
          yield pass(address);
          continue;
        }
        if (isCrossAccount === undefined || !repository) {
          yield unknownOutcome(
            address,
            `whether the repository of ${reference ?? "the image"} allows this account to pull`,
            "ECR-04",
          );
          continue;
        }
        const policy = policyOf(context, repository);
        if (!policy) {
          yield fail(
            address,
            "ECR-04",
            `${repository.address} is in another account and has no policy`,
          );
          continue;
        }
        const role = roleAt(context, resource, "execution_role_arn");
        if (role.kind !== "managed") {
          yield unknownOutcome(
            address,
            role.kind === "external" ? role.unknown : "it has no execution role",
            "ECR-04",
          );
          continue;
        }
        const account = accountOf(context, resource);
        if (account === undefined) {
          yield unknownOutcome(address, "the account of the tasks is known after apply", "ECR-04");
          continue;
        }
        const arn = arnOf(role.resource, { ...accountAndRegion, account });
        const permission = evaluatePermission({
          action: "ecr:BatchGetImage",
          resource: arnOf(repository, { ...accountAndRegion, account: image.account }),
          account,
          principal: arn,
          resourceAccount: image.account ?? "another",
          policies: { identity: role.policies, resource: withResources(policy) },
        });
        if (permission.answer === "pass") yield pass(address);
        else if (permission.answer === "unknown")
          yield unknownOutcome(address, permission.reason, "ECR-04");
        else
          yield fail(
            address,
            "ECR-04",
            `${repository.address} does not allow ${arn} to pull ${permission.reason}`,
          );
      }
    }
  },
};

/** Whether an image is in another account. It compares the accounts if they are known, and the providers if not. */
function isOtherAccount(
  context: CheckContext,
  definition: Resource,
  { account, repository }: { readonly account?: string; readonly repository?: Resource },
): boolean | undefined {
  const { plan } = context;
  const taskAccount = accountOf(context, definition);
  const imageAccount = account ?? (repository ? accountOf(context, repository) : undefined);
  if (taskAccount !== undefined && imageAccount !== undefined) return taskAccount !== imageAccount;
  return repository ? plan.providerOf(repository) !== plan.providerOf(definition) : undefined;
}

function policyOf(
  { plan, accountAndRegion }: CheckContext,
  repository: Resource,
): ReturnType<typeof policyAt> {
  const policy = plan
    .resourcesOfType("aws_ecr_repository_policy")
    .find(
      (candidate) =>
        candidate
          .referencesTo(["aws_ecr_repository"], "repository")
          .references.some((reference) => reference.resource === repository) ||
        candidate.value("repository") === repository.value("name"),
    );
  return policy ? policyAt(plan, accountAndRegion, policy, "policy") : undefined;
}

/** The policy with its implicit resource: a repository policy has no Resource element. */
const withResources = (
  bounds: NonNullable<ReturnType<typeof policyAt>>,
): NonNullable<ReturnType<typeof policyAt>> => {
  const withResource = (policy: typeof bounds.certain): typeof bounds.certain => ({
    ...policy,
    statements: policy.statements.map((statement) => ({ ...statement, resources: ["*"] })),
  });
  return {
    ...bounds,
    certain: withResource(bounds.certain),
    possible: withResource(bounds.possible),
  };
};

/** The account of a resource: from its ARN, its provider, or the ARN of another resource of the same provider. */
function accountOf(
  { plan, accountAndRegion }: CheckContext,
  resource: Resource,
): string | undefined {
  const arn = resource.value("arn");
  if (typeof arn === "string") return arn.split(":")[4];
  const providerAccount = plan.accountOf(resource);
  if (providerAccount !== undefined) return providerAccount;
  const provider = plan.providerOf(resource);
  const accountsByProvider = accountsByPlan.get(plan) ?? new Map<string, string | undefined>();
  accountsByPlan.set(plan, accountsByProvider);
  if (!accountsByProvider.has(provider)) {
    const awsResources = plan.resources.filter(({ type }) => type.startsWith("aws_"));
    const peers = awsResources.filter((peer) => plan.providerOf(peer) === provider);
    accountsByProvider.set(
      provider,
      accountOfPeers(peers) ??
        (peers.length === awsResources.length ? accountAndRegion.account : undefined),
    );
  }
  return accountsByProvider.get(provider);
}

const accountsByPlan = new WeakMap<PlanModel, Map<string, string | undefined>>();

const accountOfPeers = (peers: readonly Resource[]): string | undefined =>
  peers
    .filter((peer) => peer.mode === "managed")
    .map(({ values }) => (typeof values["arn"] === "string" ? values["arn"].split(":")[4] : ""))
    .find((entry) => entry !== undefined && entry !== "" && entry !== "aws");
