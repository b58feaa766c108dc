/// <reference types="node" preserve="true" />
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
  type CheckFinding,
  checkPlan,
  type CheckOptions as CheckPlanOptions,
  type CheckResult,
  type MissingFact,
  type PathStep,
  type Question,
  type ServiceAnswers,
  type Severity,
  type Suppression,
} from "./checks/index.ts";
export type { ImageStatus, ImageStatuses } from "./aws/index.ts";
export type { Drift, PlannedChange, PlanReport } from "./pipeline/index.ts";
export { type ErrorCode, type SourceLocation, UserError, UserErrors } from "./shared/index.ts";
export type {
  Difference,
  Finding,
  SkippedResource,
  LocalCode,
  ChangingCall,
  Outage,
  Phase,
  PhaseName,
  Rehearsal,
  RehearsalResult,
  RehearseOptions,
  ServiceVerdict,
  Checkpoint,
  RehearsalPathStep,
  TestRequestResult,
} from "./rehearsal/index.ts";
export type { Action as TerraformAction } from "./terraform/index.ts";
export {
  apply,
  type ApplyOptions,
  type ApplyResult,
  bootstrap,
  type BootstrapOptions,
  type BootstrapResult,
  type ChangeCounts,
  check,
  type CheckedInput,
  type CheckOptions,
  type ConfigOptions,
  type Confirmation,
  destroy,
  type DestroyOptions,
  type DestroyResult,
  drift,
  type DriftResult,
  type DeferredRead,
  type FolderParts,
  type InfrastructureOptions,
  OperationFailedError,
  type OperationEvent,
  type OperationStep,
  type OperationHost,
  output,
  type Outputs,
  plan,
  type PlannedChanges,
  type PlannedResource,
  type PlanOptions,
  type PlanResult,
  recover,
  type RecoverOptions,
  type RecoverResult,
  rehearse,
  type ResourceEvent,
  synth,
  type SynthOptions,
  type SynthResult,
} from "./app/index.ts";
