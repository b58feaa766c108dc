export { codeChangesSection } from "./code-changes.ts";
export { type PipelineIdentity, approvalOf, writeComment } from "./comment.ts";
export type { PlannedChange } from "./changes.ts";
export { type Drift, driftOf, updateDriftIssue } from "./drift-issue.ts";
export { fingerprintOf, isFingerprint } from "./fingerprint/fingerprint.ts";
export {
  type GitHub,
  type RepositoryIds,
  type RepositoryName,
  type RunAttempt,
  openGitHub,
  repositoryName,
} from "./github.ts";
export { pendingSectionOf, sectionOf, serviceSectionOf } from "./report-section.ts";
export { type PlanOutput, type PlanReport, isEmptyPlan, reportOf } from "./report.ts";
export { configPathOf, isEdited, workflowText } from "./workflow.ts";
