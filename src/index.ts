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
export { Cluster, type ClusterProps } from "./constructs/cluster.ts";
export { Endpoints, type EndpointsProps } from "./constructs/endpoints.ts";
export { Foundation } from "./constructs/foundation.ts";
export { FoundationStack } from "./constructs/foundation-stack.ts";
export { EncryptionKey, type EncryptionKeyProps, type IKey } from "./constructs/key.ts";
export { LoadBalancer, type LoadBalancerProps } from "./constructs/load-balancer.ts";
export { Logs, type LogsProps } from "./constructs/logs.ts";
export { type INetwork, Network, type NetworkProps } from "./constructs/network.ts";
export { PipelineRoles, type PipelineRolesProps } from "./constructs/pipeline-roles.ts";
export type { FoundationScope } from "./constructs/foundation-scope.ts";
export { StateBucket, type StateBucketProps } from "./constructs/state-bucket.ts";
export type { TrustedRepository } from "./constructs/oidc-trust.ts";
export { fingerprintOf } from "./pipeline/fingerprint.ts";
export { Published, type PublishedProps } from "./constructs/published-outputs.ts";
export { type IRepository, Repository, type RepositoryProps } from "./constructs/repository.ts";
export {
  type Peer,
  peer,
  SecurityGroup,
  type SecurityGroupProps,
} from "./constructs/security-group.ts";
export {
  type Answer,
  check,
  type CheckFinding,
  type CheckOptions,
  type CheckResult,
  type Fact,
  type PathStep,
  type Question,
  type ServiceAnswers,
  type Severity,
  type Suppression,
} from "./checks/index.ts";
export type { ImageWord, ImageWords } from "./aws/images.ts";
export { type ErrorCode, UserError, UserErrors } from "./errors.ts";
export {
  type ProgressListener,
  type Difference,
  type Finding,
  type LeftOut,
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
  type Step,
  type TestRequestResult,
} from "./rehearsal/index.ts";
