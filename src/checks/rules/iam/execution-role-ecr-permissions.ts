import { type Check, fail, type CheckOutcome, pass, unknownOutcome } from "../../engine/check.ts";
import { allowed } from "../../shared/permission-check.ts";
import { defined, roleAt } from "../../shared/task-roles.ts";

export const executionRoleEcrPermissionsCheck: Check = {
  id: "execution-role-ecr-permissions",
  question: "pull",
  title: "the execution role may log in to ECR and pull the image",
  severity: "error",
  ids: ["IAM-05", "IAM-06", "IAM-13"],
  explanation:
    "Pulling takes ecr:GetAuthorizationToken on every resource, and ecr:BatchGetImage and ecr:GetDownloadUrlForLayer on the repository; ecr:BatchCheckLayerAvailability is for pushing.",
  sources: ["Amazon ECR User Guide, “Using Amazon ECR images with Amazon ECS”"],
  *run(subject) {
    for (const { definition, resource } of defined(subject)) {
      const images = definition.containers
        .map((container) => container.image)
        .filter((image) => image.kind === "ecr");
      if (images.length === 0) continue;
      const role = roleAt(subject, resource, "execution_role_arn");
      if (role.kind === "elsewhere") yield unknownOutcome(resource.address, role.unknown, "IAM-05");
      if (role.kind !== "here") continue;
      const { address } = role.resource;
      const { account, region } = subject.accountAndRegion;
      const judgements: CheckOutcome[] = [];
      const ask = (action: string, target: string): boolean => {
        const ruling = allowed({
          action,
          resource: target,
          account,
          policies: { identity: role.policies },
        });
        if (ruling.answer === "unknown")
          judgements.push(unknownOutcome(address, ruling.says, "IAM-05"));
        if (ruling.answer !== "fail") return true;
        const isNarrow =
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
        judgements.push(
          fail(
            address,
            ruling.by === "permissions boundary" ? "IAM-13" : isNarrow ? "IAM-06" : "IAM-05",
            `${action} is not allowed ${ruling.says}`,
            {
              error: `ResourceInitializationError: unable to pull secrets or registry auth: … AccessDeniedException: User: … is not authorized to perform: ${action} on resource: ${target} ${ruling.says}`,
            },
          ),
        );
        return false;
      };
      if (ask("ecr:GetAuthorizationToken", "*")) {
        for (const image of images) {
          const name = image.repository?.value("name");
          const path =
            typeof name === "string"
              ? name
              : (image.text?.split("/").slice(1).join("/").split(/[:@]/)[0] ?? "*");
          const target = `arn:aws:ecr:${image.region ?? region ?? "<region>"}:${image.account ?? account ?? "<account>"}:repository/${path}`;
          if (ask("ecr:BatchGetImage", target)) ask("ecr:GetDownloadUrlForLayer", target);
        }
      }
      if (judgements.length === 0) yield pass(address);
      yield* judgements;
    }
  },
};
