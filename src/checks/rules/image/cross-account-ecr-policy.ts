import { arnOf, policyAt } from "../../../topology/iam-policies.ts";
import type { PlanModel, Resource } from "../../../plan/plan-model.ts";
import { type Check, fail, pass, type CheckContext, unknownOutcome } from "../../engine/check.ts";
import { allowed } from "../../shared/permission-check.ts";
import { defined, roleAt } from "../../shared/task-roles.ts";

const ERROR = "CannotPullContainerError: … 403 Forbidden";

export const crossAccountEcrPolicyCheck: Check = {
  id: "cross-account-ecr-policy",
  question: "pull",
  title: "repositories of another account let the execution role pull",
  severity: "error",
  ids: ["ECR-04"],
  explanation:
    "Across accounts both sides must allow: the execution role by its own policies, and the repository by a policy of its own.",
  sources: ["Amazon ECR User Guide, “Private repository policies in Amazon ECR”"],
  *run(subject) {
    const { accountAndRegion } = subject;
    for (const { definition, resource } of defined(subject)) {
      const { address } = resource;
      for (const { image } of definition.containers) {
        const { repository, text } = image;
        if (image.kind !== "ecr") continue;
        const isOthers = areOthers(subject, resource, image);
        if (isOthers === false) {
          yield pass(address);
          continue;
        }
        if (isOthers === undefined || !repository) {
          yield unknownOutcome(
            address,
            `whether the repository of ${text ?? "the image"} lets this account pull`,
            "ECR-04",
          );
          continue;
        }
        const policy = policyOf(subject, repository);
        if (!policy) {
          yield fail(
            address,
            "ECR-04",
            `${repository.address} is another account's, and has no policy`,
            {
              error: ERROR,
            },
          );
          continue;
        }
        const role = roleAt(subject, resource, "execution_role_arn");
        if (role.kind !== "here") {
          yield unknownOutcome(
            address,
            role.kind === "elsewhere" ? role.unknown : "it has no execution role",
            "ECR-04",
          );
          continue;
        }
        const own = ownAccount(subject, resource);
        if (own === undefined) {
          yield unknownOutcome(
            address,
            "which account the tasks are in is known after apply",
            "ECR-04",
          );
          continue;
        }
        const arn = arnOf(role.resource, { ...accountAndRegion, account: own });
        const ruling = allowed({
          action: "ecr:BatchGetImage",
          resource: arnOf(repository, { ...accountAndRegion, account: image.account }),
          account: own,
          principal: arn,
          resourceAccount: image.account ?? "another",
          policies: { identity: role.policies, resource: openResources(policy) },
        });
        if (ruling.answer === "pass") yield pass(address);
        else if (ruling.answer === "unknown") yield unknownOutcome(address, ruling.says, "ECR-04");
        else
          yield fail(
            address,
            "ECR-04",
            `${repository.address} does not let ${arn} pull: ${ruling.says}`,
            { error: ERROR },
          );
      }
    }
  },
};

/** Whether an image is another account's: by the accounts where they are known, else by the providers. */
function areOthers(
  subject: CheckContext,
  definition: Resource,
  { account, repository }: { readonly account?: string; readonly repository?: Resource },
): boolean | undefined {
  const { plan } = subject;
  const own = ownAccount(subject, definition);
  const others = account ?? (repository ? ownAccount(subject, repository) : undefined);
  if (own !== undefined && others !== undefined) return own !== others;
  return repository ? plan.providerOf(repository) !== plan.providerOf(definition) : undefined;
}

function policyOf(
  { plan, accountAndRegion }: CheckContext,
  repository: Resource,
): ReturnType<typeof policyAt> {
  const separate = plan
    .resourcesOfType("aws_ecr_repository_policy")
    .find(
      (ecrRepositoryPolicy) =>
        ecrRepositoryPolicy
          .referencesTo(["aws_ecr_repository"], "repository")
          .references.some((found) => found.resource === repository) ||
        ecrRepositoryPolicy.value("repository") === repository.value("name"),
    );
  return separate ? policyAt(plan, accountAndRegion, separate, "policy") : undefined;
}

/** Repository policies name no resource: they are about their repository. */
const openResources = (
  bounds: NonNullable<ReturnType<typeof policyAt>>,
): NonNullable<ReturnType<typeof policyAt>> => {
  const allowEveryone = (policy: typeof bounds.certain): typeof bounds.certain => ({
    ...policy,
    statements: policy.statements.map((statement) => ({ ...statement, resources: ["*"] })),
  });
  return {
    ...bounds,
    certain: allowEveryone(bounds.certain),
    possible: allowEveryone(bounds.possible),
  };
};

/** The account of a resource, by its ARN, by those of its provider's, or by what its provider says. */
function ownAccount(
  { plan, accountAndRegion }: CheckContext,
  resource: Resource,
): string | undefined {
  const arn = resource.values["arn"];
  if (typeof arn === "string") return arn.split(":")[4];
  const said = plan.accountOf(resource);
  if (said !== undefined) return said;
  const provider = plan.providerOf(resource);
  const known = accounts.get(plan) ?? new Map<string, string | undefined>();
  accounts.set(plan, known);
  if (!known.has(provider)) {
    const made = plan.resources.filter((otherResource) => otherResource.type.startsWith("aws_"));
    const own = made.filter((otherResource) => plan.providerOf(otherResource) === provider);
    known.set(
      provider,
      peersAccount(own) ?? (own.length === made.length ? accountAndRegion.account : undefined),
    );
  }
  return known.get(provider);
}

const accounts = new WeakMap<PlanModel, Map<string, string | undefined>>();

const peersAccount = (peers: readonly Resource[]): string | undefined =>
  peers
    .filter((peer) => peer.mode === "managed")
    .map(({ values }) => (typeof values["arn"] === "string" ? values["arn"].split(":")[4] : ""))
    .find((entry) => entry !== undefined && entry !== "" && entry !== "aws");
