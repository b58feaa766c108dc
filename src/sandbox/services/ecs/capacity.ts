import type * as ecs from "@aws-sdk/client-ecs";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/tables.ts";
import { clusters, tagList, tagMap } from "./tables.ts";

/** A capacity provider of EC2 instances. The sandbox stores it, but runs tasks only on Fargate. */
export interface CapacityProvider {
  readonly name: string;
  readonly arn: string;
  readonly group: ecs.AutoScalingGroupProvider;
  readonly tags: Readonly<Record<string, string>>;
  /** The cluster that used the capacity provider when its deletion failed. */
  readonly undeletedCluster?: string;
}

/** Adds the defaults of ECS. Source: Amazon ECS API Reference, AutoScalingGroupProvider and ManagedScaling. */
const withGroupDefaults = (group: ecs.AutoScalingGroupProvider): ecs.AutoScalingGroupProvider => ({
  managedTerminationProtection: "DISABLED",
  managedDraining: "ENABLED",
  ...group,
  managedScaling: {
    status: "DISABLED",
    targetCapacity: 100,
    minimumScalingStepSize: 1,
    maximumScalingStepSize: 10_000,
    instanceWarmupPeriod: 300,
    ...group.managedScaling,
  },
});

export const capacityProviders: TableKey<CapacityProvider> = table("ecs/capacity-provider");

const FARGATE = ["FARGATE", "FARGATE_SPOT"];

const describe = (row: CapacityProvider, isWithTags = true): ecs.CapacityProvider => ({
  capacityProviderArn: row.arn,
  name: row.name,
  status: "ACTIVE",
  autoScalingGroupProvider: row.group,
  ...(row.undeletedCluster === undefined
    ? {}
    : {
        updateStatus: "DELETE_FAILED",
        updateStatusReason: `The capacity provider cannot be deleted because it is associated with cluster: ${row.undeletedCluster}. Remove the capacity provider from the cluster and try again.`,
      }),
  tags: isWithTags ? tagList(row.tags) : [],
});

const describeFargateProvider = (context: Context, name: string): ecs.CapacityProvider => ({
  capacityProviderArn: context.arn("ecs", `capacity-provider/${name}`),
  name,
  status: "ACTIVE",
  tags: [],
});

const shortName = (name: string): string => name.split("/").pop() ?? name;

/**
 * Account settings of ECS with their defaults in a new account. Source: Amazon ECS Developer Guide, "Access Amazon ECS
 * features with account settings".
 */
const SETTINGS: Readonly<Record<string, string>> = {
  serviceLongArnFormat: "enabled",
  taskLongArnFormat: "enabled",
  containerInstanceLongArnFormat: "enabled",
  awsvpcTrunking: "disabled",
  containerInsights: "disabled",
  dualStackIPv6: "enabled",
  fargateFIPSMode: "disabled",
  fargateTaskRetirementWaitPeriod: "7",
  guardDutyActivate: "off",
  tagResourceAuthorization: "on",
  defaultLogDriverMode: "non-blocking",
};

export const settings: TableKey<string> = table("ecs/account-setting", { exists: () => false });

export const capacityOperations: Operations = {
  CreateCapacityProvider: operation<
    ecs.CreateCapacityProviderRequest,
    ecs.CreateCapacityProviderResponse
  >()(["name", "autoScalingGroupProvider", "tags"], (context, input) => {
    if (/^(aws|ecs|fargate)/i.test(input.name)) {
      throw new AwsError(
        "ClientException",
        `The capacity provider name must not start with "aws", "ecs" or "fargate": ${input.name}`,
      );
    }
    if (!input.autoScalingGroupProvider)
      throw new AwsError(
        "InvalidParameterException",
        "autoScalingGroupProvider must be specified.",
      );
    const row = context.in(capacityProviders).put(input.name, {
      name: input.name,
      arn: context.arn("ecs", `capacity-provider/${input.name}`),
      group: withGroupDefaults(input.autoScalingGroupProvider),
      tags: tagMap(input.tags),
    });
    return { capacityProvider: describe(row) };
  }),

  DescribeCapacityProviders: operation<
    ecs.DescribeCapacityProvidersRequest,
    ecs.DescribeCapacityProvidersResponse
  >()(["capacityProviders", "include"], (context, input) => {
    const names = input.capacityProviders?.map(shortName) ?? [
      ...FARGATE,
      ...context
        .in(capacityProviders)
        .all()
        .map((row) => row.name),
    ];
    const found = names.map((name) => {
      const row = context.in(capacityProviders).get(name);
      return FARGATE.includes(name)
        ? describeFargateProvider(context, name)
        : row && describe(row, input.include?.includes("TAGS") === true);
    });
    return {
      capacityProviders: found.flatMap((row) => row ?? []),
      failures: names
        .filter((_, index) => found[index] === undefined)
        .map((name) => ({
          arn: context.arn("ecs", `capacity-provider/${name}`),
          reason: "MISSING",
        })),
    };
  }),

  DeleteCapacityProvider: operation<
    ecs.DeleteCapacityProviderRequest,
    ecs.DeleteCapacityProviderResponse
  >()(["capacityProvider"], (context, input) => {
    const name = shortName(input.capacityProvider ?? "");
    const row = context.in(capacityProviders).get(name);
    if (!row) {
      throw new AwsError(
        "ClientException",
        `The specified capacity provider '${name}' could not be found.`,
      );
    }
    // ECS accepts the deletion and fails later: the capacity provider stays ACTIVE (hashicorp/terraform-provider-aws#29152).
    const cluster = context
      .in(clusters)
      .find(({ status, capacityProviders: names }) => status === "ACTIVE" && names.includes(name));
    if (cluster) {
      const failed = { ...row, undeletedCluster: cluster.name };
      return { capacityProvider: describe(context.in(capacityProviders).put(name, failed)) };
    }
    context.in(capacityProviders).delete(name);
    return { capacityProvider: describe(row) };
  }),

  ListAccountSettings: operation<ecs.ListAccountSettingsRequest, ecs.ListAccountSettingsResponse>()(
    ["name", "value", "effectiveSettings"],
    (context, input) => ({
      settings: Object.entries(SETTINGS)
        // Without effectiveSettings, only settings that were changed are listed.
        .filter(([name]) => input.effectiveSettings === true || context.in(settings).has(name))
        .map(([name, value]) => ({
          name: name as ecs.SettingName, // a key of SETTINGS
          value: context.in(settings).get(name) ?? value,
          principalArn: context.caller.arn,
        }))
        .filter(
          (entry) =>
            (input.name ?? entry.name) === entry.name &&
            (input.value ?? entry.value) === entry.value,
        ),
    }),
  ),

  PutAccountSettingDefault: operation<
    ecs.PutAccountSettingDefaultRequest,
    ecs.PutAccountSettingDefaultResponse
  >()(["name", "value"], (context, input) => {
    if (!Object.hasOwn(SETTINGS, input.name))
      throw new AwsError("InvalidParameterException", `Unknown account setting ${input.name}`);
    context.in(settings).put(input.name, input.value);
    return {
      setting: { name: input.name, value: input.value, principalArn: context.caller.arn },
    };
  }),
};
