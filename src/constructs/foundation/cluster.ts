import { EcsCluster } from "../provider/ecs-cluster.generated.ts";
import { EcsClusterCapacityProviders } from "../provider/ecs-cluster-capacity-providers.generated.ts";
import { ServiceDiscoveryHttpNamespace } from "../provider/service-discovery-http-namespace.generated.ts";
import type { Construct } from "../construct.ts";
import { CheckedConstruct } from "./checked-construct.ts";
import type { IKey } from "./encryption-key.ts";
import type { LogGroup } from "./log-group.ts";
import { checkName } from "../synth/names.ts";

/** Properties of a `Cluster`. */
export interface ClusterProps {
  readonly name: string;
  /** Encrypts ECS Exec sessions. */
  readonly key: IKey;
  /** Receives the output of ECS Exec sessions. */
  readonly logGroup: LogGroup;
  /** @default "disabled" */
  readonly containerInsights?: "disabled" | "enabled" | "enhanced";
  /** The first is the default capacity provider of services. @default ["FARGATE", "FARGATE_SPOT"] */
  readonly capacityProviders?: readonly ("FARGATE" | "FARGATE_SPOT")[];
  /** A Cloud Map namespace for Service Connect. @default none */
  readonly namespace?: string;
}

/**
 * An ECS cluster for Fargate tasks. It records ECS Exec sessions in the log group, encrypted.
 *
 * Cost: none for the cluster; Container Insights by the number of metrics (Amazon CloudWatch pricing).
 *
 * @example new Cluster(this, "cluster", { name: "hello", key, logGroup });
 */
export class Cluster extends CheckedConstruct {
  readonly cluster: EcsCluster;
  readonly capacityProviders: EcsClusterCapacityProviders;
  readonly namespace: ServiceDiscoveryHttpNamespace | undefined;

  constructor(scope: Construct, id: string, props: ClusterProps) {
    super(scope, id, props);
    const providers = props.capacityProviders ?? ["FARGATE", "FARGATE_SPOT"];
    this.namespace =
      props.namespace === undefined
        ? undefined
        : new ServiceDiscoveryHttpNamespace(this, "namespace", {
            name: checkName("namespace", props.namespace, "namespace"),
            description: `Service Connect in ${props.name}`,
          });
    this.cluster = new EcsCluster(this, "resource", {
      name: checkName("cluster", props.name, "name"),
      setting: [{ name: "containerInsights", value: props.containerInsights ?? "disabled" }],
      configuration: {
        executeCommandConfiguration: {
          kmsKeyId: props.key.arn,
          logging: "OVERRIDE",
          logConfiguration: {
            cloudWatchEncryptionEnabled: true,
            cloudWatchLogGroupName: props.logGroup.group.name,
          },
        },
      },
      ...(this.namespace ? { serviceConnectDefaults: { namespace: this.namespace.arn } } : {}),
      dependsOn: [...props.key.dependencies],
    });
    this.capacityProviders = new EcsClusterCapacityProviders(this, "capacity", {
      clusterName: this.cluster.name,
      capacityProviders: [...providers],
      defaultCapacityProviderStrategy: [
        { capacityProvider: providers[0] ?? "FARGATE", weight: 1, base: 0 },
      ],
    });
  }
}
