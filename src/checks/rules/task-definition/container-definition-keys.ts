import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";
import { jsonsOf } from "../../../plan/index.ts";
import { unknownContainers, knownContainers } from "../../shared/containers.ts";

/** Members of a container definition. Source: Amazon ECS API Reference, ContainerDefinition. */
const KEYS = new Set(
  "command cpu credentialSpecs dependsOn disableNetworking dnsSearchDomains dnsServers dockerLabels dockerSecurityOptions entryPoint environment environmentFiles essential extraHosts firelensConfiguration healthCheck hostname image interactive links linuxParameters logConfiguration memory memoryReservation mountPoints name portMappings privileged pseudoTerminal readonlyRootFilesystem repositoryCredentials resourceRequirements restartPolicy secrets startTimeout stopTimeout systemControls ulimits user versionConsistency volumesFrom workingDirectory".split(
    " ",
  ),
);

const unknownKeys = (list: unknown, keys: readonly string[]): string[] =>
  jsonsOf(list).flatMap((entry) =>
    Object.keys(entry).filter((key) => !keys.includes(key.charAt(0).toLowerCase() + key.slice(1))),
  );

export const containerDefinitionKeysCheck: Check = {
  id: "container-definition-keys",
  question: "other",
  title: "Container definitions have only keys that ECS supports",
  severity: "warning",
  ids: ["TD-19"],
  explanation:
    "The provider ignores a key of container_definitions that it does not support: a key with a spelling mistake has no effect on the container.",
  sources: ["Amazon ECS API Reference, ContainerDefinition"],
  *run(context) {
    for (const { resource, containers } of knownContainers(context)) {
      const unsupportedKeys = containers.flatMap((container) => [
        ...Object.keys(container).filter(
          (key) => !KEYS.has(key.charAt(0).toLowerCase() + key.slice(1)),
        ),
        ...unknownKeys(container["environment"], ["name", "value"]).map(
          (key) => `environment.${key}`,
        ),
        ...unknownKeys(container["secrets"], ["name", "valueFrom"]).map((key) => `secrets.${key}`),
        ...unknownKeys(container["portMappings"], [
          "containerPort",
          "hostPort",
          "protocol",
          "name",
          "appProtocol",
          "containerPortRange",
        ]).map((key) => `portMappings.${key}`),
      ]);
      if (unsupportedKeys.length === 0) yield pass(resource.address);
      else
        yield fail(
          resource.address,
          "TD-19",
          `ECS does not support ${[...new Set(unsupportedKeys)].join(", ")} in a container definition`,
        );
    }
    for (const { resource, reason } of unknownContainers(context))
      yield unknownOutcome(resource.address, reason, "TD-19");
  },
};
