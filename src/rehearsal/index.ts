export type { RehearsalResult, RehearseOptions, Checkpoint } from "./options.ts";
export type {
  DeploymentRequests,
  Difference,
  FailedRequests,
  Finding,
  SkippedResource,
  LocalCode,
  ChangingCall,
  Outage,
  Phase,
  PhaseName,
  Rehearsal,
  RehearsedDeployment,
  ServiceVerdict,
  RehearsalPathStep,
  TestRequestResult,
} from "./result.ts";
