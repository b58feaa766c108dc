import type { Construct } from "../construct.ts";
import type { ScaleOptions } from "../../config/index.ts";
import { CheckedConstruct } from "../foundation/checked-construct.ts";
import { AppautoscalingPolicy } from "../provider/appautoscaling-policy.generated.ts";
import { AppautoscalingTarget } from "../provider/appautoscaling-target.generated.ts";

/** Properties of a `ServiceScaling`. */
export interface ServiceScalingProps extends ScaleOptions {
  /** Prefix of the names of the policies. */
  readonly prefix: string;
  readonly clusterName: string;
  readonly serviceName: string;
  /** Load balancer and target group as a metric names them. Required for `requestsPerTarget`. */
  readonly resourceLabel?: string;
}

/**
 * Target tracking of the number of tasks of a service: one policy for each metric. The largest number of tasks that a policy
 * requires counts.
 *
 * Cost: $0.10 a month for each of the two or more alarms that a policy creates (Amazon CloudWatch pricing).
 * Source: Application Auto Scaling User Guide, "Target tracking scaling policies".
 */
export class ServiceScaling extends CheckedConstruct {
  readonly target: AppautoscalingTarget;
  readonly policies: readonly AppautoscalingPolicy[];

  constructor(scope: Construct, id: string, props: ServiceScalingProps) {
    super(scope, id, props);
    this.target = new AppautoscalingTarget(this, "resource", {
      serviceNamespace: "ecs",
      scalableDimension: "ecs:service:DesiredCount",
      resourceId: `service/${props.clusterName}/${props.serviceName}`,
      minCapacity: props.min,
      maxCapacity: props.max,
    });
    const metrics: readonly (readonly [string, string, number | undefined])[] = [
      ["cpu", "ECSServiceAverageCPUUtilization", props.cpu],
      ["memory", "ECSServiceAverageMemoryUtilization", props.memory],
      ["requests", "ALBRequestCountPerTarget", props.requestsPerTarget],
    ];
    this.policies = metrics.flatMap(([metric, predefinedMetricType, targetValue]) =>
      targetValue === undefined
        ? []
        : [
            new AppautoscalingPolicy(this, metric, {
              name: `${props.prefix}-${metric}`,
              policyType: "TargetTrackingScaling",
              serviceNamespace: this.target.serviceNamespace,
              scalableDimension: this.target.scalableDimension,
              resourceId: this.target.resourceId,
              targetTrackingScalingPolicyConfiguration: {
                predefinedMetricSpecification: {
                  predefinedMetricType,
                  ...(metric === "requests" && props.resourceLabel !== undefined
                    ? { resourceLabel: props.resourceLabel }
                    : {}),
                },
                targetValue,
                scaleInCooldown: props.scaleInCooldown ?? 300,
                scaleOutCooldown: props.scaleOutCooldown ?? 60,
              },
            }),
          ],
    );
  }
}
