import { awsErrorOf } from "../../../failures/index.ts";
import { isUnknown } from "../../../plan/index.ts";
import {
  type Check,
  fail,
  pass,
  unknownOutcome,
  type CheckContext,
  type CheckOutcome,
} from "../../engine/check.ts";
import { definedTasks } from "../../shared/task-roles.ts";

export const imageAvailabilityCheck: Check = {
  id: "image-availability",
  question: "pull",
  title: "Repositories contain an image before a service starts, and keep it",
  severity: "warning",
  ids: ["ECR-02", "ECR-03", "ECR-06", "ECR-08"],
  explanation:
    "A repository that Terraform creates in the same apply is empty when the service first starts. Docker Hub limits the number of pulls without a login for each IP address.",
  sources: ["Amazon ECS Developer Guide, “CannotPullContainer task errors in Amazon ECS”"],
  *run(context) {
    yield* checkImages(context);
    yield* checkLifecyclePolicies(context);
  },
};

/** Images of tasks and their repositories. */
function* checkImages(context: CheckContext): Iterable<CheckOutcome> {
  for (const { workload, definition, resource } of definedTasks(context)) {
    for (const { image, json } of definition.containers) {
      const { repository, reference } = image;
      if (
        image.kind === "public" &&
        image.registry === "registry-1.docker.io" &&
        json?.["repositoryCredentials"] === undefined
      )
        yield fail(
          resource.address,
          "ECR-08",
          `${reference ?? "an image"} is pulled from Docker Hub without a login`,
          {
            severity: "note",
            awsError: awsErrorOf("pull-rate-limit"),
          },
        );
      if (image.kind !== "ecr") continue;
      if (
        repository?.isNew === true &&
        workload.resource?.isNew === true &&
        workload.desiredCount !== 0
      )
        yield fail(
          workload.name,
          "ECR-02",
          `${repository.address} is created in the same apply and is empty`,
          {
            severity: "note",
            awsError: awsErrorOf("image-not-found"),
          },
        );
      else if (repository) yield pass(workload.name);
      const tag = /:([^:/@]+)$/.exec(reference ?? "")?.[1];
      if (
        repository?.value("image_tag_mutability") === "IMMUTABLE" &&
        (tag === "latest" ||
          (tag === undefined && reference !== undefined && !reference.includes("@")))
      )
        yield fail(
          repository.address,
          "ECR-03",
          "its tags are immutable and the task uses the tag latest: ECR rejects the second push",
        );
      else if (repository) yield pass(repository.address);
    }
  }
}

/** Lifecycle policies of repositories. */
function* checkLifecyclePolicies({ plan }: CheckContext): Iterable<CheckOutcome> {
  for (const policy of plan.resourcesOfType("aws_ecr_lifecycle_policy")) {
    const text = policy.value("policy");
    if (isUnknown(text)) {
      yield unknownOutcome(policy.address, text, "ECR-06");
      continue;
    }
    const keepsFewImages =
      /"tagStatus"\s*:\s*"(any|tagged)"/.test(String(text)) &&
      /"countNumber"\s*:\s*([12])\b/.test(String(text));
    if (keepsFewImages)
      yield fail(
        policy.address,
        "ECR-06",
        "it keeps only one or two images: ECR may delete the image of the running tasks",
      );
    else yield pass(policy.address);
  }
}
