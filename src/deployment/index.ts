/**
 * Deployments of ECS services: starts a service deployment, waits for it, and explains why tasks of the new revision stopped. It
 * knows nothing about Terraform.
 *
 * @module
 */
export type { DeploymentClient } from "./aws-types.ts";
export { type Clock, systemClock } from "./clock.ts";
export { countReached, type ServiceCount, waitForCount } from "./count.ts";
export {
  causesOf,
  type DeploymentCause,
  type DeploymentEvidence,
  type StoppedContainer,
  taskIdOf,
} from "./diagnosis.ts";
export { findRemains, removeRemains } from "./destroy.ts";
export { describeTaskDefinition, haveSameContent } from "./equal-revisions.ts";
export { resolveImage } from "./images.ts";
export { type OneOffTask, runTaskOnce } from "./one-off-task.ts";
export {
  type DeploymentOutcome,
  type DeploymentProgress,
  type DeploymentStage,
  type DeploymentStatus,
  type DeploymentTrigger,
  isCompleted,
  outcomeOf,
  progressOf,
  type TargetCounts,
  triggerOf,
} from "./service-deployment.ts";
export { findRollback } from "./previous-revision.ts";
export { findService, revisionName } from "./service.ts";
export { firstDeployment, type StartedDeployment, startDeployment } from "./start.ts";
export {
  type CompletedDeployment,
  type RunningRevision,
  waitForDeployment,
  type WaitEvent,
} from "./wait.ts";
