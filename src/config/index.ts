export { DEFAULT_TASK_SIZE } from "./check-workloads.ts";
export { configFileIn, DEFAULT_CONFIG_FILE, findConfig } from "./find.ts";
export { foundationNameProblem } from "./foundation-name.ts";
export { imageUriProblem } from "./image-uri.ts";
export { optionPosition } from "./locate.ts";
export { nearestSuggestion, regionSuggestion } from "./nearest.ts";
export {
  type ChecksOptions,
  type ClusterOptions,
  type Config,
  type Egress,
  type EgressRule,
  type EnvironmentOptions,
  type ExistingKey,
  type ExistingNetwork,
  type ExistingRepository,
  type FoundationOptions,
  type HealthCheckOptions,
  type KeyOptions,
  type LoadBalancerOptions,
  type LogOptions,
  type NetworkOptions,
  type PipelineOptions,
  type ProjectOptions,
  type RepositoryOptions,
  type ServiceOverrides,
  type Settings,
  type StateOptions,
  type TaskOptions,
  defineConfig,
  imagePlatformOf,
  outboundPathOf,
} from "./options.ts";
export type { Overrides } from "./overrides.ts";
export {
  boundaryArn,
  branchOf,
  gitHubEnvironment,
  imageWorkflowFile,
  pipelineOf,
  type PipelineRole,
  roleName,
  serviceRoleBoundary,
  workflowFile,
} from "./pipeline.ts";
export type {
  BeforeOptions,
  BuiltImage,
  ContainerCondition,
  ContainerHealthCheckOptions,
  ContainerOptions,
  DeploymentAlarmOptions,
  DeploymentOptions,
  DigestImage,
  JobOptions,
  ParameterReference,
  PermissionOptions,
  RouteOptions,
  ScaleOptions,
  SecretReference,
  ServiceHealthCheckOptions,
  ServiceLogOptions,
  ServiceOptions,
  SidecarOptions,
  TaggedImage,
  TaskSizeOptions,
  WorkloadOptions,
} from "./service-options.ts";
export { patternsOf, priorityOf } from "./routes.ts";
