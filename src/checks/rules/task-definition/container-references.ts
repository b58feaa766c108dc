import { formatValue, isUnknown } from "../../../plan/plan-model.ts";
import { jsonsOf, listOf } from "../../../plan/plan-json.ts";
import { type Check, fail, unknownValueAt, pass, unknownOutcome } from "../../engine/check.ts";
import { objectAt, unknownContainers, knownContainers } from "../../shared/containers.ts";

export const containerReferencesCheck: Check = {
  id: "container-references",
  question: "start",
  title: "volumes, dependencies and health checks of containers are whole",
  severity: "error",
  ids: ["TD-15", "TD-07"],
  explanation:
    "A mount point names a volume of the task, a dependency names a container of it, and HEALTHY needs a health check to wait for.",
  sources: ["Amazon ECS API Reference, ContainerDefinition"],
  *run(context) {
    for (const { resource, containers } of knownContainers(context)) {
      const { address } = resource;
      const names = containers.map((container) => String(container["name"]));
      const blocks = resource.blockPaths("volume");
      const volumes = isUnknown(blocks)
        ? undefined
        : blocks.map((path) => String(resource.value(...path, "name")));
      const unknownValue = unknownValueAt(resource, "volume");
      if (
        unknownValue &&
        containers.some((container) => jsonsOf(container["mountPoints"]).length > 0)
      )
        yield unknownOutcome(address, unknownValue, "TD-15");
      const wrong = (message: string): ReturnType<typeof fail> =>
        fail(address, "TD-15", message, { awsError: `ClientException: ${message}` });
      const problems = [
        ...names
          .filter((name, index) => names.indexOf(name) < index)
          .map((name) => `two containers are named ${name}`),
        ...containers.flatMap((container) => [
          ...jsonsOf(container["mountPoints"]).flatMap(({ sourceVolume }) =>
            volumes?.includes(String(sourceVolume)) === false
              ? [
                  `container ${String(container["name"])} mounts the volume ${String(sourceVolume)}, which is not there`,
                ]
              : [],
          ),
          ...jsonsOf(container["volumesFrom"]).flatMap(({ sourceContainer }) =>
            names.includes(String(sourceContainer))
              ? []
              : [
                  `container ${String(container["name"])} takes volumes from ${String(sourceContainer)}, which is not there`,
                ],
          ),
          ...jsonsOf(container["dependsOn"]).flatMap(({ containerName, condition }) => {
            const other = containers.find((found) => found["name"] === containerName);
            if (!other)
              return [
                `container ${String(container["name"])} depends on ${String(containerName)}, which is not there`,
              ];
            return condition === "HEALTHY" &&
              Object.keys(objectAt(other, "healthCheck")).length === 0
              ? [
                  `container ${String(container["name"])} waits until ${String(containerName)} is HEALTHY, and it has no health check`,
                ]
              : [];
          }),
        ]),
      ];
      if (problems.length === 0) yield pass(address);
      for (const problem of problems) yield wrong(problem);
      for (const container of containers) {
        const [first] = listOf(objectAt(container, "healthCheck")["command"]);
        if (first !== undefined && !["CMD", "CMD-SHELL", "NONE"].includes(formatValue(first)))
          yield fail(
            address,
            "TD-07",
            `the health check of container ${String(container["name"])} begins with ${formatValue(first)}`,
            { severity: "warning", awsError: "the container is never healthy" },
          );
      }
    }
    for (const { resource, reason } of unknownContainers(context))
      yield unknownOutcome(resource.address, reason, "TD-15");
  },
};
