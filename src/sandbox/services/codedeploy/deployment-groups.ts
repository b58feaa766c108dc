import type * as codedeploy from "@aws-sdk/client-codedeploy";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { tagMap } from "../../core/tags.ts";
import { requireConfig } from "./deployment-configs.ts";
import {
  type Application,
  type DeploymentGroup,
  deploymentGroups,
  groupKey,
  type GroupSettings,
  NAME,
  requireApplication,
  requireGroup,
} from "./tables.ts";

/**
 * Source: AWS CodeDeploy API Reference, CreateDeploymentGroup; User Guide, "Before you begin an Amazon ECS deployment".
 */
function checkSettings(context: Context, application: Application, settings: GroupSettings): void {
  if (
    settings.serviceRoleArn !== undefined &&
    !/^arn:[^:]+:iam::\d{12}:role\//.test(settings.serviceRoleArn)
  )
    throw new AwsError(
      "InvalidRoleException",
      `The role ${settings.serviceRoleArn} is not a role's ARN.`,
    );
  if (settings.deploymentConfigName !== undefined)
    requireConfig(context, settings.deploymentConfigName);
  if (application.platform !== "ECS") {
    throw notImplemented(`deployment groups of ${application.platform}`);
  }
  if ((settings.ecsServices ?? []).length !== 1)
    throw new AwsError(
      "InvalidECSServiceException",
      "For ECS deployment group, ecsServices must have exactly one service.",
    );
  const [{ clusterName, serviceName }] = settings.ecsServices as [codedeploy.ECSService]; // exactly one, as checked above
  if (clusterName === undefined || serviceName === undefined)
    throw new AwsError(
      "InvalidECSServiceException",
      "An ECS service needs its clusterName and serviceName.",
    );
  if (
    settings.deploymentStyle?.deploymentType !== "BLUE_GREEN" ||
    settings.deploymentStyle.deploymentOption !== "WITH_TRAFFIC_CONTROL"
  )
    throw new AwsError(
      "InvalidDeploymentStyleException",
      "For ECS deployment group, deployment style must be BLUE_GREEN and WITH_TRAFFIC_CONTROL.",
    );
  if (!settings.blueGreenDeploymentConfiguration)
    throw new AwsError(
      "InvalidBlueGreenDeploymentConfigurationException",
      "For ECS deployment group, blueGreenDeploymentConfiguration must be specified.",
    );
  const pairs = settings.loadBalancerInfo?.targetGroupPairInfoList ?? [];
  if (pairs.length !== 1 || pairs[0]?.targetGroups?.length !== 2)
    throw new AwsError(
      "InvalidTargetGroupPairException",
      "For ECS deployment group, loadBalancerInfo must have one pair of two target groups.",
    );
}

const describeGroup = (
  row: DeploymentGroup,
  platform: Application["platform"],
): codedeploy.DeploymentGroupInfo => ({
  ...row.settings,
  applicationName: row.application,
  deploymentGroupId: row.id,
  deploymentGroupName: row.name,
  deploymentConfigName: row.settings.deploymentConfigName ?? "CodeDeployDefault.ECSAllAtOnce",
  computePlatform: platform,
  outdatedInstancesStrategy: row.settings.outdatedInstancesStrategy ?? "UPDATE",
});

const ECS_SETTINGS = [
  "deploymentConfigName",
  "serviceRoleArn",
  "triggerConfigurations",
  "alarmConfiguration",
  "autoRollbackConfiguration",
  "outdatedInstancesStrategy",
  "deploymentStyle",
  "blueGreenDeploymentConfiguration",
  "loadBalancerInfo",
  "ecsServices",
] as const;

/** Settings for servers. They must be empty in a deployment group for ECS. */
const SERVER_SETTINGS = [
  "ec2TagFilters",
  "onPremisesInstanceTagFilters",
  "autoScalingGroups",
] as const;

function checkNoServers(
  given: Partial<Record<(typeof SERVER_SETTINGS)[number], readonly unknown[] | undefined>>,
): void {
  const invalidServer = SERVER_SETTINGS.find((key) => (given[key] ?? []).length > 0);
  if (invalidServer !== undefined)
    throw new AwsError(
      "InvalidInputException",
      `For ECS deployment group, ${invalidServer} can not be specified.`,
    );
}

const groupExists = (application: string, name: string): AwsError =>
  new AwsError(
    "DeploymentGroupAlreadyExistsException",
    `Deployment group name already exists for application: ${application}, ${name}`,
  );

const settingsIn = (given: GroupSettings): GroupSettings =>
  Object.fromEntries(
    ECS_SETTINGS.flatMap((key) => (given[key] === undefined ? [] : [[key, given[key]]])),
  );

export const deploymentGroupOperations: Operations = {
  CreateDeploymentGroup: operation<
    codedeploy.CreateDeploymentGroupInput,
    codedeploy.CreateDeploymentGroupOutput
  >()(
    ["applicationName", "deploymentGroupName", "tags", ...ECS_SETTINGS, ...SERVER_SETTINGS],
    (context, { applicationName, deploymentGroupName: name, tags, ...given }) => {
      checkNoServers(given);
      const settings = settingsIn(given);
      const application = requireApplication(context, applicationName);
      if (!NAME.test(name))
        throw new AwsError(
          "InvalidDeploymentGroupNameException",
          `The deployment group name '${name}' is not valid.`,
        );
      const key = groupKey(application.name, name);
      if (context.in(deploymentGroups).has(key)) throw groupExists(application.name, name);
      checkSettings(context, application, settings);
      const row = context.in(deploymentGroups).put(key, {
        id: context.uuid(),
        application: application.name,
        name,
        settings,
        tags: tagMap(tags),
      });
      return { deploymentGroupId: row.id };
    },
  ),

  GetDeploymentGroup: operation<
    codedeploy.GetDeploymentGroupInput,
    codedeploy.GetDeploymentGroupOutput
  >()(["applicationName", "deploymentGroupName"], (context, input) => ({
    deploymentGroupInfo: describeGroup(
      requireGroup(context, input.applicationName, input.deploymentGroupName),
      requireApplication(context, input.applicationName).platform,
    ),
  })),

  ListDeploymentGroups: operation<
    codedeploy.ListDeploymentGroupsInput,
    codedeploy.ListDeploymentGroupsOutput
  >()(["applicationName", "nextToken"], (context, input) => {
    const { name } = requireApplication(context, input.applicationName);
    const rows = context.in(deploymentGroups).filter((row) => row.application === name);
    const { items, next } = page(rows, 100, input.nextToken);
    return {
      applicationName: name,
      deploymentGroups: items.map((row) => row.name),
      ...(next === undefined ? {} : { nextToken: next }),
    };
  }),

  UpdateDeploymentGroup: operation<
    codedeploy.UpdateDeploymentGroupInput,
    codedeploy.UpdateDeploymentGroupOutput
  >()(
    [
      "applicationName",
      "currentDeploymentGroupName",
      "newDeploymentGroupName",
      ...ECS_SETTINGS,
      ...SERVER_SETTINGS,
    ],
    (
      context,
      { applicationName, currentDeploymentGroupName, newDeploymentGroupName, ...given },
    ) => {
      const row = requireGroup(context, applicationName, currentDeploymentGroupName);
      checkNoServers(given);
      const settings: GroupSettings = { ...row.settings, ...settingsIn(given) };
      checkSettings(context, requireApplication(context, applicationName), settings);
      const name = newDeploymentGroupName ?? row.name;
      if (name !== row.name && context.in(deploymentGroups).has(groupKey(row.application, name)))
        throw groupExists(row.application, name);
      context.in(deploymentGroups).delete(groupKey(row.application, row.name));
      context.in(deploymentGroups).put(groupKey(row.application, name), { ...row, name, settings });
      return { hooksNotCleanedUp: [] };
    },
  ),

  DeleteDeploymentGroup: operation<
    codedeploy.DeleteDeploymentGroupInput,
    codedeploy.DeleteDeploymentGroupOutput
  >()(["applicationName", "deploymentGroupName"], (context, input) => {
    requireApplication(context, input.applicationName);
    context.in(deploymentGroups).delete(groupKey(input.applicationName, input.deploymentGroupName));
    return { hooksNotCleanedUp: [] };
  }),
};
