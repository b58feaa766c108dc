import type * as ecr from "@aws-sdk/client-ecr";
import type { WireResponse } from "../protocol/wire-types.ts";
import { sha256 } from "../services/ecr/layers.ts";
import { parseManifest } from "../services/ecr/manifests.ts";
import { RegistryError } from "./errors.ts";
import {
  emptyResponse,
  isAwsError,
  readBody,
  type RegistryRequest,
  unsupportedMethod,
} from "./request.ts";
import { isDigest } from "./route.ts";

interface ManifestRoute {
  readonly repository: string;
  readonly reference: string;
}

/** Bytes. Source: OCI Distribution Specification 1.1, "Pushing Manifests": registries should enforce 4 MiB or more. */
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

const INDEX_MEDIA_TYPE = "application/vnd.oci.image.index.v1+json";

const imageIdOf = (reference: string): ecr.ImageIdentifier =>
  isDigest(reference) ? { imageDigest: reference } : { imageTag: reference };

/** Answers a request for a manifest: pull, push and deletion. */
export function answerManifest(
  request: RegistryRequest,
  route: ManifestRoute,
): Promise<WireResponse> {
  switch (request.method) {
    case "GET":
    case "HEAD":
      return pullManifest(request, route);
    case "PUT":
      return pushManifest(request, route);
    case "DELETE":
      return deleteManifest(request, route);
    default:
      throw unsupportedMethod(request);
  }
}

async function pullManifest(
  request: RegistryRequest,
  { repository, reference }: ManifestRoute,
): Promise<WireResponse> {
  const { images = [], failures = [] } = await request.call<ecr.BatchGetImageResponse>(
    "BatchGetImage",
    { repositoryName: repository, imageIds: [imageIdOf(reference)] },
  );
  const [image] = images;
  if (!image) throw manifestFailure(failures);
  return {
    status: 200,
    headers: {
      "content-type": image.imageManifestMediaType ?? "",
      "docker-content-digest": image.imageId?.imageDigest ?? "",
    },
    body: image.imageManifest ?? "",
  };
}

/** The error for an image that a batch operation could not read or delete. */
function manifestFailure([failure]: readonly ecr.ImageFailure[]): RegistryError {
  const message = failure?.failureReason ?? "";
  return failure?.failureCode === "ImageNotFound"
    ? new RegistryError(404, "MANIFEST_UNKNOWN", message)
    : new RegistryError(405, "UNSUPPORTED", message);
}

async function pushManifest(
  request: RegistryRequest,
  { repository, reference }: ManifestRoute,
): Promise<WireResponse> {
  const body = await readBody(request, MAX_MANIFEST_BYTES);
  const imageManifest = body.toString();
  if (!Buffer.from(imageManifest).equals(body))
    throw new RegistryError(400, "MANIFEST_INVALID", "the manifest is not UTF-8 text");
  const [mediaType = ""] = (request.headers["content-type"] ?? "").split(";");
  const digest = sha256(body);
  try {
    await request.call("PutImage", {
      repositoryName: repository,
      imageManifest,
      ...(mediaType.startsWith("application/vnd.") ? { imageManifestMediaType: mediaType } : {}),
      ...(isDigest(reference) ? { imageDigest: reference } : { imageTag: reference }),
    });
  } catch (error) {
    // The repository already has this image with this tag. A client that pushes again expects a success.
    if (!isAwsError(error, "ImageAlreadyExistsException")) throw error;
  }
  const { subject } = parseManifest(imageManifest);
  return emptyResponse(201, {
    location: `/v2/${repository}/manifests/${digest}`,
    "docker-content-digest": digest,
    ...(subject ? { "oci-subject": subject.digest } : {}),
  });
}

async function deleteManifest(
  request: RegistryRequest,
  { repository, reference }: ManifestRoute,
): Promise<WireResponse> {
  const { failures = [] } = await request.call<ecr.BatchDeleteImageResponse>("BatchDeleteImage", {
    repositoryName: repository,
    imageIds: [imageIdOf(reference)],
  });
  if (failures.length > 0) throw manifestFailure(failures);
  return emptyResponse(202);
}

/** A page of a list. */
interface Page<Item> {
  readonly items: readonly Item[] | undefined;
  readonly nextToken: string | undefined;
}

/** All items of a list that the ECR API returns in pages. */
async function allPages<Item>(
  readPage: (token: { readonly nextToken?: string }) => Promise<Page<Item>>,
): Promise<Item[]> {
  const items: Item[] = [];
  let nextToken: string | undefined;
  do {
    const page = await readPage(nextToken === undefined ? {} : { nextToken });
    items.push(...(page.items ?? []));
    ({ nextToken } = page);
  } while (nextToken !== undefined);
  return items;
}

/** Lists the tags in lexical order. Source: OCI Distribution Specification 1.1, "Listing Tags". */
export async function listTags(
  request: RegistryRequest,
  { repository }: { readonly repository: string },
): Promise<WireResponse> {
  if (request.method !== "GET") throw unsupportedMethod(request);
  const ids = await allPages(async (token) => {
    const { imageIds, nextToken } = await request.call<ecr.ListImagesResponse>("ListImages", {
      repositoryName: repository,
      filter: { tagStatus: "TAGGED" },
      maxResults: 1000,
      ...token,
    });
    return { items: imageIds, nextToken };
  });
  const last = request.query.get("last") ?? "";
  const tags = ids
    .flatMap(({ imageTag = "" }) => (imageTag > last ? [imageTag] : []))
    .sort((a, b) => (a < b ? -1 : 1));
  const limit = Number(request.query.get("n") ?? tags.length);
  if (!Number.isInteger(limit) || limit < 0)
    throw new RegistryError(400, "UNSUPPORTED", "n must be an integer of 0 or more");
  const page = tags.slice(0, limit);
  const lastOfPage = page.at(-1);
  return {
    status: 200,
    headers: {
      "content-type": "application/json",
      ...(lastOfPage !== undefined && page.length < tags.length
        ? { link: `</v2/${repository}/tags/list?n=${limit}&last=${lastOfPage}>; rel="next"` }
        : {}),
    },
    body: JSON.stringify({ name: repository, tags: page }),
  };
}

/** Lists the artifacts that belong to an image. Source: OCI Distribution Specification 1.1, "Listing Referrers". */
export async function listReferrers(
  request: RegistryRequest,
  { repository, digest }: { readonly repository: string; readonly digest: string },
): Promise<WireResponse> {
  if (request.method !== "GET") throw unsupportedMethod(request);
  const artifactType = request.query.get("artifactType");
  const referrers = await allPages(async (token) => {
    const output = await request.call<ecr.ListImageReferrersResponse>("ListImageReferrers", {
      repositoryName: repository,
      subjectId: { imageDigest: digest },
      ...(artifactType === null ? {} : { filter: { artifactTypes: [artifactType] } }),
      ...token,
    });
    return { items: output.referrers, nextToken: output.nextToken };
  });
  return {
    status: 200,
    headers: {
      "content-type": INDEX_MEDIA_TYPE,
      ...(artifactType === null ? {} : { "oci-filters-applied": "artifactType" }),
    },
    body: JSON.stringify({
      schemaVersion: 2,
      mediaType: INDEX_MEDIA_TYPE,
      manifests: referrers.map(
        ({ mediaType, digest: artifact, size, artifactType, annotations }) => ({
          mediaType,
          digest: artifact,
          size,
          artifactType,
          annotations,
        }),
      ),
    }),
  };
}
