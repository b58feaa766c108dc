import type { ITerraformDependable } from "cdktn";
import type { Construct } from "../construct.ts";
import type { ServiceOptions } from "../../config/index.ts";
import { UserError } from "../../shared/index.ts";
import { CheckedConstruct } from "../foundation/checked-construct.ts";
import { EcsService, type EcsServiceConfig } from "../provider/ecs-service.generated.ts";
import { applyOverrides } from "../synth/overrides.ts";
import { DeploymentAlarms, type TargetGroupDimensions } from "./alarms.ts";
import { ServiceScaling } from "./scaling.ts";
import { ServiceTargetGroup } from "./target-group.ts";
import { Task, type WorkloadProps } from "./task.ts";

/** Properties of a `Service`: the options of the config, and the foundation. */
export interface ServiceProps extends ServiceOptions, WorkloadProps {
  /** Number of tasks without `count` and `scale`. @default 1 */
  readonly defaultCount?: number;
}

/**
 * An ECS service on Fargate. It creates a task definition with its log group and roles (`Task`), a target group with its own
 * listener rule (`ServiceTargetGroup`), alarms (`DeploymentAlarms`), scaling (`ServiceScaling`) and the service.
 *
 * ECS rolls back a deployment whose tasks do not become healthy, or during which an alarm starts. Terraform ignores the task
 * definition of the service after its creation: `berth deploy` starts deployments (ADR 21). It ignores the desired count only
 * with `scale`.
 *
 * Cost: about $7.20 a month for a task with 256 CPU units and 512 MiB on ARM in us-east-1 (AWS Fargate pricing).
 *
 * @throws UserError for a route without a load balancer or without a port
 * @example
 * new Service(this, "web", {
 *   name: "web",
 *   foundation: foundation.reference,
 *   image: { tag: "v1" },
 *   port: 8080,
 *   route: { path: "/*" },
 * });
 */
export class Service extends CheckedConstruct {
  readonly task: Task;
  readonly targetGroup: ServiceTargetGroup | undefined;
  readonly alarms: DeploymentAlarms;
  readonly service: EcsService;
  readonly scaling: ServiceScaling | undefined;

  constructor(scope: Construct, id: string, props: ServiceProps) {
    super(scope, id, props);
    const { name, foundation, deployment = {}, scale } = props;
    const prefix = `${foundation.name}-${name}`;
    const exec = props.exec ?? false;
    this.task = new Task(this, "task", { ...props, exec });
    this.targetGroup = this.#makeTargetGroup(props, prefix);
    const dimensions = this.#dimensions(props);
    this.alarms = new DeploymentAlarms(this, "alarms", {
      ...deployment.alarms,
      prefix,
      ...(dimensions ? { dimensions } : {}),
    });
    const { maximumPercent = 200 } = deployment;
    this.service = new EcsService(this, "service", {
      name,
      cluster: foundation.clusterArn,
      taskDefinition: this.task.taskDefinition.arn,
      desiredCount: scale?.min ?? props.count ?? props.defaultCount ?? 1,
      ...(props.capacityProvider === "FARGATE_SPOT"
        ? { capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT", weight: 1 }] }
        : { launchType: "FARGATE" }),
      networkConfiguration: {
        subnets: [...foundation.subnetIds],
        securityGroups: [...foundation.securityGroupIds],
        assignPublicIp: foundation.assignPublicIp ?? false,
      },
      ...this.#loadBalancing(props),
      deploymentMinimumHealthyPercent: deployment.minimumHealthyPercent ?? 100,
      deploymentMaximumPercent: maximumPercent,
      deploymentCircuitBreaker: { enable: true, rollback: true },
      // ECS starts the replacement in another zone before it stops a task. Source: Amazon ECS Developer Guide, "Balancing an
      // Amazon ECS service across Availability Zones".
      availabilityZoneRebalancing: maximumPercent > 100 ? "ENABLED" : "DISABLED",
      ...(this.alarms.names.length === 0
        ? {}
        : { alarms: { alarmNames: [...this.alarms.names], enable: true, rollback: true } }),
      ...this.#serviceConnect(props),
      enableExecuteCommand: exec,
      enableEcsManagedTags: true,
      propagateTags: "SERVICE",
      dependsOn: this.#dependencies(),
      lifecycle: {
        ignoreChanges: ["task_definition", ...(scale === undefined ? [] : ["desired_count"])],
      },
    });
    this.scaling = this.#makeScaling(props, prefix, dimensions);
    applyOverrides(this, props.override ?? {});
  }

  #makeTargetGroup(props: ServiceProps, prefix: string): ServiceTargetGroup | undefined {
    const { name, foundation, route, healthCheck, deployment = {} } = props;
    if (route === undefined) return undefined;
    const { loadBalancer } = foundation;
    if (loadBalancer === undefined)
      throw new UserError("BERTH-E2001", "route: the foundation has no load balancer", {
        fix: "set foundation.loadBalancer, or remove the route",
      });
    if (props.port === undefined)
      throw new UserError("BERTH-E2001", "port: a service with a route requires a port");
    return new ServiceTargetGroup(this, "route", {
      service: name,
      name: prefix,
      vpcId: foundation.vpcId,
      loadBalancer,
      route,
      ...(healthCheck === undefined ? {} : { healthCheck }),
      ...(deployment.deregistrationDelay === undefined
        ? {}
        : { deregistrationDelay: deployment.deregistrationDelay }),
    });
  }

  #dimensions({ foundation }: ServiceProps): TargetGroupDimensions | undefined {
    const { targetGroup } = this;
    const { loadBalancer } = foundation;
    if (targetGroup === undefined || loadBalancer === undefined) return undefined;
    const { arn, arnSuffix = arn.split(":loadbalancer/")[1] } = loadBalancer;
    if (arnSuffix === undefined)
      throw new UserError("BERTH-E2001", `loadBalancer.arn: "${arn}" is not a literal ARN`, {
        fix: "set loadBalancer.arnSuffix",
      });
    return { LoadBalancer: arnSuffix, TargetGroup: targetGroup.targetGroup.arnSuffix };
  }

  #loadBalancing({
    name,
    port,
    deployment = {},
  }: ServiceProps): Pick<EcsServiceConfig, "loadBalancer" | "healthCheckGracePeriodSeconds"> {
    if (this.targetGroup === undefined || port === undefined) return {};
    return {
      loadBalancer: [
        {
          targetGroupArn: this.targetGroup.targetGroup.arn,
          containerName: name,
          containerPort: port,
        },
      ],
      healthCheckGracePeriodSeconds: deployment.healthCheckGracePeriod ?? 60,
    };
  }

  #serviceConnect({
    name,
    port,
    serviceConnect,
    foundation,
  }: ServiceProps): Pick<EcsServiceConfig, "serviceConnectConfiguration"> {
    if (serviceConnect !== true) return {};
    const { namespaceArn } = foundation;
    return {
      serviceConnectConfiguration: {
        enabled: true,
        ...(namespaceArn === undefined ? {} : { namespace: namespaceArn }),
        ...(port === undefined
          ? {}
          : {
              service: [
                {
                  portName: name,
                  discoveryName: name,
                  clientAlias: { dnsName: name, port },
                },
              ],
            }),
      },
    };
  }

  /** The load balancer accepts targets only of a target group that a rule uses; a task needs its permissions to start. */
  #dependencies(): ITerraformDependable[] {
    const { task, targetGroup } = this;
    return [...task.dependencies, ...(targetGroup ? [targetGroup.rule] : [])];
  }

  #makeScaling(
    { foundation, scale }: ServiceProps,
    prefix: string,
    dimensions: TargetGroupDimensions | undefined,
  ): ServiceScaling | undefined {
    if (scale === undefined) return undefined;
    return new ServiceScaling(this, "scaling", {
      ...scale,
      prefix,
      clusterName: foundation.clusterName,
      serviceName: this.service.name,
      ...(dimensions
        ? { resourceLabel: `${dimensions.LoadBalancer}/${dimensions.TargetGroup}` }
        : {}),
    });
  }
}
