import type * as ecs from "@aws-sdk/client-ecs";
import { AwsError, notImplemented, invalidParameter } from "../../protocol/errors.ts";
import type { Context } from "../../core/operation.ts";
import { subnets } from "../ec2/tables.ts";
import { loadBalancersOf, targetGroups } from "../elasticloadbalancing/tables.ts";
import { discoveryServices, namespaces } from "../servicediscovery/tables.ts";
import type { Cluster, Definition, DeploymentSettings } from "./tables.ts";

/**
 * Checks the load balancers of a service against its task definition and the target groups.
 *
 * Source: Amazon ECS API Reference, CreateService; Amazon ECS Developer Guide, "Troubleshooting service load balancers
 * in Amazon ECS".
 */
export function checkLoadBalancers(
  context: Context,
  balancers: readonly ecs.LoadBalancer[],
  definition: Definition | undefined,
  network: ecs.AwsVpcConfiguration | undefined,
): void {
  if (balancers.length > 5) throw invalidParameter("load balancers can have at most 5 items.");
  for (const { targetGroupArn, containerName, containerPort } of balancers) {
    if (targetGroupArn === undefined)
      throw invalidParameter("targetGroupArn must be specified for an application load balancer.");
    const group = context.in(targetGroups).get(targetGroupArn);
    if (!group)
      throw invalidParameter(
        `Unable to describe the target group ${targetGroupArn}: One or more target groups not found`,
      );
    const isAwsvpc = definition?.body.networkMode === "awsvpc";
    if (isAwsvpc && group.targetType === "instance") {
      throw invalidParameter(
        `The provided target group ${targetGroupArn} has target type instance, which is incompatible with the awsvpc network mode specified in the task definition.`,
      );
    }
    if (loadBalancersOf(context, targetGroupArn).length === 0) {
      throw invalidParameter(
        `The target group with targetGroupArn ${targetGroupArn} does not have an associated load balancer.`,
      );
    }
    const container = definition?.body.containerDefinitions?.find(
      (containerDefinition) => containerDefinition.name === containerName,
    );
    if (definition && !container)
      throw invalidParameter(
        `The container ${containerName} does not exist in the task definition.`,
      );
    const ports = container?.portMappings?.map((portMapping) => portMapping.containerPort) ?? [];
    if (definition && !ports.includes(containerPort))
      throw invalidParameter(
        `The container ${containerName} did not have a container port ${containerPort} defined.`,
      );
    // Sources: terraform-aws-modules/terraform-aws-ecs#89, aws/amazon-ecs-agent#3428.
    if (ports.filter((port) => port === containerPort).length > 1)
      throw invalidParameter(
        `Container port ${containerPort} is used in more than one port mapping for container ${containerName}`,
      );
    const vpcId = context.in(subnets).get(network?.subnets?.[0] ?? "")?.vpcId;
    if (vpcId !== undefined && vpcId !== group.vpcId)
      throw invalidParameter(
        `The target group ${targetGroupArn} and the service's subnets are in different VPCs.`,
      );
  }
}

/** Source: Amazon ECS API Reference, ServiceRegistry. */
export function checkRegistries(
  context: Context,
  registries: readonly ecs.ServiceRegistry[],
  definition: Definition | undefined,
): void {
  if (registries.length > 1) throw invalidParameter("service registries can have at most 1 items.");
  for (const registry of registries) {
    const id = registry.registryArn?.split("/").pop() ?? "";
    const row = context.in(discoveryServices).get(id);
    if (!row)
      throw invalidParameter(
        `The specified service registry ${registry.registryArn} does not exist.`,
      );
    const type = row.dns?.DnsRecords?.[0]?.Type;
    if (type === "SRV" && registry.port === undefined && registry.containerPort === undefined)
      throw invalidParameter(
        "When specifying a SRV record, either port or containerName and containerPort must be set.",
      );
    if (
      type === "A" &&
      definition?.body.networkMode === "awsvpc" &&
      registry.containerPort !== undefined &&
      registry.containerName !== undefined
    )
      throw invalidParameter(
        "When specifying an A record with awsvpc network mode, containerName and containerPort must not be set.",
      );
  }
}

/** Source: Amazon ECS API Reference, ServiceConnectConfiguration. */
export function checkConnect(
  context: Context,
  cluster: Cluster,
  requested: ecs.ServiceConnectConfiguration | undefined,
  definition: Definition | undefined,
): void {
  if (requested?.enabled !== true) return;
  const name = requested.namespace ?? cluster.serviceConnect;
  if (name === undefined)
    throw invalidParameter(
      "Namespace is missing: specify one in the service connect configuration or as the cluster's default.",
    );
  const namespace = context
    .in(namespaces)
    .find((row) => row.arn === name || row.id === name || row.name === name);
  if (!namespace) throw new AwsError("NamespaceNotFoundException", "Namespace not found.");
  const ports = new Set(
    (definition?.body.containerDefinitions ?? []).flatMap((containerDefinition) =>
      (containerDefinition.portMappings ?? []).flatMap((port) => port.name ?? []),
    ),
  );
  const invalidService = requested.services?.find(
    (service) => definition && !ports.has(service.portName ?? ""),
  );
  if (invalidService)
    throw invalidParameter(
      `The specified portName ${invalidService.portName} does not match a named port mapping in the task definition.`,
    );
}

interface Percents {
  readonly maximumPercent: number;
  readonly minimumHealthyPercent: number;
}

/** Longest bake time, in minutes. Source: Amazon ECS API Reference, DeploymentConfiguration. */
const MAX_BAKE_MINUTES = 1440;

function requireSupported(requested: ecs.DeploymentConfiguration): void {
  if (requested.strategy !== undefined && requested.strategy !== "ROLLING")
    throw notImplemented(`deployments of the strategy ${requested.strategy}`);
  const breaker = requested.deploymentCircuitBreaker;
  const unsupported = {
    lifecycleHooks: requested.lifecycleHooks?.length === 0 ? undefined : requested.lifecycleHooks,
    linearConfiguration: requested.linearConfiguration,
    canaryConfiguration: requested.canaryConfiguration,
    earlySuccessCriteria: requested.earlySuccessCriteria,
    "deploymentCircuitBreaker.resetOnHealthyTask": breaker?.resetOnHealthyTask,
    "deploymentCircuitBreaker.thresholdConfiguration": breaker?.thresholdConfiguration,
  };
  for (const [name, value] of Object.entries(unsupported))
    if (value !== undefined) throw notImplemented(`the member ${name} of deploymentConfiguration`);
}

export function configurationOf(
  requested: ecs.DeploymentConfiguration | undefined,
  before: DeploymentSettings,
): DeploymentSettings {
  if (requested) requireSupported(requested);
  const percents: Percents = {
    maximumPercent: requested?.maximumPercent ?? before.maximumPercent,
    minimumHealthyPercent: requested?.minimumHealthyPercent ?? before.minimumHealthyPercent,
  };
  if (percents.maximumPercent < 100 || percents.maximumPercent > 200)
    throw invalidParameter("maximumPercent must be from 100 to 200.");
  if (percents.minimumHealthyPercent < 0 || percents.minimumHealthyPercent > 100)
    throw invalidParameter("minimumHealthyPercent must be from 0 to 100.");
  if (percents.maximumPercent === 100 && percents.minimumHealthyPercent === 100) {
    throw invalidParameter(
      "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.",
    );
  }
  const breaker = requested?.deploymentCircuitBreaker;
  const alarms = requested?.alarms ?? before.alarms;
  const bakeMinutes = requested?.bakeTimeInMinutes ?? before.bakeMinutes;
  if (bakeMinutes !== undefined && (bakeMinutes < 0 || bakeMinutes > MAX_BAKE_MINUTES))
    throw invalidParameter(`bakeTimeInMinutes must be from 0 to ${MAX_BAKE_MINUTES}.`);
  return {
    ...percents,
    breaker: breaker
      ? { enable: breaker.enable === true, rollback: breaker.rollback === true }
      : before.breaker,
    ...(alarms ? { alarms } : {}),
    ...(bakeMinutes === undefined ? {} : { bakeMinutes }),
  };
}

export const DEFAULTS: DeploymentSettings = {
  maximumPercent: 200,
  minimumHealthyPercent: 100,
  breaker: { enable: false, rollback: false },
};

/** ECS stores only these members of a load balancer. */
export const storedLoadBalancers = (
  given: readonly ecs.LoadBalancer[] | undefined,
): ecs.LoadBalancer[] =>
  (given ?? []).map(({ targetGroupArn, containerName, containerPort }) => ({
    targetGroupArn,
    containerName,
    containerPort,
  }));

/** Source: Amazon ECS API Reference, UpdateService: attributes that CodeDeploy manages cannot be changed with it. */
export function checkCodeDeploy(input: Partial<ecs.UpdateServiceRequest>): void {
  if (input.taskDefinition !== undefined) {
    throw invalidParameter(
      "Unable to update task definition on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.",
    );
  }
  if (input.forceNewDeployment === true)
    throw invalidParameter(
      "Cannot force a new deployment on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.",
    );
  if (input.networkConfiguration !== undefined)
    throw invalidParameter(
      "Unable to update network parameters on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.",
    );
}

/**
 * Only the ECS deployment controller detects failed deployments. Source: Amazon ECS Developer Guide, "Troubleshooting
 * Amazon ECS deployment strategy updates" (message of alarms).
 */
export function checkFailureDetection(
  controller: ecs.DeploymentControllerType,
  configuration: ecs.DeploymentConfiguration | undefined,
): void {
  if (controller === "ECS") return;
  if (configuration?.deploymentCircuitBreaker?.enable === true)
    throw invalidParameter(
      "DeploymentCircuitBreaker is only supported with the ECS deployment controller.",
    );
  if (configuration?.alarms?.enable === true)
    throw invalidParameter(
      "Alarm based rollback feature is only supported with ECS deployment controller. Update to ECS deployment controller and try again.",
    );
}
