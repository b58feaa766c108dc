import { jsonsOf, listOf, formatValue, isUnknown } from "../../../plan/index.ts";
import { type Check, fail, unknownValueAt, pass, unknownOutcome } from "../../engine/check.ts";
import { objectAt, unknownContainers, knownContainers } from "../../shared/containers.ts";

export const containerReferencesCheck: Check = {
  id: "container-references",
  question: "start",
  title: "Volumes, dependencies and health checks of containers are valid",
  severity: "error",
  ids: ["TD-15", "TD-07"],
  explanation:
    "A mount point refers to a volume of the task definition, and a dependency to one of its containers. The condition HEALTHY needs a health check.",
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
      const problems = [
        ...names
          .filter((name, index) => names.indexOf(name) < index)
          .map((name) => `two containers are named ${name}`),
        ...containers.flatMap((container) => [
          ...jsonsOf(container["mountPoints"]).flatMap(({ sourceVolume }) =>
            volumes?.includes(String(sourceVolume)) === false
              ? [
                  `container ${String(container["name"])} mounts the volume ${String(sourceVolume)}, which does not exist`,
                ]
              : [],
          ),
          ...jsonsOf(container["volumesFrom"]).flatMap(({ sourceContainer }) =>
            names.includes(String(sourceContainer))
              ? []
              : [
                  `container ${String(container["name"])} uses volumes of ${String(sourceContainer)}, which does not exist`,
                ],
          ),
          ...jsonsOf(container["dependsOn"]).flatMap(({ containerName, condition }) => {
            const other = containers.find((candidate) => candidate["name"] === containerName);
            if (!other)
              return [
                `container ${String(container["name"])} depends on ${String(containerName)}, which does not exist`,
              ];
            return condition === "HEALTHY" &&
              Object.keys(objectAt(other, "healthCheck")).length === 0
              ? [
                  `container ${String(container["name"])} waits until ${String(containerName)} is HEALTHY, but that container has no health check`,
                ]
              : [];
          }),
        ]),
      ];
      if (problems.length === 0) yield pass(address);
      for (const problem of problems) yield fail(address, "TD-15", problem);
      for (const container of containers) {
        const [first] = listOf(objectAt(container, "healthCheck")["command"]);
        if (first !== undefined && !["CMD", "CMD-SHELL", "NONE"].includes(formatValue(first)))
          yield fail(
            address,
            "TD-07",
            `the health check of container ${String(container["name"])} starts with ${formatValue(first)}, which is not CMD, CMD-SHELL or NONE`,
            { severity: "warning" },
          );
      }
    }
    for (const { resource, reason } of unknownContainers(context))
      yield unknownOutcome(resource.address, reason, "TD-15");
  },
};
