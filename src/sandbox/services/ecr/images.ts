import type * as ecr from "@aws-sdk/client-ecr";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { idOf, imageNotFound, imageWithId } from "./image-ids.ts";
import { deleteLayers, sha256 } from "./layers.ts";
import { expireImages } from "./lifecycle.ts";
import {
  indexedDigests,
  layersOf,
  type Manifest,
  manifestOf,
  mediaTypeOf,
  parseManifest,
  platformsOf,
  requireReferencedContent,
} from "./manifests.ts";
import { scanDetails } from "./scanning.ts";
import {
  findImage,
  type Image,
  putRepository,
  type Repository,
  repositories,
  requireRepository,
} from "./tables.ts";

const imageNotFoundFailure = (id: ecr.ImageIdentifier): ecr.ImageFailure => ({
  imageId: id,
  failureCode: "ImageNotFound",
  failureReason: "Requested image not found",
});

/** Stores the images of a repository, and deletes the layers that only its former images referred to. */
export function putImages(context: Context, repository: Repository): Repository {
  const formerImages = context.in(repositories).get(repository.name)?.images ?? [];
  const formerLayers = layersOf(
    formerImages.filter((image) => !findImage(repository, image.digest)),
  );
  if (formerLayers.size > 0) {
    const usedLayers = layersOf(repository.images);
    deleteLayers(
      context,
      repository.name,
      (digest) => !formerLayers.has(digest) || usedLayers.has(digest),
    );
  }
  return putRepository(context, repository);
}

/** Bytes of the layers: of an index, the layers of its images. */
const sizeOf = (repository: Repository, { layers = [], manifests = [] }: Manifest): number =>
  [
    ...layers.map(({ size }) => size ?? 0),
    ...manifests.map(({ digest }) => findImage(repository, digest)?.size ?? 0),
  ].reduce((sum, size) => sum + size, 0);

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
      const image: Image = existingImage ?? {
        digest,
        manifest: input.imageManifest,
        mediaType: input.imageManifestMediaType ?? mediaTypeOf(manifest),
        tags: [],
        size: sizeOf(repository, manifest),
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
      putImages(
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
        imageDetails: items.map((image) => {
          const { config, artifactType = config?.mediaType, subject } = manifestOf(image);
          return {
            registryId: context.account,
            repositoryName: repository.name,
            imageDigest: image.digest,
            ...(image.tags.length > 0 ? { imageTags: [...image.tags] } : {}),
            imageSizeInBytes: image.size,
            imagePushedAt: image.pushed,
            imageManifestMediaType: image.mediaType,
            ...(artifactType === undefined ? {} : { artifactMediaType: artifactType }),
            ...(subject ? { subjectManifestDigest: subject.digest } : {}),
            ...scanDetails(context, repository, image),
          };
        }),
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
        // With a tag in the request, only the tag is removed. An image without tags is deleted.
        const remainingTags =
          id.imageDigest === undefined ? image.tags.filter((tag) => tag !== id.imageTag) : [];
        const indexes = indexedDigests(repository.images).get(image.digest);
        if (indexes && remainingTags.length === 0) {
          failures.push({
            imageId: idOf(image, id.imageTag),
            failureCode: "ImageReferencedByManifestList",
            failureReason: `Requested image referenced by manifest list: [${indexes.join(", ")}]`,
          });
          continue;
        }
        imageIds.push(idOf(image, id.imageTag));
        repository = putImages(context, {
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

  ListImageReferrers: operation<ecr.ListImageReferrersRequest, ecr.ListImageReferrersResponse>()(
    ["registryId", "repositoryName", "subjectId", "filter", "maxResults", "nextToken"],
    (context, input) => {
      const repository = requireRepository(context, input.repositoryName, input.registryId);
      const { artifactTypes, artifactStatus = "ACTIVE" } = input.filter ?? {};
      const referrers = repository.images.flatMap((image) => {
        const { subject, config, annotations, ...manifest } = manifestOf(image);
        const artifactType = manifest.artifactType ?? config?.mediaType;
        if (subject?.digest !== input.subjectId.imageDigest) return [];
        if (artifactTypes && !artifactTypes.includes(artifactType ?? "")) return [];
        return [
          {
            digest: image.digest,
            mediaType: image.mediaType,
            ...(artifactType === undefined ? {} : { artifactType }),
            size: Buffer.byteLength(image.manifest),
            ...(annotations ? { annotations: { ...annotations } } : {}),
            artifactStatus: "ACTIVE" as const,
          },
        ];
      });
      // The sandbox does not archive images.
      const isListed = artifactStatus === "ACTIVE" || artifactStatus === "ANY";
      const { items, next } = page(
        isListed ? referrers : [],
        input.maxResults ?? 50,
        input.nextToken,
      );
      return { referrers: items, ...(next === undefined ? {} : { nextToken: next }) };
    },
  ),
};
