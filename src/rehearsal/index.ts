export type { RehearsalResult, RehearseOptions, Checkpoint } from "./options.ts";
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
  ServiceVerdict,
  RehearsalPathStep,
  TestRequestResult,
} from "./result.ts";
