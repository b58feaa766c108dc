/**
 * Builds images with the installed builder, and pushes them to Amazon ECR or to the registry of a sandbox.
 *
 * @module
 */
export {
  buildImages,
  type BuildContext,
  type BuiltImageRecord,
  commitTag,
  excludes,
  findBuiltImage,
  type ImageSource,
  type ProjectImage,
  revisionOf,
} from "./build.ts";
export { BUILDER_NAMES, type BuilderName, type UnusableBuilder } from "./builders.ts";
export { type ExposedPorts, exposedPorts } from "./dockerfile.ts";
export type { ImageEvent, ImageListener } from "./events.ts";
export {
  digestOfTag,
  type ImageRepository,
  openRepository,
  type PushedImage,
  pushImage,
  type RepositoryReference,
} from "./push.ts";
export {
  failingFindings,
  type ImageScan,
  type ScanFinding,
  scanVerdict,
  SEVERITIES,
  type ScanSeverity,
} from "./scan.ts";
