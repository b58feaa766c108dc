export { configFileIn, DEFAULT_CONFIG_FILE, findConfig } from "./find.ts";
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
  type Overrides,
  type PipelineOptions,
  type ProjectOptions,
  type RepositoryOptions,
  type Settings,
  type StateOptions,
  type TaskOptions,
  defineConfig,
} from "./options.ts";
export {
  branchOf,
  gitHubEnvironment,
  imageWorkflowFile,
  pipelineOf,
  roleName,
  workflowFile,
} from "./pipeline.ts";
