import type * as ecr from "@aws-sdk/client-ecr";
import { dnsSuffix } from "../../../aws/regions.ts";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { layerKey, layers, sha256 } from "./layers.ts";
import { expired } from "./lifecycle.ts";
import { findImage, type Image, needRepository, putRepository, type Repository } from "./tables.ts";

const TYPES = {
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
      return parsed as Manifest; // optional members, each looked at where it is used
  } catch {
    // said below
  }
  throw new AwsError(
    "InvalidParameterException",
    "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'",
  );
}

const platformOf = ({ os, architecture }: NonNullable<Descriptor["platform"]>): string =>
  `${os}/${architecture}`;

/** What an image runs on: an index says it itself, a manifest by its configuration. */
function platformsOf(
  context: Context,
  repository: Repository,
  manifest: Manifest,
): readonly string[] | undefined {
  if (manifest.manifests) {
    const named = manifest.manifests.flatMap((descriptor) =>
      descriptor.platform
        ? [platformOf(descriptor.platform)]
        : (findImage(repository, descriptor.digest ?? "")?.platforms ?? []),
    );
    return named.length > 0 ? named : undefined;
  }
  const config = context
    .in(layers)
    .get(layerKey(repository.name, manifest.config?.digest ?? ""))?.content;
  if (!config) return undefined;
  try {
    const { os, architecture } = JSON.parse(Buffer.from(config).toString()) as {
      os?: string;
      architecture?: string;
    }; // an image configuration, or anything: then both are undefined
    return os !== undefined && architecture !== undefined
      ? [platformOf({ os, architecture })]
      : undefined;
  } catch {
    return undefined;
  }
}

function checkParts(context: Context, repository: Repository, manifest: Manifest): void {
  const missing = [manifest.config, ...(manifest.layers ?? [])].flatMap((layer) =>
    layer?.digest === undefined || context.in(layers).has(layerKey(repository.name, layer.digest))
      ? []
      : [layer.digest],
  );
  if (missing.length > 0)
    throw new AwsError(
      "LayersNotFoundException",
      `The following layers were not found in the repository with name '${repository.name}': ${missing.join(", ")}`,
    );
  const lost = (manifest.manifests ?? []).flatMap((descriptor) =>
    findImage(repository, descriptor.digest ?? "") ? [] : [descriptor.digest ?? ""],
  );
  if (lost.length > 0)
    throw new AwsError(
      "ReferencedImagesNotFoundException",
      `The manifest list references images that are not in the repository with name '${repository.name}': ${lost.join(", ")}`,
    );
}

const idOf = (image: Image, tag = image.tags[0]): ecr.ImageIdentifier => ({
  imageDigest: image.digest,
  ...(tag === undefined ? {} : { imageTag: tag }),
});

const byId = (repository: Repository, id: ecr.ImageIdentifier): Image | undefined =>
  repository.images.find(
    (image) =>
      (id.imageDigest === undefined || image.digest === id.imageDigest) &&
      (id.imageTag === undefined || image.tags.includes(id.imageTag)),
  );

const failureOf = (id: ecr.ImageIdentifier): ecr.ImageFailure => ({
  imageId: id,
  failureCode: "ImageNotFound",
  failureReason: "Requested image not found",
});

const noImage = (context: Context, { name }: Repository, id: ecr.ImageIdentifier): AwsError =>
  new AwsError(
    "ImageNotFoundException",
    `The image with imageId {imageDigest:'${id.imageDigest ?? "null"}', imageTag:'${id.imageTag ?? "null"}'} does not exist within the repository with name '${name}' in the registry with id '${context.account}'`,
  );

const fits = (image: Image, filter: ecr.TagStatus | undefined): boolean =>
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
      const repository = needRepository(context, input.repositoryName, input.registryId);
      const manifest = parseManifest(input.imageManifest);
      const digest = sha256(input.imageManifest);
      if (input.imageDigest !== undefined && input.imageDigest !== digest)
        throw new AwsError(
          "ImageDigestDoesNotMatchException",
          "The specified image digest does not match the digest that Amazon ECR calculated for the image.",
        );
      checkParts(context, repository, manifest);
      const tag = input.imageTag;
      const known = findImage(repository, digest);
      if (known && (tag === undefined || known.tags.includes(tag)))
        throw new AwsError(
          "ImageAlreadyExistsException",
          `Image with digest '${digest}' and tag '${tag ?? "null"}' already exists in the repository with name '${repository.name}' in registry with id '${context.account}'`,
        );
      const holder = tag === undefined ? undefined : findImage(repository, tag);
      if (holder && repository.mutability.startsWith("IMMUTABLE"))
        throw new AwsError(
          "ImageTagAlreadyExistsException",
          `The image tag '${tag}' already exists in the '${repository.name}' repository and cannot be overwritten because the tag is immutable.`,
        );
      const platforms = platformsOf(context, repository, manifest);
      const isIndex = manifest.manifests !== undefined;
      const image: Image = known ?? {
        digest,
        manifest: input.imageManifest,
        mediaType:
          input.imageManifestMediaType ??
          manifest.mediaType ??
          (isIndex ? TYPES.ociIndex : TYPES.oci),
        tags: [],
        size: (manifest.layers ?? []).reduce((sum, layer) => sum + (layer.size ?? 0), 0),
        pushed: context.now,
        ...(platforms ? { platforms } : {}),
        ...(repository.scanOnPush ? { scanned: context.now } : {}),
      };
      const tagged = { ...image, tags: tag === undefined ? image.tags : [...image.tags, tag] };
      const others = repository.images
        .filter((otherImage) => otherImage.digest !== digest)
        .map((otherImage) =>
          otherImage === holder
            ? { ...otherImage, tags: otherImage.tags.filter((name) => name !== tag) }
            : otherImage,
        );
      putRepository(context, expired(context, { ...repository, images: [...others, tagged] }));
      return {
        image: {
          registryId: context.account,
          repositoryName: repository.name,
          imageId: idOf(tagged, tag),
          imageManifest: tagged.manifest,
          imageManifestMediaType: tagged.mediaType,
        },
      };
    },
  ),

  BatchGetImage: operation<ecr.BatchGetImageRequest, ecr.BatchGetImageResponse>()(
    ["registryId", "repositoryName", "imageIds", "acceptedMediaTypes"],
    (context, input) => {
      const repository = needRepository(context, input.repositoryName, input.registryId);
      const found = input.imageIds.map((id) => ({ id, image: byId(repository, id) }));
      return {
        images: found.flatMap(({ id, image }) =>
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
        failures: found.flatMap(({ id, image }) => (image ? [] : [failureOf(id)])),
      };
    },
  ),

  DescribeImages: operation<ecr.DescribeImagesRequest, ecr.DescribeImagesResponse>()(
    ["registryId", "repositoryName", "imageIds", "filter", "maxResults", "nextToken"],
    (context, input) => {
      const repository = needRepository(context, input.repositoryName, input.registryId);
      const rows =
        input.imageIds?.map((id) => {
          const image = byId(repository, id);
          if (!image) throw noImage(context, repository, id);
          return image;
        }) ?? repository.images.filter((image) => fits(image, input.filter?.tagStatus));
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
      const repository = needRepository(context, input.repositoryName, input.registryId);
      const ids = repository.images
        .filter((image) => fits(image, input.filter?.tagStatus))
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
      let repository = needRepository(context, input.repositoryName, input.registryId);
      const imageIds: ecr.ImageIdentifier[] = [];
      const failures: ecr.ImageFailure[] = [];
      for (const id of input.imageIds) {
        const image = byId(repository, id);
        if (!image) {
          failures.push(failureOf(id));
          continue;
        }
        imageIds.push(idOf(image, id.imageTag));
        // By tag, an image loses that tag; it goes with the last one.
        const left =
          id.imageDigest === undefined ? image.tags.filter((tag) => tag !== id.imageTag) : [];
        repository = putRepository(context, {
          ...repository,
          images: repository.images.flatMap((otherImage) =>
            otherImage !== image
              ? [otherImage]
              : left.length > 0
                ? [{ ...otherImage, tags: left }]
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
      const repository = needRepository(context, input.repositoryName, input.registryId);
      const image = byId(repository, input.imageId);
      if (!image) throw noImage(context, repository, input.imageId);
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

  // The record of a scan is kept; what it would find is not known here, and is said so.
  DescribeImageScanFindings: operation<
    ecr.DescribeImageScanFindingsRequest,
    ecr.DescribeImageScanFindingsResponse
  >()(["registryId", "repositoryName", "imageId"], (context, input) => {
    const repository = needRepository(context, input.repositoryName, input.registryId);
    const image = byId(repository, input.imageId);
    if (!image) throw noImage(context, repository, input.imageId);
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
        description: "Berth's sandbox does not look into layers",
      },
    };
  }),
};
