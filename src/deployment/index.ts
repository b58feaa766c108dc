/**
 * Deployments of ECS services: starts a service deployment, waits for it, and explains why tasks of the new revision stopped. It
 * knows nothing about Terraform.
 *
 * @module
 */
export type { DeploymentClient, Service, ServiceDeployment, Task } from "./aws-types.ts";
export { type Clock, systemClock } from "./clock.ts";
export {
  type CountOptions,
  countReached,
  type ServiceCount,
  waitForCount,
} from "./count.ts";
export {
  causesOf,
  type DeploymentCause,
  type DeploymentEvidence,
  type StoppedContainer,
  taskIdOf,
} from "./diagnosis.ts";
export { type EcrImage, parseEcrImage, resolveImage } from "./images.ts";
export {
  type OneOffTask,
  type OneOffTaskOptions,
  runTaskOnce,
  type StoppedOneOffTask,
  type UnplacedTask,
} from "./one-off-task.ts";
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
export {
  currentDeployments,
  findDeployment,
  findRevision,
  findService,
  listDeployments,
  revisionName,
  type ServiceDeploymentRecord,
  type ServiceName,
} from "./service.ts";
export { type StartedDeployment, startDeployment, type StartOptions } from "./start.ts";
export {
  type CompletedDeployment,
  findPreviousRevision,
  type RunningRevision,
  waitForDeployment,
  type WaitEvent,
  type WaitOptions,
} from "./wait.ts";
