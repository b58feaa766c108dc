import { type AwsErrorName, awsErrorOf } from "../../../failures/index.ts";
import { type Resource, isUnknown } from "../../../plan/index.ts";
import { type Check, fail, pass, type CheckContext, unknownOutcome } from "../../engine/check.ts";

export const destroyBlockersCheck: Check = {
  id: "destroy-blockers",
  question: "other",
  title: "Resources that the plan deletes or replaces can be deleted",
  severity: "note",
  ids: ["DEST-01", "DEST-02", "DEST-04", "DEST-05", "DEST-09", "DEST-10"],
  explanation:
    "AWS does not delete a repository with images, a bucket with objects or a protected load balancer. A security group or target group in use cannot be replaced, unless Terraform creates the new one first.",
  sources: [
    "Terraform, “The lifecycle meta-argument”",
    "Amazon ECR User Guide, “Deleting an Amazon ECR private repository”",
  ],
  *run(context) {
    const { plan } = context;
    const checkAttribute = function* (
      type: string,
      attribute: string,
      blocks: (value: unknown) => boolean,
      id: "DEST-01" | "DEST-02" | "DEST-04" | "DEST-10",
      message: string,
      error: AwsErrorName,
    ) {
      for (const resource of plan.resourcesOfType(type)) {
        if (resource.mode !== "managed") continue;
        const value = resource.value(attribute);
        if (isUnknown(value)) yield unknownOutcome(resource.address, value, id);
        else
          yield blocks(value)
            ? fail(resource.address, id, message, { awsError: awsErrorOf(error) })
            : pass(resource.address);
      }
    };
    yield* checkAttribute(
      "aws_ecr_repository",
      "force_delete",
      (value) => value !== true,
      "DEST-01",
      "force_delete is not set: a destroy fails while it contains images",
      "repository-not-empty",
    );
    yield* checkAttribute(
      "aws_lb",
      "enable_deletion_protection",
      (value) => value === true,
      "DEST-02",
      "deletion protection is enabled",
      "deletion-protection",
    );
    yield* checkAttribute(
      "aws_secretsmanager_secret",
      "recovery_window_in_days",
      (value) => value !== 0,
      "DEST-04",
      "its name is reserved for the recovery window after a destroy",
      "secret-scheduled-for-deletion",
    );
    yield* checkAttribute(
      "aws_s3_bucket",
      "force_destroy",
      (value) => value !== true,
      "DEST-10",
      "force_destroy is not set: a destroy fails while it contains objects",
      "bucket-not-empty",
    );
    for (const resource of plan.resourcesOfType(
      "aws_lb_target_group",
      "aws_alb_target_group",
      "aws_security_group",
    )) {
      // Terraform deletes it before it creates the new one, while another resource still uses it.
      const isReplaced = resource.actions[0] === "delete" && resource.actions[1] === "create";
      if (!isReplaced) {
        if (resource.mode === "managed") yield pass(resource.address);
        continue;
      }
      const user = userOf(context, resource);
      if (!user) yield pass(resource.address);
      else
        yield fail(
          resource.address,
          resource.type === "aws_security_group" ? "DEST-05" : "DEST-09",
          `it is replaced while ${user.address} uses it`,
          {
            severity: "error",
            awsError:
              resource.type === "aws_security_group"
                ? awsErrorOf("security-group-in-use")
                : awsErrorOf("target-group-in-use"),
          },
        );
    }
  },
};

/** Another resource that uses a resource and that the plan does not delete. */
function userOf({ plan }: CheckContext, resource: Resource): Resource | undefined {
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
