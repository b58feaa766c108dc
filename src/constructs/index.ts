export type { FoundationScope } from "./bootstrap/foundation-scope.ts";
export type { TrustedRepository } from "./bootstrap/oidc-trust.ts";
export { PipelineRoles, type PipelineRolesProps } from "./bootstrap/pipeline-roles.ts";
export { StateBucket, type StateBucketProps } from "./bootstrap/state-bucket.ts";
export { Cluster, type ClusterProps } from "./foundation/cluster.ts";
export { EncryptionKey, type EncryptionKeyProps, type IKey } from "./foundation/encryption-key.ts";
export { Foundation } from "./foundation/foundation.ts";
export { LoadBalancer, type LoadBalancerProps } from "./foundation/load-balancer.ts";
export { LogGroup, type LogGroupProps } from "./foundation/log-group.ts";
export { type INetwork, Network, type NetworkProps } from "./foundation/network.ts";
export { PublishedOutputs, type PublishedOutputsProps } from "./foundation/published-outputs.ts";
export { type IRepository, Repository, type RepositoryProps } from "./foundation/repository.ts";
export {
  type Peer,
  SecurityGroup,
  type SecurityGroupProps,
  peer,
} from "./foundation/security-group.ts";
export {
  DeploymentAlarms,
  type DeploymentAlarmsProps,
  type TargetGroupDimensions,
} from "./service/alarms.ts";
export {
  type FoundationReference,
  type LoadBalancerReference,
  PublishedFoundation,
  type PublishedFoundationProps,
  type RepositoryReference,
  repositoryOf,
} from "./service/foundation-reference.ts";
export { ServiceImage, type ServiceImageProps } from "./service/image.ts";
export {
  ServiceRole,
  type ServiceRoleProps,
  TaskRoles,
  type TaskRolesProps,
} from "./service/roles.ts";
export { ServiceScaling, type ServiceScalingProps } from "./service/scaling.ts";
export { ScheduledTask, type ScheduledTaskProps } from "./service/scheduled-task.ts";
export { type PolicyStatement, TaskSecrets, type TaskSecretsProps } from "./service/secrets.ts";
export { Service, type ServiceProps } from "./service/service.ts";
export { ServiceTargetGroup, type ServiceTargetGroupProps } from "./service/target-group.ts";
export { Task, type TaskProps, type WorkloadProps } from "./service/task.ts";
export { AwsProvider, type AwsProviderConfig } from "./provider/aws-provider.ts";
export { VpcEndpoints, type VpcEndpointsProps } from "./foundation/vpc-endpoints.ts";
export { FoundationStack } from "./synth/foundation-stack.ts";
export { JobStack, ServiceStack } from "./synth/workload-stack.ts";
