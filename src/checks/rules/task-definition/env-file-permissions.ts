import { isUnknown } from "../../../plan/index.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";
import { evaluatePermission } from "../../shared/permission-check.ts";
import { definedTasks, roleAt } from "../../shared/task-roles.ts";

export const envFilePermissionsCheck: Check = {
  id: "env-file-permissions",
  question: "start",
  title: "Execution role is allowed to read the environment files",
  severity: "error",
  ids: ["IAM-15"],
  explanation: "ECS downloads environment files from Amazon S3 with the execution role.",
  sources: ["Amazon ECS Developer Guide, “Pass environment variables to an Amazon ECS container”"],
  *run(context) {
    const { accountAndRegion } = context;
    for (const { definition, resource } of definedTasks(context)) {
      const { address } = resource;
      const files = definition.containers.flatMap((container) => container.environmentFiles);
      const role = files.length > 0 ? roleAt(context, resource, "execution_role_arn") : undefined;
      for (const file of files) {
        if (role?.kind === "external") yield unknownOutcome(address, role.unknown, "IAM-15");
        if (role?.kind !== "managed") continue;
        if (isUnknown(file)) {
          yield unknownOutcome(address, file, "IAM-15");
          continue;
        }
        const permission = evaluatePermission({
          action: "s3:GetObject",
          resource: file,
          account: accountAndRegion.account,
          policies: { identity: role.policies },
        });
        if (permission.answer === "pass") yield pass(address);
        else if (permission.answer === "unknown")
          yield unknownOutcome(address, permission.reason, "IAM-15");
        else
          yield fail(
            address,
            "IAM-15",
            `s3:GetObject on ${file} is not allowed ${permission.reason}`,
          );
      }
    }
  },
};
