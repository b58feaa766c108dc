import type * as scaling from "@aws-sdk/client-application-auto-scaling";
import type { Context } from "../../core/operation.ts";
import { type AlarmSettings, putAlarm } from "../monitoring/tables.ts";
import { parseQueries } from "../monitoring/queries.ts";
import { invalid, NAMESPACE } from "./shared.ts";

/** What an alarm of target tracking watches. */
type WatchedMetric = Pick<
  AlarmSettings,
  "Namespace" | "MetricName" | "Dimensions" | "Statistic" | "Unit" | "Period" | "Metrics"
>;

const PERIOD = 60;

/**
 * Namespace, metric and dimensions of the predefined metrics. Source: Application Auto Scaling API Reference,
 * PredefinedMetricSpecification; Elastic Load Balancing User Guide, "CloudWatch metrics for your Application Load Balancer".
 */
function predefinedMetric(
  resourceId: string,
  { PredefinedMetricType: type, ResourceLabel: label }: scaling.PredefinedMetricSpecification,
): WatchedMetric {
  const [, cluster = "", service = ""] = resourceId.split("/");
  const ofService = (MetricName: string): WatchedMetric => ({
    Namespace: "AWS/ECS",
    MetricName,
    Dimensions: [
      { Name: "ClusterName", Value: cluster },
      { Name: "ServiceName", Value: service },
    ],
    Statistic: "Average",
    Period: PERIOD,
  });
  switch (type) {
    case "ECSServiceAverageCPUUtilization":
      return ofService("CPUUtilization");
    case "ECSServiceAverageMemoryUtilization":
      return ofService("MemoryUtilization");
    case "ALBRequestCountPerTarget": {
      if (label === undefined)
        throw invalid("A resource label must be given for the metric ALBRequestCountPerTarget.");
      const [, loadBalancer, targetGroup] =
        /^(app\/[^/]+\/[^/]+)\/(targetgroup\/[^/]+\/[^/]+)$/.exec(label) ?? [];
      if (loadBalancer === undefined) throw invalid(`The resource label ${label} is invalid.`);
      return {
        Namespace: "AWS/ApplicationELB",
        MetricName: "RequestCountPerTarget",
        Dimensions: [
          { Name: "TargetGroup", Value: targetGroup },
          { Name: "LoadBalancer", Value: loadBalancer },
        ],
        Statistic: "Sum",
        Period: PERIOD,
      };
    }
    default:
      throw invalid(`The metric ${type} is not supported for the namespace ${NAMESPACE}.`);
  }
}

/** Source: Application Auto Scaling API Reference, CustomizedMetricSpecification. */
function customizedMetric({
  MetricName,
  Namespace,
  Dimensions,
  Statistic,
  Unit,
  Metrics,
}: scaling.CustomizedMetricSpecification): WatchedMetric {
  if (Metrics !== undefined) {
    if ([MetricName, Namespace, Dimensions, Statistic, Unit].some((value) => value !== undefined))
      throw invalid("Metrics cannot be used together with a single metric.");
    const queries = Metrics.map(({ MetricStat: stat, ...query }) => ({
      ...query,
      Id: query.Id,
      ...(stat
        ? { MetricStat: { ...stat, Metric: stat.Metric, Stat: stat.Stat, Period: PERIOD } }
        : {}),
    })) as NonNullable<AlarmSettings["Metrics"]>; // the same members, and the period
    parseQueries(queries);
    return { Metrics: queries };
  }
  if (MetricName === undefined || Namespace === undefined || Statistic === undefined)
    throw invalid("A customized metric needs MetricName, Namespace and Statistic.");
  return {
    MetricName,
    Namespace,
    Statistic,
    Period: PERIOD,
    Dimensions: (Dimensions ?? []).map(({ Name, Value }) => ({ Name, Value })),
    ...(Unit === undefined ? {} : { Unit: Unit as NonNullable<AlarmSettings["Unit"]> }), // checked by CloudWatch
  };
}

/**
 * Creates the two alarms of target tracking: scale out after 3 minutes, scale in after 15 minutes below 90 % of the target.
 *
 * @returns the ARNs of the alarms
 * @throws AwsError ValidationException if the configuration is invalid
 */
export function trackingAlarms(
  context: Context,
  resourceId: string,
  policyArn: string,
  config: scaling.TargetTrackingScalingPolicyConfiguration,
): string[] {
  const { PredefinedMetricSpecification: predefined, CustomizedMetricSpecification: customized } =
    config;
  if ((predefined === undefined) === (customized === undefined))
    throw invalid(
      "Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be given.",
    );
  const metric = predefined
    ? predefinedMetric(resourceId, predefined)
    : customizedMetric(customized ?? {});
  const target = config.TargetValue ?? 0;
  const put = (
    kind: "High" | "Low",
    EvaluationPeriods: number,
    Threshold: number,
    ComparisonOperator: "GreaterThanThreshold" | "LessThanThreshold",
  ): string =>
    putAlarm(context, {
      AlarmName: `TargetTracking-${resourceId}-Alarm${kind}-${context.uuid()}`,
      AlarmDescription: `DO NOT EDIT OR DELETE. For TargetTrackingScaling policy ${policyArn}.`,
      ActionsEnabled: true,
      AlarmActions: [policyArn],
      EvaluationPeriods,
      Threshold,
      ComparisonOperator,
      ...metric,
    }).arn;
  return [
    put("High", 3, target, "GreaterThanThreshold"),
    ...(config.DisableScaleIn === true ? [] : [put("Low", 15, target * 0.9, "LessThanThreshold")]),
  ];
}
