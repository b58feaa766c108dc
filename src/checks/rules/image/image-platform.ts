import { awsErrorOf } from "../../../failures/index.ts";
import { imageStatusOf } from "../../../aws/index.ts";
import { isUnknown } from "../../../plan/index.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";
import { definedTasks } from "../../shared/task-roles.ts";

export const imagePlatformCheck: Check = {
  id: "image-platform",
  question: "pull",
  title: "Images exist for the CPU architecture of their tasks",
  severity: "error",
  ids: ["ECR-01", "ECR-05"],
  explanation:
    "A plan does not contain the images of a registry. Berth assumes that an image exists for the CPU architecture of the task, unless --image specifies something else. An image that exists only for arm64 does not run on X86_64, the default CPU architecture.",
  sources: ["Amazon ECS Developer Guide, “Amazon ECS task definitions for 64-bit ARM workloads”"],
  *run(context) {
    for (const { definition, resource } of definedTasks(context)) {
      const { address } = resource;
      const architecture = resource.value("runtime_platform", 0, "cpu_architecture") ?? "X86_64";
      for (const { image } of definition.containers) {
        const name = image.repository?.value("name");
        const reference =
          image.reference ?? (typeof name === "string" ? `registry/${name}` : undefined);
        const status =
          reference === undefined ? undefined : imageStatusOf(context.images, reference);
        if (status === undefined || reference === undefined) continue;
        if (status === "missing")
          yield fail(address, "ECR-01", `${reference} does not exist`, {
            awsError: awsErrorOf("image-not-found", { image: reference }),
          });
        else if (status === "exists" || architecture === "ARM64") yield pass(address);
        else if (isUnknown(architecture)) yield unknownOutcome(address, architecture, "ECR-05");
        else
          yield fail(
            address,
            "ECR-05",
            `${reference} is for linux/arm64, but the tasks run on X86_64`,
            { awsError: awsErrorOf("image-platform") },
          );
      }
    }
  },
};
