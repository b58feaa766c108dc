import { isObject } from "../../../shared/index.ts";
import type { Context } from "../../core/operation.ts";
import { AwsError } from "../../protocol/errors.ts";
import { findLayer } from "./layers.ts";
import { findImage, type Image, type Repository } from "./tables.ts";

/** Source: OCI Image Specification, "OCI Image Media Types"; Docker, "Image Manifest V 2, Schema 2". */
const MEDIA_TYPES = {
  ociManifest: "application/vnd.oci.image.manifest.v1+json",
  ociIndex: "application/vnd.oci.image.index.v1+json",
} as const;

interface Descriptor {
  readonly digest: string;
  readonly mediaType?: string;
  readonly size?: number;
  readonly platform?: { readonly os?: string; readonly architecture?: string };
  /** Where the content of a foreign layer is. It is not in the repository. */
  readonly urls?: readonly string[];
}

/** An image manifest, or an index of images for several platforms. */
export interface Manifest {
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly manifests?: readonly Descriptor[];
  /** The image that an artifact, such as a signature, belongs to. */
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

const isDescriptor = (value: unknown): boolean =>
  isObject(value) && /^sha256:[0-9a-f]{64}$/.test(String(value["digest"]));

const areDescriptors = (value: unknown): boolean =>
  value === undefined || (Array.isArray(value) && value.every(isDescriptor));

function isManifest(value: unknown): value is Manifest {
  if (!isObject(value)) return false;
  const { layers, manifests, config, subject } = value;
  return (
    (layers !== undefined || manifests !== undefined) &&
    areDescriptors(layers) &&
    areDescriptors(manifests) &&
    [config, subject].every((member) => member === undefined || isDescriptor(member))
  );
}

/**
 * Parses the manifest of a pushed image.
 *
 * @throws AwsError InvalidParameterException if it is not a manifest with SHA-256 digests
 */
export function parseManifest(text: string): Manifest {
  try {
    const parsed: unknown = JSON.parse(text);
    if (isManifest(parsed)) return parsed;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new AwsError(
    "InvalidParameterException",
    "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'",
  );
}

/** The manifest of a stored image. */
export const manifestOf = ({ manifest }: Image): Manifest => parseManifest(manifest);

export const mediaTypeOf = (manifest: Manifest): string =>
  manifest.mediaType ?? (manifest.manifests ? MEDIA_TYPES.ociIndex : MEDIA_TYPES.ociManifest);

/** The configuration and the layers whose content is in the repository. */
const contentsOf = ({ config, layers = [] }: Manifest): readonly Descriptor[] => [
  ...(config ? [config] : []),
  ...layers.filter(({ urls = [] }) => urls.length === 0),
];

/** The digests of the layers and configurations that images refer to. */
export const layersOf = (images: readonly Image[]): ReadonlySet<string> =>
  new Set(images.flatMap((image) => contentsOf(manifestOf(image)).map(({ digest }) => digest)));

/** The digests of the images that an index of the repository refers to. */
export const indexedDigests = (images: readonly Image[]): ReadonlyMap<string, readonly string[]> =>
  images.reduce((indexes, image) => {
    for (const { digest } of manifestOf(image).manifests ?? [])
      indexes.set(digest, [...(indexes.get(digest) ?? []), image.digest]);
    return indexes;
  }, new Map<string, string[]>());

/**
 * Checks that a repository has the content that a manifest refers to.
 *
 * @throws AwsError LayersNotFoundException or ReferencedImagesNotFoundException
 */
export function requireReferencedContent(
  context: Context,
  repository: Repository,
  manifest: Manifest,
): void {
  const missingLayers = contentsOf(manifest).flatMap(({ digest }) =>
    findLayer(context, repository.name, digest) ? [] : [digest],
  );
  if (missingLayers.length > 0)
    throw new AwsError(
      "LayersNotFoundException",
      `The following layers were not found in the repository with name '${repository.name}': ${missingLayers.join(", ")}`,
    );
  const missingImages = (manifest.manifests ?? []).flatMap(({ digest }) =>
    findImage(repository, digest) ? [] : [digest],
  );
  if (missingImages.length > 0)
    throw new AwsError(
      "ReferencedImagesNotFoundException",
      `The manifest list references images that are not in the repository with name '${repository.name}': ${missingImages.join(", ")}`,
    );
}

/** Bytes. A larger configuration is not read. */
const MAX_CONFIG_BYTES = 4 * 1024 * 1024;

const platformOf = ({ os, architecture }: NonNullable<Descriptor["platform"]>): string =>
  `${os}/${architecture}`;

/** The platforms of an image: from the index, or from the image configuration of a manifest. */
export function platformsOf(
  context: Context,
  repository: Repository,
  manifest: Manifest,
): readonly string[] | undefined {
  if (manifest.manifests) {
    const indexPlatforms = manifest.manifests.flatMap((descriptor) =>
      descriptor.platform
        ? [platformOf(descriptor.platform)]
        : (findImage(repository, descriptor.digest)?.platforms ?? []),
    );
    return indexPlatforms.length > 0 ? indexPlatforms : undefined;
  }
  const layer = findLayer(context, repository.name, manifest.config?.digest ?? "");
  if (!layer || layer.size > MAX_CONFIG_BYTES) return undefined;
  try {
    const config: unknown = JSON.parse(context.blobs.read(layer.blob).toString());
    if (!isObject(config)) return undefined;
    const { os, architecture } = config;
    return typeof os === "string" && typeof architecture === "string"
      ? [platformOf({ os, architecture })]
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
