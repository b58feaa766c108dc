import { reasons, type TypeCoverage } from "./coverage.ts";

/** Keys of a container definition in container_definitions. Source: Amazon ECS API Reference, "ContainerDefinition". */
export const containerKeyCoverage: TypeCoverage = {
  scope: "workload",
  question: "start",
  read: `
    cpu dependsOn.condition dependsOn.containerName disableNetworking dnsSearchDomains dnsServers
    dockerSecurityOptions environment.name environmentFiles.value essential extraHosts
    firelensConfiguration.type healthCheck.command healthCheck.interval healthCheck.retries
    healthCheck.startPeriod healthCheck.timeout hostname image linuxParameters.devices
    linuxParameters.capabilities.add linuxParameters.maxSwap linuxParameters.sharedMemorySize linuxParameters.swappiness
    linuxParameters.tmpfs links logConfiguration.logDriver
    logConfiguration.options.awslogs-create-group logConfiguration.options.awslogs-group
    logConfiguration.options.awslogs-region logConfiguration.options.awslogs-stream-prefix
    logConfiguration.secretOptions.name logConfiguration.secretOptions.valueFrom memory
    memoryReservation mountPoints.containerPath mountPoints.readOnly mountPoints.sourceVolume name
    portMappings.appProtocol portMappings.containerPort portMappings.hostPort portMappings.name
    portMappings.protocol privileged readonlyRootFilesystem
    repositoryCredentials.credentialsParameter resourceRequirements.type
    restartPolicy.restartAttemptPeriod secrets.name secrets.valueFrom startTimeout stopTimeout
    ulimits.hardLimit ulimits.name ulimits.softLimit volumesFrom.sourceContainer`,
  irrelevant: {
    [reasons.application]:
      "command entryPoint environment.value user workingDirectory interactive pseudoTerminal",
    [reasons.name]: "dockerLabels versionConsistency",
    "ECS validates it when it registers the task definition.":
      "environmentFiles.type resourceRequirements.value",
    "It restarts a container that has ended.": "restartPolicy",
    "It limits or grants what processes of the container may do.":
      "linuxParameters.initProcessEnabled linuxParameters.capabilities.drop systemControls volumesFrom.readOnly",
    "It changes how events are formatted, buffered and forwarded.":
      "logConfiguration.options firelensConfiguration.options",
  },
  unread: `
    credentialSpecs linuxParameters logConfiguration.options.splunk-url
    portMappings.containerPortRange`,
  unreadUnless: {
    "firelensConfiguration.options.config-file-type": ["file"],
  },
};
