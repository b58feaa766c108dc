export { defineConfig } from "./config/index.ts";
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
} from "./config/index.ts";
export type { EndpointService } from "./aws/index.ts";
export { AwsProvider, type AwsProviderConfig } from "./constructs/index.ts";
export { Cluster, type ClusterProps } from "./constructs/index.ts";
export { VpcEndpoints, type VpcEndpointsProps } from "./constructs/index.ts";
export { Foundation } from "./constructs/index.ts";
export { FoundationStack } from "./constructs/index.ts";
export { EncryptionKey, type EncryptionKeyProps, type IKey } from "./constructs/index.ts";
export { LoadBalancer, type LoadBalancerProps } from "./constructs/index.ts";
export { LogGroup, type LogGroupProps } from "./constructs/index.ts";
export { type INetwork, Network, type NetworkProps } from "./constructs/index.ts";
export { PipelineRoles, type PipelineRolesProps } from "./constructs/index.ts";
export type { FoundationScope } from "./constructs/index.ts";
export { StateBucket, type StateBucketProps } from "./constructs/index.ts";
export type { TrustedRepository } from "./constructs/index.ts";
export { fingerprintOf } from "./pipeline/index.ts";
export { PublishedOutputs, type PublishedOutputsProps } from "./constructs/index.ts";
export { type IRepository, Repository, type RepositoryProps } from "./constructs/index.ts";
export { type Peer, peer, SecurityGroup, type SecurityGroupProps } from "./constructs/index.ts";
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
export type { ImageStatus, ImageStatuses } from "./aws/index.ts";
export { type ErrorCode, UserError, UserErrors } from "./shared/index.ts";
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
