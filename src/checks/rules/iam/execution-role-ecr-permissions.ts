import { awsErrorOf } from "../../../failures/index.ts";
import { arnInAwsError } from "../../../topology/index.ts";
import { type Check, fail, type CheckOutcome, pass, unknownOutcome } from "../../engine/check.ts";
import { repositoryName } from "../../shared/connection-requirements.ts";
import { evaluatePermission } from "../../shared/permission-check.ts";
import { definedTasks, roleAt } from "../../shared/task-roles.ts";

export const executionRoleEcrPermissionsCheck: Check = {
  id: "execution-role-ecr-permissions",
  question: "pull",
  title: "Execution role is allowed to log in to Amazon ECR and to pull the image",
  severity: "error",
  ids: ["IAM-05", "IAM-06", "IAM-13"],
  explanation:
    "Pulling an image needs ecr:GetAuthorizationToken on every resource, and ecr:BatchGetImage and ecr:GetDownloadUrlForLayer on the repository. ecr:BatchCheckLayerAvailability is only for pushing an image.",
  sources: ["Amazon ECR User Guide, “Using Amazon ECR images with Amazon ECS”"],
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
      const { account, region } = context.accountAndRegion;
      const outcomes: CheckOutcome[] = [];
      const isAllowed = (action: string, target: string): boolean => {
        const permission = evaluatePermission({
          action,
          resource: target,
          account,
          policies: { identity: role.policies },
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
          if (isAllowed("ecr:BatchGetImage", target))
            isAllowed("ecr:GetDownloadUrlForLayer", target);
        }
      }
      if (outcomes.length === 0) yield pass(address);
      yield* outcomes;
    }
  },
};
