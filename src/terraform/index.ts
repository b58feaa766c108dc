export { type Engine, findEngine } from "./engine.ts";
export type { Action, Diagnostic, OutputValue, TerraformEvent } from "./events.ts";
export { lockFolder } from "./folder-lock.ts";
export { OPENTOFU_RELEASE, OPENTOFU_RELEASES_URL, installTofu } from "./install.ts";
export { interruptible, interruptionOf } from "./interruption.ts";
export { findMirrors, mirroredVersions, registryHost } from "./mirrors.ts";
export { PlanFile } from "./plan-file.ts";
export { type EarlierRun, RunDirectory, earlierRuns } from "./run-directory.ts";
export type { Creation } from "./run-log.ts";
export { type StateLockInfo, lockInfoIn } from "./state-lock.ts";
export {
  type StateStatus,
  assertNotRunning,
  checkState,
  checkStateFiles,
  isLocalStateDamaged,
  isLockOf,
  restoreBackup,
  saveState,
  unsavedState,
} from "./state-recovery.ts";
export {
  type Outcome,
  type RunOptions,
  type StateMigration,
  Terraform,
  interruptedError,
} from "./terraform.ts";
export { WorkingFolder, terraformEnvironment } from "./working-folder.ts";
