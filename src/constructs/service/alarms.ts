import type { Construct } from "../construct.ts";
import type { DeploymentAlarmOptions } from "../../config/index.ts";
import { CheckedConstruct } from "../foundation/checked-construct.ts";
import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from "../provider/cloudwatch-metric-alarm.generated.ts";

/** The dimensions of the metrics of a target group: the last part of the ARNs. */
export interface TargetGroupDimensions {
  readonly LoadBalancer: string;
  readonly TargetGroup: string;
}

/** Properties of `DeploymentAlarms`. */
export interface DeploymentAlarmsProps extends DeploymentAlarmOptions {
  /** Prefix of the names of the alarms. */
  readonly prefix: string;
  /** The target group. Required for all alarms but `names`. */
  readonly dimensions?: TargetGroupDimensions;
}

const NAMESPACE = "AWS/ApplicationELB";

/** Two of three minutes: one outlier is no alarm, and a bad revision is found before it has replaced all tasks. */
const EVALUATION = {
  comparisonOperator: "GreaterThanThreshold",
  evaluationPeriods: 3,
  datapointsToAlarm: 2,
  treatMissingData: "notBreaching",
} as const;

/**
 * The alarms that roll back a deployment of a service.
 *
 * Cost: $0.10 a month for an alarm, and $0.20 for that of 5xx responses, which has two metrics (Amazon CloudWatch pricing).
 * Source of the metrics: Elastic Load Balancing User Guide, "CloudWatch metrics for your Application Load Balancer".
 */
export class DeploymentAlarms extends CheckedConstruct {
  /** Names of all alarms, those in the options last. */
  readonly names: readonly string[];

  readonly #prefix: string;

  constructor(scope: Construct, id: string, props: DeploymentAlarmsProps) {
    super(scope, id, props);
    this.#prefix = props.prefix;
    this.names = [
      ...(props.dimensions ? this.#makeAlarms(props, props.dimensions) : []),
      ...(props.names ?? []),
    ];
  }

  #makeAlarms(
    { target5xxPercent, unhealthyTargets, responseTimeP99 }: DeploymentAlarmsProps,
    dimensions: TargetGroupDimensions,
  ): string[] {
    const names: string[] = [];
    const add = (
      id: string,
      config: Omit<
        CloudwatchMetricAlarmConfig,
        "alarmName" | "comparisonOperator" | "evaluationPeriods"
      >,
    ): void => {
      const alarm = new CloudwatchMetricAlarm(this, id, {
        alarmName: `${this.#prefix}-${id}`,
        ...EVALUATION,
        ...config,
      });
      names.push(alarm.alarmName);
    };
    const metric = (
      metricName: string,
    ): Pick<CloudwatchMetricAlarmConfig, "namespace" | "metricName" | "dimensions" | "period"> => ({
      namespace: NAMESPACE,
      metricName,
      dimensions: { ...dimensions },
      period: 60,
    });
    if (target5xxPercent !== undefined)
      add("target-5xx", {
        alarmDescription: "Responses of targets with a 5xx code, in percent of the requests",
        threshold: target5xxPercent,
        metricQuery: [
          {
            id: "percent",
            label: "5xx responses in percent",
            expression: "100 * errors / requests",
            returnData: true,
          },
          ...[
            ["errors", "HTTPCode_Target_5XX_Count"],
            ["requests", "RequestCount"],
          ].map(([queryId = "", metricName = ""]) => ({
            id: queryId,
            returnData: false,
            metric: {
              namespace: NAMESPACE,
              metricName,
              dimensions: { ...dimensions },
              period: 60,
              stat: "Sum",
            },
          })),
        ],
      });
    if (unhealthyTargets !== undefined)
      add("unhealthy-targets", {
        alarmDescription: "Targets that fail the health check",
        threshold: unhealthyTargets,
        statistic: "Maximum",
        ...metric("UnHealthyHostCount"),
      });
    if (responseTimeP99 !== undefined)
      add("response-time", {
        alarmDescription: "Response time of targets in seconds, 99th percentile",
        threshold: responseTimeP99,
        extendedStatistic: "p99",
        ...metric("TargetResponseTime"),
      });
    return names;
  }
}
