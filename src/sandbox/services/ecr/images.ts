import type * as ecr from "@aws-sdk/client-ecr";
import { dnsSuffix } from "../../../aws/index.ts";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { layerKey, layers, sha256 } from "./layers.ts";
import { expireImages } from "./lifecycle.ts";
import {
  findImage,
  type Image,
  requireRepository,
  putRepository,
  type Repository,
} from "./tables.ts";

const MEDIA_TYPES = {
  docker: "application/vnd.docker.distribution.manifest.v2+json",
  dockerList: "application/vnd.docker.distribution.manifest.list.v2+json",
  oci: "application/vnd.oci.image.manifest.v1+json",
  ociIndex: "application/vnd.oci.image.index.v1+json",
} as const;

interface Descriptor {
  readonly digest?: string;
  readonly size?: number;
  readonly platform?: { readonly os?: string; readonly architecture?: string };
}

interface Manifest {
  readonly mediaType?: string;
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly manifests?: readonly Descriptor[];
}

function parseManifest(text: string): Manifest {
  try {
    const parsed: unknown = JSON.parse(text);
    if (
      typeof parsed === "object" &&
      parsed !== null &&
      ("layers" in parsed || "manifests" in parsed)
    )
      return parsed as Manifest; // all members are optional, and checked at their use
  } catch {
    // The error below is also for invalid JSON.
  }
  throw new AwsError(
    "InvalidParameterException",
    "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'",
  );
}

const platformOf = ({ os, architecture }: NonNullable<Descriptor["platform"]>): string =>
  `${os}/${architecture}`;

/** The platforms of an image: from the index, or from the image configuration of a manifest. */
function platformsOf(
  context: Context,
  repository: Repository,
  manifest: Manifest,
): readonly string[] | undefined {
  if (manifest.manifests) {
    const indexPlatforms = manifest.manifests.flatMap((descriptor) =>
      descriptor.platform
        ? [platformOf(descriptor.platform)]
        : (findImage(repository, descriptor.digest ?? "")?.platforms ?? []),
    );
    return indexPlatforms.length > 0 ? indexPlatforms : undefined;
  }
  const config = context
    .in(layers)
    .get(layerKey(repository.name, manifest.config?.digest ?? ""))?.content;
  if (!config) return undefined;
  try {
    const { os, architecture } = JSON.parse(Buffer.from(config).toString()) as {
      os?: string;
      architecture?: string;
    }; // both are undefined if it is not an image configuration
    return os !== undefined && architecture !== undefined
      ? [platformOf({ os, architecture })]
      : undefined;
  } catch {
    return undefined;
  }
}

function requireReferencedContent(
  context: Context,
  repository: Repository,
  manifest: Manifest,
): void {
  const missingLayers = [manifest.config, ...(manifest.layers ?? [])].flatMap((layer) =>
    layer?.digest === undefined || context.in(layers).has(layerKey(repository.name, layer.digest))
      ? []
      : [layer.digest],
  );
  if (missingLayers.length > 0)
    throw new AwsError(
      "LayersNotFoundException",
      `The following layers were not found in the repository with name '${repository.name}': ${missingLayers.join(", ")}`,
    );
  const missingImages = (manifest.manifests ?? []).flatMap((descriptor) =>
    findImage(repository, descriptor.digest ?? "") ? [] : [descriptor.digest ?? ""],
  );
  if (missingImages.length > 0)
    throw new AwsError(
      "ReferencedImagesNotFoundException",
      `The manifest list references images that are not in the repository with name '${repository.name}': ${missingImages.join(", ")}`,
    );
}

const idOf = (image: Image, tag = image.tags[0]): ecr.ImageIdentifier => ({
  imageDigest: image.digest,
  ...(tag === undefined ? {} : { imageTag: tag }),
});

const imageWithId = (repository: Repository, id: ecr.ImageIdentifier): Image | undefined =>
  repository.images.find(
    (image) =>
      (id.imageDigest === undefined || image.digest === id.imageDigest) &&
      (id.imageTag === undefined || image.tags.includes(id.imageTag)),
  );

const imageNotFoundFailure = (id: ecr.ImageIdentifier): ecr.ImageFailure => ({
  imageId: id,
  failureCode: "ImageNotFound",
  failureReason: "Requested image not found",
});

const imageNotFound = (context: Context, { name }: Repository, id: ecr.ImageIdentifier): AwsError =>
  new AwsError(
    "ImageNotFoundException",
    `The image with imageId {imageDigest:'${id.imageDigest ?? "null"}', imageTag:'${id.imageTag ?? "null"}'} does not exist within the repository with name '${name}' in the registry with id '${context.account}'`,
  );

const hasTagStatus = (image: Image, filter: ecr.TagStatus | undefined): boolean =>
  filter === undefined || filter === "ANY" || (filter === "TAGGED") === image.tags.length > 0;

export const imageOperations: Operations = {
  PutImage: operation<ecr.PutImageRequest, ecr.PutImageResponse>()(
    [
      "registryId",
      "repositoryName",
      "imageManifest",
      "imageManifestMediaType",
      "imageTag",
      "imageDigest",
    ],
    (context, input) => {
      const repository = requireRepository(context, input.repositoryName, input.registryId);
      const manifest = parseManifest(input.imageManifest);
      const digest = sha256(input.imageManifest);
      if (input.imageDigest !== undefined && input.imageDigest !== digest)
        throw new AwsError(
          "ImageDigestDoesNotMatchException",
          "The specified image digest does not match the digest that Amazon ECR calculated for the image.",
        );
      requireReferencedContent(context, repository, manifest);
      const tag = input.imageTag;
      const existingImage = findImage(repository, digest);
      if (existingImage && (tag === undefined || existingImage.tags.includes(tag)))
        throw new AwsError(
          "ImageAlreadyExistsException",
          `Image with digest '${digest}' and tag '${tag ?? "null"}' already exists in the repository with name '${repository.name}' in registry with id '${context.account}'`,
        );
      const imageWithTag = tag === undefined ? undefined : findImage(repository, tag);
      if (imageWithTag && repository.mutability.startsWith("IMMUTABLE"))
        throw new AwsError(
          "ImageTagAlreadyExistsException",
          `The image tag '${tag}' already exists in the '${repository.name}' repository and cannot be overwritten because the tag is immutable.`,
        );
      const platforms = platformsOf(context, repository, manifest);
      const isIndex = manifest.manifests !== undefined;
      const image: Image = existingImage ?? {
        digest,
        manifest: input.imageManifest,
        mediaType:
          input.imageManifestMediaType ??
          manifest.mediaType ??
          (isIndex ? MEDIA_TYPES.ociIndex : MEDIA_TYPES.oci),
        tags: [],
        size: (manifest.layers ?? []).reduce((sum, layer) => sum + (layer.size ?? 0), 0),
        pushed: context.now,
        ...(platforms ? { platforms } : {}),
        ...(repository.scanOnPush ? { scanned: context.now } : {}),
      };
      const taggedImage = { ...image, tags: tag === undefined ? image.tags : [...image.tags, tag] };
      const otherImages = repository.images
        .filter((otherImage) => otherImage.digest !== digest)
        .map((otherImage) =>
          otherImage === imageWithTag
            ? { ...otherImage, tags: otherImage.tags.filter((name) => name !== tag) }
            : otherImage,
        );
      putRepository(
        context,
        expireImages(context, { ...repository, images: [...otherImages, taggedImage] }),
      );
      return {
        image: {
          registryId: context.account,
          repositoryName: repository.name,
          imageId: idOf(taggedImage, tag),
          imageManifest: taggedImage.manifest,
          imageManifestMediaType: taggedImage.mediaType,
        },
      };
    },
  ),

  BatchGetImage: operation<ecr.BatchGetImageRequest, ecr.BatchGetImageResponse>()(
    ["registryId", "repositoryName", "imageIds", "acceptedMediaTypes"],
    (context, input) => {
      const repository = requireRepository(context, input.repositoryName, input.registryId);
      const results = input.imageIds.map((id) => ({ id, image: imageWithId(repository, id) }));
      const other = results.find(
        ({ image }) => image && input.acceptedMediaTypes?.includes(image.mediaType) === false,
      );
      if (other) throw notImplemented(`the conversion of ${other.image?.mediaType} manifests`);
      return {
        images: results.flatMap(({ id, image }) =>
          image
            ? [
                {
                  registryId: context.account,
                  repositoryName: repository.name,
                  imageId: idOf(image, id.imageTag),
                  imageManifest: image.manifest,
                  imageManifestMediaType: image.mediaType,
                },
              ]
            : [],
        ),
        failures: results.flatMap(({ id, image }) => (image ? [] : [imageNotFoundFailure(id)])),
      };
    },
  ),

  DescribeImages: operation<ecr.DescribeImagesRequest, ecr.DescribeImagesResponse>()(
    ["registryId", "repositoryName", "imageIds", "filter", "maxResults", "nextToken"],
    (context, input) => {
      const repository = requireRepository(context, input.repositoryName, input.registryId);
      const rows =
        input.imageIds?.map((id) => {
          const image = imageWithId(repository, id);
          if (!image) throw imageNotFound(context, repository, id);
          return image;
        }) ?? repository.images.filter((image) => hasTagStatus(image, input.filter?.tagStatus));
      const { items, next } = page(rows, input.maxResults ?? 100, input.nextToken);
      return {
        imageDetails: items.map((image) => ({
          registryId: context.account,
          repositoryName: repository.name,
          imageDigest: image.digest,
          ...(image.tags.length > 0 ? { imageTags: [...image.tags] } : {}),
          imageSizeInBytes: image.size,
          imagePushedAt: image.pushed,
          imageManifestMediaType: image.mediaType,
        })),
        ...(next === undefined ? {} : { nextToken: next }),
      };
    },
  ),

  ListImages: operation<ecr.ListImagesRequest, ecr.ListImagesResponse>()(
    ["registryId", "repositoryName", "filter", "maxResults", "nextToken"],
    (context, input) => {
      const repository = requireRepository(context, input.repositoryName, input.registryId);
      const ids = repository.images
        .filter((image) => hasTagStatus(image, input.filter?.tagStatus))
        .flatMap((image) =>
          image.tags.length > 0 ? image.tags.map((tag) => idOf(image, tag)) : [idOf(image)],
        );
      const { items, next } = page(ids, input.maxResults ?? 100, input.nextToken);
      return { imageIds: items, ...(next === undefined ? {} : { nextToken: next }) };
    },
  ),

  BatchDeleteImage: operation<ecr.BatchDeleteImageRequest, ecr.BatchDeleteImageResponse>()(
    ["registryId", "repositoryName", "imageIds"],
    (context, input) => {
      let repository = requireRepository(context, input.repositoryName, input.registryId);
      const imageIds: ecr.ImageIdentifier[] = [];
      const failures: ecr.ImageFailure[] = [];
      for (const id of input.imageIds) {
        const image = imageWithId(repository, id);
        if (!image) {
          failures.push(imageNotFoundFailure(id));
          continue;
        }
        imageIds.push(idOf(image, id.imageTag));
        // With a tag in the request, only the tag is removed. An image without tags is deleted.
        const remainingTags =
          id.imageDigest === undefined ? image.tags.filter((tag) => tag !== id.imageTag) : [];
        repository = putRepository(context, {
          ...repository,
          images: repository.images.flatMap((otherImage) =>
            otherImage !== image
              ? [otherImage]
              : remainingTags.length > 0
                ? [{ ...otherImage, tags: remainingTags }]
                : [],
          ),
        });
      }
      return { imageIds, failures };
    },
  ),

  GetAuthorizationToken: operation<
    ecr.GetAuthorizationTokenRequest,
    ecr.GetAuthorizationTokenResponse
  >()([], (context) => ({
    authorizationData: [
      {
        authorizationToken: Buffer.from(`AWS:${context.hex(64)}`).toString("base64"),
        expiresAt: new Date(context.now.getTime() + 12 * 60 * 60 * 1000),
        proxyEndpoint: `https://${context.account}.dkr.ecr.${context.region}.${dnsSuffix(context.partition)}`,
      },
    ],
  })),

  StartImageScan: operation<ecr.StartImageScanRequest, ecr.StartImageScanResponse>()(
    ["registryId", "repositoryName", "imageId"],
    (context, input) => {
      const repository = requireRepository(context, input.repositoryName, input.registryId);
      const image = imageWithId(repository, input.imageId);
      if (!image) throw imageNotFound(context, repository, input.imageId);
      putRepository(context, {
        ...repository,
        images: repository.images.map((otherImage) =>
          otherImage === image ? { ...otherImage, scanned: context.now } : otherImage,
        ),
      });
      return {
        registryId: context.account,
        repositoryName: repository.name,
        imageId: idOf(image),
        imageScanStatus: { status: "IN_PROGRESS" },
      };
    },
  ),

  // The sandbox records the scan. The response has no findings and describes the reason.
  DescribeImageScanFindings: operation<
    ecr.DescribeImageScanFindingsRequest,
    ecr.DescribeImageScanFindingsResponse
  >()(["registryId", "repositoryName", "imageId"], (context, input) => {
    const repository = requireRepository(context, input.repositoryName, input.registryId);
    const image = imageWithId(repository, input.imageId);
    if (!image) throw imageNotFound(context, repository, input.imageId);
    if (!image.scanned)
      throw new AwsError(
        "ScanNotFoundException",
        `Image scan does not exist for the image with '{imageDigest:'${image.digest}', imageTag:'${image.tags[0] ?? "null"}'}' in the repository with name '${repository.name}' in the registry with id '${context.account}'`,
      );
    return {
      registryId: context.account,
      repositoryName: repository.name,
      imageId: idOf(image),
      imageScanStatus: {
        status: "FINDINGS_UNAVAILABLE",
        description: "Berth's sandbox does not scan layers",
      },
    };
  }),
};
