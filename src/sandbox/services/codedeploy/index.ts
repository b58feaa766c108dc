import type * as codedeploy from "@aws-sdk/client-codedeploy";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, page, type Service } from "../../core/operation.ts";
import { tagList, tagMap, without } from "../../core/tags.ts";
import { deploymentOperations } from "./deployments.ts";
import {
  type Application,
  applications,
  type DeploymentConfig,
  deploymentConfigs,
  type DeploymentGroup,
  deploymentGroups,
  groupKey,
  type GroupSettings,
  managedConfigs,
  requireApplication,
  requireGroup,
} from "./tables.ts";

const NAME = /^[A-Za-z0-9+=._@,-]{1,100}$/;

const describeApplication = (row: Application): codedeploy.ApplicationInfo => ({
  applicationId: row.id,
  applicationName: row.name,
  createTime: row.created,
  linkedToGitHub: false,
  computePlatform: row.platform,
});

const describeConfig = (row: DeploymentConfig): codedeploy.DeploymentConfigInfo => ({
  deploymentConfigId: row.id,
  deploymentConfigName: row.name,
  createTime: row.created,
  computePlatform: row.platform,
  ...(row.routing ? { trafficRoutingConfig: row.routing } : {}),
  ...(row.hosts ? { minimumHealthyHosts: row.hosts } : {}),
});

function requireConfig(context: Context, name: string): DeploymentConfig {
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

const settingsIn = (given: GroupSettings): GroupSettings =>
  Object.fromEntries(
    ECS_SETTINGS.flatMap((key) => (given[key] === undefined ? [] : [[key, given[key]]])),
  );

/** Changes the tags of an application or a group. */
function changeTags(
  context: Context,
  arn: string,
  change: (tags: Readonly<Record<string, string>>) => Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const [kind, name = ""] = (arn.split(":codedeploy:")[1] ?? "").split(":").slice(2);
  const application = kind === "application" ? context.in(applications).get(name) : undefined;
  if (application)
    return context.in(applications).put(name, { ...application, tags: change(application.tags) })
      .tags;
  const group = kind === "deploymentgroup" ? context.in(deploymentGroups).get(name) : undefined;
  if (group)
    return context.in(deploymentGroups).put(name, { ...group, tags: change(group.tags) }).tags;
  throw new AwsError(
    "ArnNotSupportedException",
    `The ARN ${arn} is not of a resource that is there`,
  );
}

export const service: Service = {
  name: "codedeploy",
  operations: {
    ...deploymentOperations,

    CreateApplication: operation<
      codedeploy.CreateApplicationInput,
      codedeploy.CreateApplicationOutput
    >()(["applicationName", "computePlatform", "tags"], (context, input) => {
      const name = input.applicationName;
      if (!NAME.test(name))
        throw new AwsError(
          "InvalidApplicationNameException",
          `The application name '${name}' is not valid.`,
        );
      if (context.in(applications).has(name))
        throw new AwsError(
          "ApplicationAlreadyExistsException",
          `Application already exists: ${name}`,
        );
      const row = context.in(applications).put(name, {
        id: context.uuid(),
        name,
        platform: input.computePlatform ?? "Server",
        tags: tagMap(input.tags),
        created: context.now,
      });
      return { applicationId: row.id };
    }),

    GetApplication: operation<codedeploy.GetApplicationInput, codedeploy.GetApplicationOutput>()(
      ["applicationName"],
      (context, input) => ({
        application: describeApplication(requireApplication(context, input.applicationName)),
      }),
    ),

    ListApplications: operation<
      codedeploy.ListApplicationsInput,
      codedeploy.ListApplicationsOutput
    >()(["nextToken"], (context, input) => {
      const { items, next } = page(context.in(applications).all(), 100, input.nextToken);
      return {
        applications: items.map((row) => row.name),
        ...(next === undefined ? {} : { nextToken: next }),
      };
    }),

    DeleteApplication: operation<codedeploy.DeleteApplicationInput, object>()(
      ["applicationName"],
      (context, input) => {
        const belongsToApplication = (row: DeploymentGroup): boolean =>
          row.application === input.applicationName;
        for (const row of context.in(deploymentGroups).filter(belongsToApplication))
          context.in(deploymentGroups).delete(groupKey(row.application, row.name));
        context.in(applications).delete(input.applicationName);
        return {};
      },
    ),

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
        if (context.in(deploymentGroups).has(key))
          throw new AwsError(
            "DeploymentGroupAlreadyExistsException",
            `Deployment group name already exists for application: ${application.name}, ${name}`,
          );
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
        context.in(deploymentGroups).delete(groupKey(row.application, row.name));
        context
          .in(deploymentGroups)
          .put(groupKey(row.application, name), { ...row, name, settings });
        return { hooksNotCleanedUp: [] };
      },
    ),

    DeleteDeploymentGroup: operation<
      codedeploy.DeleteDeploymentGroupInput,
      codedeploy.DeleteDeploymentGroupOutput
    >()(["applicationName", "deploymentGroupName"], (context, input) => {
      requireApplication(context, input.applicationName);
      context
        .in(deploymentGroups)
        .delete(groupKey(input.applicationName, input.deploymentGroupName));
      return { hooksNotCleanedUp: [] };
    }),

    ListTagsForResource: operation<
      codedeploy.ListTagsForResourceInput,
      codedeploy.ListTagsForResourceOutput
    >()(["ResourceArn"], (context, input) => ({
      Tags: tagList(changeTags(context, input.ResourceArn, (tags) => tags)),
    })),

    TagResource: operation<codedeploy.TagResourceInput, object>()(
      ["ResourceArn", "Tags"],
      (context, input) => {
        changeTags(context, input.ResourceArn, (tags) => ({ ...tags, ...tagMap(input.Tags) }));
        return {};
      },
    ),

    UntagResource: operation<codedeploy.UntagResourceInput, object>()(
      ["ResourceArn", "TagKeys"],
      (context, input) => {
        changeTags(context, input.ResourceArn, (tags) => without(tags, input.TagKeys));
        return {};
      },
    ),
  },
  waiterOperations: ["GetDeployment"],
};
