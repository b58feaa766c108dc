import { policyAt } from "../../convert/roles.ts";
import { isUnknown } from "../../plan/infrastructure.ts";
import { type Check, fail, pass, unsure } from "../check.ts";
import { allowed } from "../permission.ts";
import { defined, roleAt } from "../roles.ts";
import { arnOf } from "../../convert/roles.ts";

export const imagesCanBeHad: Check = {
  id: "images-can-be-had",
  question: "pull",
  title:
    "repositories hold an image before a service asks for it, and let other accounts pull where they must",
  severity: "warning",
  ids: ["ECR-02", "ECR-03", "ECR-04", "ECR-06", "ECR-08"],
  why: "A repository that is made in the same apply is empty when the service first starts; another account's repository needs a policy of its own; Docker Hub counts pulls without a login by address. Source: Amazon ECS Developer Guide, “CannotPullContainer task errors in Amazon ECS”.",
  *judge(subject) {
    const { all, home } = subject;
    for (const { placement, definition, resource } of defined(subject)) {
      for (const { image, json } of definition.containers) {
        const { repository, text } = image;
        if (
          image.kind === "public" &&
          image.registry === "registry-1.docker.io" &&
          json?.["repositoryCredentials"] === undefined
        )
          yield fail(
            resource.address,
            "ECR-08",
            `${text ?? "an image"} is pulled from Docker Hub without logging in`,
            {
              severity: "note",
              error:
                "CannotPullContainerError: … toomanyrequests: You have reached your pull rate limit",
            },
          );
        if (image.kind !== "ecr") continue;
        const mine = home.account;
        const [hit] = placement.resource ? [all.providerOf(placement.resource)] : [];
        const isOther =
          (image.account !== undefined &&
            mine !== undefined &&
            ownAccount(subject, resource.address) !== undefined &&
            image.account !== ownAccount(subject, resource.address)) ||
          (repository !== undefined &&
            hit !== undefined &&
            all.providerOf(repository) !== hit &&
            repository.isNew);
        if (
          repository?.isNew === true &&
          placement.resource?.isNew === true &&
          placement.desired !== 0
        )
          yield fail(
            placement.name,
            "ECR-02",
            `${repository.address} is made in the same apply, and is empty`,
            {
              severity: "note",
              error:
                "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref …: not found",
            },
          );
        else if (repository) yield pass(placement.name);
        if (isOther) {
          if (!repository) {
            yield unsure(
              resource.address,
              `whether the repository of ${text ?? "the image"} lets this account pull`,
              "ECR-04",
            );
            continue;
          }
          const separate = all
            .of("aws_ecr_repository_policy")
            .find(
              (one) =>
                one
                  .to(["aws_ecr_repository"], "repository")
                  .hits.some((found) => found.resource === repository) ||
                one.at("repository") === repository.at("name"),
            );
          const policy = separate ? policyAt(all, home, separate, "policy") : undefined;
          const role = roleAt(subject, resource, "execution_role_arn");
          if (!policy) {
            yield fail(
              resource.address,
              "ECR-04",
              `${repository.address} is another account's, and has no policy`,
              { severity: "error", error: "CannotPullContainerError: … 403 Forbidden" },
            );
            continue;
          }
          if (role.kind !== "here") {
            yield unsure(
              resource.address,
              role.kind === "elsewhere" ? role.unknown : "it has no execution role",
              "ECR-04",
            );
            continue;
          }
          const arn = arnOf(role.resource, home);
          const own = ownAccount(subject, resource.address);
          if (own === undefined) {
            yield unsure(
              resource.address,
              "which account the tasks are in is known after apply",
              "ECR-04",
            );
            continue;
          }
          const ruling = allowed({
            action: "ecr:BatchGetImage",
            resource: arnOf(repository, { ...home, account: image.account }),
            account: own,
            principal: /<account>/.test(arn)
              ? `arn:aws:iam::${own}:role/${String(role.resource.at("name"))}`
              : arn,
            resourceAccount: image.account ?? "another",
            policies: { identity: role.policies, resource: openResources(policy) },
          });
          if (ruling.answer === "pass") yield pass(resource.address);
          else if (ruling.answer === "unknown")
            yield unsure(resource.address, ruling.says, "ECR-04");
          else
            yield fail(
              resource.address,
              "ECR-04",
              `${repository.address} does not let ${arn} pull: ${ruling.says}`,
              { severity: "error", error: "CannotPullContainerError: … 403 Forbidden" },
            );
        }
        const tag = /:([^:/@]+)$/.exec(text ?? "")?.[1];
        if (
          repository?.at("image_tag_mutability") === "IMMUTABLE" &&
          (tag === "latest" || (tag === undefined && text !== undefined && !text.includes("@")))
        )
          yield fail(
            repository.address,
            "ECR-03",
            "its tags are immutable, and the task runs :latest: a second push is refused",
            {
              error:
                "tag invalid: The image tag 'latest' already exists in the repository and cannot be overwritten because the tag is immutable.",
            },
          );
        else if (repository) yield pass(repository.address);
      }
    }
    for (const policy of all.of("aws_ecr_lifecycle_policy")) {
      const text = policy.at("policy");
      if (isUnknown(text)) {
        yield unsure(policy.address, text, "ECR-06");
        continue;
      }
      const isHarsh =
        /"tagStatus"\s*:\s*"(any|tagged)"/.test(String(text)) &&
        /"countNumber"\s*:\s*([12])\b/.test(String(text));
      if (isHarsh)
        yield fail(
          policy.address,
          "ECR-06",
          "it keeps one or two images: the one that runs may be expired",
          { error: "CannotPullContainerError: … not found, when a task is replaced" },
        );
      else yield pass(policy.address);
    }
  },
};

/** Repository policies name no resource: they are about their repository. */
const openResources = (
  bounds: NonNullable<ReturnType<typeof policyAt>>,
): NonNullable<ReturnType<typeof policyAt>> => {
  const all = (policy: typeof bounds.sure): typeof bounds.sure => ({
    ...policy,
    statements: policy.statements.map((one) => ({ ...one, resources: ["*"] })),
  });
  return { ...bounds, sure: all(bounds.sure), possible: all(bounds.possible) };
};

/** The account of a resource, by its ARN or by those of its provider's. */
function ownAccount(
  { all, home }: Parameters<Check["judge"]>[0],
  address: string,
): string | undefined {
  const resource = all.at(address);
  const arn = resource?.values["arn"];
  if (typeof arn === "string") return arn.split(":")[4];
  const provider = resource ? all.providerOf(resource) : "";
  const peer = all.resources.find(
    (one) =>
      one.mode === "managed" &&
      all.providerOf(one) === provider &&
      typeof one.values["arn"] === "string" &&
      one.values["arn"].split(":")[4] !== "",
  );
  if (peer) return String(peer.values["arn"]).split(":")[4];
  return all.resources.every((one) => all.providerOf(one) === provider) ? home.account : undefined;
}
