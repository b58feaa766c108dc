export { berthCommand } from "./berth-command.ts";
export { type ErrorCode, UserError, UserErrors } from "./errors.ts";
export {
  jsonText,
  mapText,
  markdownBlock,
  markdownCellCode,
  markdownCode,
  markdownText,
  styledLines,
  terminalLines,
  terminalText,
  workflowCommand,
} from "./escape.ts";
export {
  assertNoLinksIn,
  assertWritable,
  createFile,
  fileSystemProblem,
  makeFolder,
  replaceFile,
} from "./files.ts";
export { type Json, isObject } from "./json.ts";
export { type FileLock, type HeldLock, acquireLock } from "./lock-file.ts";
export {
  type PackageManager,
  type PackageManagerName,
  packageManagerNamed,
  packageManagerOf,
} from "./package-manager.ts";
export {
  type OwnerState,
  type ProcessOwner,
  describeProcess,
  ownerState,
  parseOwner,
} from "./process-owner.ts";
export { seeded } from "./random.ts";
export { versionConflicts } from "./module-versions.ts";
export { pathText, rejectUndefined } from "./reject-undefined.ts";
export { type Locate, type SourceLocation, locationPath, locationText } from "./source-location.ts";
export { temporaryFolder } from "./temporary-folder.ts";
export { type Paint, countOf, duration, withoutColor, wrap } from "./text.ts";
export { matchesWildcard, questionMark } from "./wildcard.ts";
