import { isUnknown } from "../../../plan/plan-model.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";
import { defined } from "../../shared/task-roles.ts";

export const imageAvailabilityCheck: Check = {
  id: "image-availability",
  question: "pull",
  title: "repositories hold an image before a service asks for it, and keep it",
  severity: "warning",
  ids: ["ECR-02", "ECR-03", "ECR-06", "ECR-08"],
  explanation:
    "A repository that is made in the same apply is empty when the service first starts; Docker Hub counts pulls without a login by address.",
  sources: ["Amazon ECS Developer Guide, “CannotPullContainer task errors in Amazon ECS”"],
  *run(subject) {
    const { plan } = subject;
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
        const tag = /:([^:/@]+)$/.exec(text ?? "")?.[1];
        if (
          repository?.value("image_tag_mutability") === "IMMUTABLE" &&
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
    for (const policy of plan.resourcesOfType("aws_ecr_lifecycle_policy")) {
      const text = policy.value("policy");
      if (isUnknown(text)) {
        yield unknownOutcome(policy.address, text, "ECR-06");
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
