import type { BuilderName, UnusableBuilder } from "./builders.ts";

/** What a build or a push reports, in the order in which it happens. `image` is the name of the image, such as web. */
export type ImageEvent =
  /** The files of a build differ from the Git commit. */
  | { readonly type: "modified"; readonly image: string; readonly files: readonly string[] }
  | {
      readonly type: "build-started";
      readonly image: string;
      readonly platform: string;
      readonly commit: string;
      readonly builder: BuilderName;
      /** The version of the builder. */
      readonly version: string;
      /** Builders before it that cannot be used. */
      readonly unusable: readonly UnusableBuilder[];
    }
  /** A line that the builder prints. */
  | { readonly type: "build-output"; readonly image: string; readonly line: string }
  /** The image has no SBOM and no provenance attestation: the builder does not support them. */
  | {
      readonly type: "attestations-unsupported";
      readonly image: string;
      readonly builder: BuilderName;
    }
  /** The repository already contains the image of this commit: it is not built. */
  | { readonly type: "found"; readonly image: string; readonly uri: string }
  /** The upload starts. */
  | {
      readonly type: "push-started";
      readonly image: string;
      /** Repository and tag. */
      readonly uri: string;
      /** The host and port that receive the image: those of Amazon ECR or of the sandbox. */
      readonly registry: string;
    }
  /** The registry has a layer or an image configuration that it did not have before. */
  | {
      readonly type: "blob-pushed";
      readonly image: string;
      readonly digest: string;
      /** In bytes. */
      readonly size: number;
    }
  /** Amazon ECR scans the image. */
  | { readonly type: "scan-started"; readonly image: string };

/** Receives the events of a build or a push. */
export type ImageListener = (event: ImageEvent) => void;
