import { isUnknown } from "../../../plan/index.ts";
import { type Check, fail, unknownValueAt, pass, unknownOutcome } from "../../engine/check.ts";
import { definedTasks } from "../../shared/task-roles.ts";

export const efsAccessCheck: Check = {
  id: "efs-access",
  question: "start",
  title: "Tasks can mount their EFS file systems",
  severity: "error",
  ids: ["TD-16", "TD-17"],
  explanation:
    "An EFS file system needs a mount target in each availability zone of the tasks. A volume with IAM authorization needs a task role.",
  sources: ["Amazon ECS Developer Guide, “Use Amazon EFS volumes with Amazon ECS”"],
  *run(context) {
    const { plan } = context;
    for (const { workload, resource } of definedTasks(context)) {
      const { address } = resource;
      const volumes = resource.blockPaths("volume");
      const unknownValue = unknownValueAt(resource, "volume");
      if (unknownValue) yield unknownOutcome(address, unknownValue, "TD-16");
      if (isUnknown(volumes)) continue;
      for (const path of volumes) {
        const efs = [...path, "efs_volume_configuration", 0] as const;
        if (!resource.isSet(...path, "efs_volume_configuration")) continue;
        if (
          resource.value(...efs, "authorization_config", 0, "iam") === "ENABLED" &&
          !resource.isSet("task_role_arn")
        )
          yield fail(
            address,
            "TD-17",
            "a volume has IAM authorization, but the task definition has no task role",
          );
        const [reference] = resource.referencesTo(
          ["aws_efs_file_system"],
          ...efs,
          "file_system_id",
        ).references;
        if (!reference) {
          yield unknownOutcome(address, "this plan does not contain the file system", "TD-16");
          continue;
        }
        const targets = plan
          .resourcesOfType("aws_efs_mount_target")
          .filter((mountTarget) =>
            mountTarget
              .referencesTo(["aws_efs_file_system"], "file_system_id")
              .references.some((candidate) => candidate.resource === reference.resource),
          );
        const zones = targets.flatMap((target) =>
          target
            .referencesTo(["aws_subnet"], "subnet_id")
            .references.map((candidate) => candidate.resource.value("availability_zone")),
        );
        for (const { key, availabilityZone: zone } of workload.subnets.items) {
          if (zone === undefined || zones.some(isUnknown))
            yield unknownOutcome(address, `the availability zone of ${key} is unknown`, "TD-16");
          else if (zones.includes(zone)) yield pass(address);
          else
            yield fail(
              address,
              "TD-16",
              `${reference.resource.address} has no mount target in ${zone}, the availability zone of tasks in ${key}`,
            );
        }
      }
    }
  },
};
