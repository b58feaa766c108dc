import { isUnknown, type Resource } from "../../../plan/plan-model.ts";
import { type Check, fail, pass, type CheckContext, unknownOutcome } from "../../engine/check.ts";

export const destroyBlockersCheck: Check = {
  id: "destroy-blockers",
  question: "other",
  title: "what is destroyed or replaced can be: nothing else holds it, and nothing is kept inside",
  severity: "note",
  ids: ["DEST-01", "DEST-02", "DEST-04", "DEST-05", "DEST-09", "DEST-10"],
  explanation:
    "A repository with images, a bucket with objects and a protected load balancer stay; a security group or target group in use cannot be replaced before what uses it, unless the new one is made first.",
  sources: [
    "Terraform, “The lifecycle meta-argument”",
    "Amazon ECR User Guide, “Deleting an Amazon ECR private repository”",
  ],
  *run(subject) {
    const { plan } = subject;
    const flag = function* (
      type: string,
      attribute: string,
      bad: (value: unknown) => boolean,
      id: "DEST-01" | "DEST-02" | "DEST-04" | "DEST-10",
      message: string,
      error: string,
    ) {
      for (const resource of plan.resourcesOfType(type)) {
        if (resource.mode !== "managed") continue;
        const value = resource.value(attribute);
        if (isUnknown(value)) yield unknownOutcome(resource.address, value, id);
        else
          yield bad(value)
            ? fail(resource.address, id, message, { error })
            : pass(resource.address);
      }
    };
    yield* flag(
      "aws_ecr_repository",
      "force_delete",
      (value) => value !== true,
      "DEST-01",
      "force_delete is not set: destroy stops while it holds images",
      "RepositoryNotEmptyException: The repository … cannot be deleted because it still contains images",
    );
    yield* flag(
      "aws_lb",
      "enable_deletion_protection",
      (value) => value === true,
      "DEST-02",
      "deletion protection is on",
      "OperationNotPermitted: Load balancer … cannot be deleted because deletion protection is enabled",
    );
    yield* flag(
      "aws_secretsmanager_secret",
      "recovery_window_in_days",
      (value) => value !== 0,
      "DEST-04",
      "its name stays taken for the recovery window after a destroy",
      "InvalidRequestException: You can't create this secret because a secret with this name is already scheduled for deletion.",
    );
    yield* flag(
      "aws_s3_bucket",
      "force_destroy",
      (value) => value !== true,
      "DEST-10",
      "force_destroy is not set: destroy stops while it holds objects",
      "BucketNotEmpty: The bucket you tried to delete is not empty",
    );
    for (const resource of plan.resourcesOfType(
      "aws_lb_target_group",
      "aws_alb_target_group",
      "aws_security_group",
    )) {
      // Destroyed first, and made again after: whatever uses it is still there.
      const isReplaced = resource.actions[0] === "delete" && resource.actions[1] === "create";
      if (!isReplaced) {
        if (resource.mode === "managed") yield pass(resource.address);
        continue;
      }
      const user = users(subject, resource);
      if (!user) yield pass(resource.address);
      else
        yield fail(
          resource.address,
          resource.type === "aws_security_group" ? "DEST-05" : "DEST-09",
          `it is replaced, and ${user.address} uses it`,
          {
            severity: "error",
            error:
              resource.type === "aws_security_group"
                ? "DependencyViolation: resource sg-… has a dependent object"
                : "ResourceInUse: Target group … is currently in use by a listener or a rule",
          },
        );
    }
  },
};

function users({ plan }: CheckContext, resource: Resource): Resource | undefined {
  const id = resource.before?.["id"];
  const arn = resource.before?.["arn"];
  return plan.resources.find((other) => {
    if (other === resource || other.mode !== "managed" || other.actions.includes("delete"))
      return false;
    const text = JSON.stringify(other.before ?? {});
    const isRule = other.type.endsWith("rule") && other.type.includes("security_group");
    return (
      !isRule &&
      ((typeof id === "string" && text.includes(`"${id}"`)) ||
        (typeof arn === "string" && text.includes(`"${arn}"`)))
    );
  });
}
