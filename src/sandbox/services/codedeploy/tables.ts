import type * as codedeploy from "@aws-sdk/client-codedeploy";
import { AwsError } from "../../protocol/errors.ts";
import type { Context } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/tables.ts";

export interface Application {
  readonly id: string;
  readonly name: string;
  readonly platform: codedeploy.ComputePlatform;
  readonly tags: Readonly<Record<string, string>>;
  readonly created: Date;
}

export interface DeploymentConfig {
  readonly id: string;
  readonly name: string;
  readonly platform: codedeploy.ComputePlatform;
  readonly routing?: codedeploy.TrafficRoutingConfig;
  readonly hosts?: codedeploy.MinimumHealthyHosts;
  readonly created: Date;
}

/** Settings of a deployment group for ECS, in the format of the API. */
export type GroupSettings = Partial<
  Pick<
    codedeploy.CreateDeploymentGroupInput,
    | "deploymentConfigName"
    | "serviceRoleArn"
    | "triggerConfigurations"
    | "alarmConfiguration"
    | "autoRollbackConfiguration"
    | "outdatedInstancesStrategy"
    | "deploymentStyle"
    | "blueGreenDeploymentConfiguration"
    | "loadBalancerInfo"
    | "ecsServices"
  >
>;

export interface DeploymentGroup {
  readonly id: string;
  readonly application: string;
  readonly name: string;
  readonly settings: GroupSettings;
  readonly tags: Readonly<Record<string, string>>;
}

export interface BlueGreen {
  readonly id: string;
  readonly application: string;
  readonly group: string;
  readonly config: string;
  readonly revision: codedeploy.RevisionLocation;
  readonly description?: string;
  readonly status: codedeploy.DeploymentStatus;
  readonly error?: codedeploy.ErrorInformation;
  readonly creator: codedeploy.DeploymentCreator;
  readonly created: Date;
  readonly completed?: Date;
  /**
   * The cluster and service, the new task set, and the target groups before (blue) and after (green) the deployment.
   */
  readonly cluster: string;
  readonly service: string;
  readonly taskSet: string;
  readonly blue: string;
  readonly green: string;
}

export const applications: TableKey<Application> = table("codedeploy/application");
export const deploymentConfigs: TableKey<DeploymentConfig> = table("codedeploy/deployment-config");
export const deploymentGroups: TableKey<DeploymentGroup> = table("codedeploy/deployment-group");
export const blueGreens: TableKey<BlueGreen> = table("codedeploy/deployment", {
  exists: () => false,
});

/**
 * Deployment configurations that every account has. Source: AWS CodeDeploy User Guide, "Working with deployment
 * configurations in CodeDeploy".
 */
export const managedConfigs: ReadonlyMap<string, codedeploy.TrafficRoutingConfig> = new Map([
  ["CodeDeployDefault.ECSAllAtOnce", { type: "AllAtOnce" }],
  ...([1, 3] as const).map((minutes): [string, codedeploy.TrafficRoutingConfig] => [
    `CodeDeployDefault.ECSLinear10PercentEvery${minutes}Minute${minutes > 1 ? "s" : ""}`,
    { type: "TimeBasedLinear", timeBasedLinear: { linearPercentage: 10, linearInterval: minutes } },
  ]),
  ...([5, 15] as const).map((minutes): [string, codedeploy.TrafficRoutingConfig] => [
    `CodeDeployDefault.ECSCanary10Percent${minutes}Minutes`,
    { type: "TimeBasedCanary", timeBasedCanary: { canaryPercentage: 10, canaryInterval: minutes } },
  ]),
]);

export function requireApplication(context: Context, name: string | undefined): Application {
  const row = context.in(applications).get(name ?? "");
  if (row) return row;
  throw new AwsError("ApplicationDoesNotExistException", `No application found for name: ${name}`);
}

export const groupKey = (application: string, name: string): string => `${application}/${name}`;

export function requireGroup(
  context: Context,
  application: string | undefined,
  name: string | undefined,
): DeploymentGroup {
  requireApplication(context, application);
  const row = context.in(deploymentGroups).get(groupKey(application ?? "", name ?? ""));
  if (row) return row;
  throw new AwsError(
    "DeploymentGroupDoesNotExistException",
    `No Deployment Group found for name: ${name}`,
  );
}

/** Names of applications and deployment groups. Source: AWS CodeDeploy API Reference, CreateApplication. */
export const NAME: RegExp = /^[A-Za-z0-9+=._@,-]{1,100}$/;
