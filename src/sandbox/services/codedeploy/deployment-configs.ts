import type * as codedeploy from "@aws-sdk/client-codedeploy";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import {
  type DeploymentConfig,
  deploymentConfigs,
  deploymentGroups,
  managedConfigs,
} from "./tables.ts";

const describeConfig = (row: DeploymentConfig): codedeploy.DeploymentConfigInfo => ({
  deploymentConfigId: row.id,
  deploymentConfigName: row.name,
  createTime: row.created,
  computePlatform: row.platform,
  ...(row.routing ? { trafficRoutingConfig: row.routing } : {}),
  ...(row.hosts ? { minimumHealthyHosts: row.hosts } : {}),
});

export function requireConfig(context: Context, name: string): DeploymentConfig {
  const routing = managedConfigs.get(name);
  const row = routing
    ? { id: `managed-${name}`, name, platform: "ECS" as const, routing, created: new Date(0) }
    : context.in(deploymentConfigs).get(name);
  if (row) return row;
  throw new AwsError(
    "DeploymentConfigDoesNotExistException",
    `No deployment configuration found for name: ${name}`,
  );
}

export const deploymentConfigOperations: Operations = {
  CreateDeploymentConfig: operation<
    codedeploy.CreateDeploymentConfigInput,
    codedeploy.CreateDeploymentConfigOutput
  >()(
    ["deploymentConfigName", "minimumHealthyHosts", "trafficRoutingConfig", "computePlatform"],
    (context, input) => {
      const name = input.deploymentConfigName;
      if (managedConfigs.has(name) || context.in(deploymentConfigs).has(name))
        throw new AwsError(
          "DeploymentConfigAlreadyExistsException",
          `Deployment configuration already exists: ${name}`,
        );
      const row = context.in(deploymentConfigs).put(name, {
        id: context.uuid(),
        name,
        platform: input.computePlatform ?? "Server",
        created: context.now,
        ...(input.trafficRoutingConfig ? { routing: input.trafficRoutingConfig } : {}),
        ...(input.minimumHealthyHosts ? { hosts: input.minimumHealthyHosts } : {}),
      });
      return { deploymentConfigId: row.id };
    },
  ),

  GetDeploymentConfig: operation<
    codedeploy.GetDeploymentConfigInput,
    codedeploy.GetDeploymentConfigOutput
  >()(["deploymentConfigName"], (context, input) => ({
    deploymentConfigInfo: describeConfig(requireConfig(context, input.deploymentConfigName)),
  })),

  ListDeploymentConfigs: operation<
    codedeploy.ListDeploymentConfigsInput,
    codedeploy.ListDeploymentConfigsOutput
  >()(["nextToken"], (context, input) => {
    const names = [
      ...managedConfigs.keys(),
      ...context
        .in(deploymentConfigs)
        .all()
        .map((row) => row.name),
    ];
    const { items, next } = page(names, 100, input.nextToken);
    return {
      deploymentConfigsList: items,
      ...(next === undefined ? {} : { nextToken: next }),
    };
  }),

  DeleteDeploymentConfig: operation<codedeploy.DeleteDeploymentConfigInput, object>()(
    ["deploymentConfigName"],
    (context, input) => {
      const name = input.deploymentConfigName;
      if (managedConfigs.has(name))
        throw new AwsError(
          "InvalidOperationException",
          "Deployment configurations of CodeDeploy cannot be deleted",
        );
      if (context.in(deploymentGroups).find((row) => row.settings.deploymentConfigName === name))
        throw new AwsError("DeploymentConfigInUseException", `${name} is in use`);
      context.in(deploymentConfigs).delete(name);
      return {};
    },
  ),
};
