export { defineConfig } from "./config/options.ts";
export type {
  ClusterOptions,
  Config,
  Egress,
  EgressRule,
  EnvironmentOptions,
  ExistingKey,
  ExistingNetwork,
  ExistingRepository,
  FoundationOptions,
  HealthCheckOptions,
  KeyOptions,
  LoadBalancerOptions,
  LogOptions,
  NetworkOptions,
  Overrides,
  PipelineOptions,
  ProjectOptions,
  RepositoryOptions,
  StateOptions,
  TaskOptions,
} from "./config/options.ts";
export type { EndpointService } from "./aws/endpoint-services.ts";
export { Cluster, type ClusterProps } from "./constructs/foundation/cluster.ts";
export { VpcEndpoints, type VpcEndpointsProps } from "./constructs/foundation/vpc-endpoints.ts";
export { Foundation } from "./constructs/foundation/foundation.ts";
export { FoundationStack } from "./constructs/synth/foundation-stack.ts";
export {
  EncryptionKey,
  type EncryptionKeyProps,
  type IKey,
} from "./constructs/foundation/encryption-key.ts";
export { LoadBalancer, type LoadBalancerProps } from "./constructs/foundation/load-balancer.ts";
export { LogGroup, type LogGroupProps } from "./constructs/foundation/log-group.ts";
export { type INetwork, Network, type NetworkProps } from "./constructs/foundation/network.ts";
export { PipelineRoles, type PipelineRolesProps } from "./constructs/bootstrap/pipeline-roles.ts";
export type { FoundationScope } from "./constructs/bootstrap/foundation-scope.ts";
export { StateBucket, type StateBucketProps } from "./constructs/bootstrap/state-bucket.ts";
export type { TrustedRepository } from "./constructs/bootstrap/oidc-trust.ts";
export { fingerprintOf } from "./pipeline/fingerprint/fingerprint.ts";
export {
  PublishedOutputs,
  type PublishedOutputsProps,
} from "./constructs/foundation/published-outputs.ts";
export {
  type IRepository,
  Repository,
  type RepositoryProps,
} from "./constructs/foundation/repository.ts";
export {
  type Peer,
  peer,
  SecurityGroup,
  type SecurityGroupProps,
} from "./constructs/foundation/security-group.ts";
export {
  type Answer,
  check,
  type CheckFinding,
  type CheckOptions,
  type CheckResult,
  type MissingFact,
  type PathStep,
  type Question,
  type ServiceAnswers,
  type Severity,
  type Suppression,
} from "./checks/index.ts";
export type { ImageStatus, ImageStatuses } from "./aws/images.ts";
export { type ErrorCode, UserError, UserErrors } from "./shared/errors.ts";
export {
  type ProgressListener,
  type Difference,
  type Finding,
  type SkippedResource,
  type LocalCode,
  type ChangingCall,
  type Outage,
  type Phase,
  type PhaseName,
  type Rehearsal,
  rehearse,
  type RehearsalResult,
  type RehearseOptions,
  type ServiceVerdict,
  type Checkpoint,
  type RehearsalPathStep,
  type TestRequestResult,
} from "./rehearsal/index.ts";
