/**
 * Builds images with the installed builder, and pushes them to Amazon ECR or to the registry of a sandbox.
 *
 * @module
 */
export {
  buildImage,
  type BuildContext,
  type BuiltImageRecord,
  commitTag,
  ignoreFileExcludes,
  findBuiltImage,
  localNameOf,
  type ImageSource,
  type ProjectImage,
  revisionOf,
  selectBuilder,
  type SelectedBuilder,
} from "./build.ts";
export { BUILDER_NAMES, type BuilderName, type UnusableBuilder } from "./builders.ts";
export { exposedPorts } from "./dockerfile.ts";
export type { ImageEvent, ImageListener } from "./events.ts";
export { prepareImage } from "./prepared-image.ts";
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
  type ScanSeverity,
} from "./scan.ts";
