import { imageStatusOf } from "../../../aws/images.ts";
import { isUnknown } from "../../../plan/unknown.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";
import { defined } from "../../shared/task-roles.ts";

export const imagePlatformCheck: Check = {
  id: "image-platform",
  question: "pull",
  title: "images are there, and for the processor of their tasks",
  severity: "error",
  ids: ["ECR-01", "ECR-05"],
  explanation:
    "No plan says what a registry holds: images are taken to be there and to fit, unless --image says otherwise. An image for arm64 alone does not run on X86_64, which is the default. Source: Amazon ECS Developer Guide, “Amazon ECS task definitions for 64-bit ARM workloads”.",
  *run(subject) {
    for (const { definition, resource } of defined(subject)) {
      const { address } = resource;
      const architecture = resource.value("runtime_platform", 0, "cpu_architecture") ?? "X86_64";
      for (const { image } of definition.containers) {
        const name = image.repository?.value("name");
        const reference =
          image.reference ?? (typeof name === "string" ? `registry/${name}` : undefined);
        const word = reference === undefined ? undefined : imageStatusOf(subject.images, reference);
        if (word === undefined || reference === undefined) continue;
        if (word === "missing")
          yield fail(address, "ECR-01", `${reference} is not there`, {
            error: `CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref ${reference}: not found`,
          });
        else if (word === "exists" || architecture === "ARM64") yield pass(address);
        else if (isUnknown(architecture)) yield unknownOutcome(address, architecture, "ECR-05");
        else
          yield fail(
            address,
            "ECR-05",
            `${reference} is for linux/arm64, and the tasks run on X86_64`,
            {
              error: `CannotPullContainerError: pull image manifest has been retried 7 time(s): image Manifest does not contain descriptor matching platform 'linux/amd64'`,
            },
          );
      }
    }
  },
};
