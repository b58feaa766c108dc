import { type Check, fail, unknownValueAt, pass, unknownOutcome } from "../../engine/check.ts";
import { allowed } from "../../shared/permission-check.ts";
import { defined, roleAt } from "../../shared/task-roles.ts";
import { isUnknown } from "../../../plan/unknown.ts";

export const envFilesAndEfsCheck: Check = {
  id: "env-files-and-efs",
  question: "start",
  title: "environment files and file systems may be read",
  severity: "error",
  ids: ["IAM-15", "TD-16", "TD-17"],
  explanation:
    "Environment files are fetched with the execution role; a file system needs a mount target in each zone of the tasks, and a task role where it asks for IAM. Source: Amazon ECS Developer Guide, “Pass environment variables to an Amazon ECS container” and “Use Amazon EFS volumes with Amazon ECS”.",
  *run(subject) {
    const { plan, accountAndRegion } = subject;
    for (const { placement, definition, resource } of defined(subject)) {
      const { address } = resource;
      const files = definition.containers.flatMap((container) => container.environmentFiles);
      const role = files.length > 0 ? roleAt(subject, resource, "execution_role_arn") : undefined;
      for (const file of files) {
        if (role?.kind === "elsewhere") yield unknownOutcome(address, role.unknown, "IAM-15");
        if (role?.kind !== "here") continue;
        if (isUnknown(file)) {
          yield unknownOutcome(address, file, "IAM-15");
          continue;
        }
        const ruling = allowed({
          action: "s3:GetObject",
          resource: file,
          account: accountAndRegion.account,
          policies: { identity: role.policies },
        });
        if (ruling.answer === "pass") yield pass(address);
        else if (ruling.answer === "unknown") yield unknownOutcome(address, ruling.says, "IAM-15");
        else
          yield fail(address, "IAM-15", `s3:GetObject on ${file} is not allowed ${ruling.says}`, {
            error:
              "ResourceInitializationError: failed to download env files: … AccessDenied: status code: 403",
          });
      }
      const volumes = resource.blockPaths("volume");
      const lost = unknownValueAt(resource, "volume");
      if (lost) yield unknownOutcome(address, lost, "TD-16");
      if (isUnknown(volumes)) continue;
      for (const path of volumes) {
        const efs = [...path, "efs_volume_configuration", 0] as const;
        if (!resource.isSet(...path, "efs_volume_configuration")) continue;
        if (
          resource.value(...efs, "authorization_config", 0, "iam") === "ENABLED" &&
          !resource.isSet("task_role_arn")
        )
          yield fail(address, "TD-17", "a volume asks for IAM, and there is no task role", {
            error: "ClientException: EFS IAM authorization requires a task role.",
          });
        const [hit] = resource.referencesTo(
          ["aws_efs_file_system"],
          ...efs,
          "file_system_id",
        ).references;
        if (!hit) {
          yield unknownOutcome(address, "the file system is not in this plan", "TD-16");
          continue;
        }
        const targets = plan
          .resourcesOfType("aws_efs_mount_target")
          .filter((efsMountTarget) =>
            efsMountTarget
              .referencesTo(["aws_efs_file_system"], "file_system_id")
              .references.some((found) => found.resource === hit.resource),
          );
        const zones = targets.flatMap((target) =>
          target
            .referencesTo(["aws_subnet"], "subnet_id")
            .references.map((found) => found.resource.value("availability_zone")),
        );
        for (const { key, availabilityZone } of placement.subnets.items) {
          if (availabilityZone === undefined || zones.some(isUnknown))
            yield unknownOutcome(address, `the zone of ${key} is not known`, "TD-16");
          else if (zones.includes(availabilityZone)) yield pass(address);
          else
            yield fail(
              address,
              "TD-16",
              `${hit.resource.address} has no mount target in ${availabilityZone}, where tasks in ${key} stand`,
              {
                error: `ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: Failed to resolve "fs-….efs.${accountAndRegion.region ?? "<region>"}.amazonaws.com"`,
              },
            );
        }
      }
    }
  },
};
