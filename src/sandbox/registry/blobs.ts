import type * as ecr from "@aws-sdk/client-ecr";
import type { WireResponse } from "../protocol/wire-types.ts";
import { canMountLayers } from "../services/ecr/account-settings.ts";
import { endUpload, findLayer, findUpload, shareLayer } from "../services/ecr/layers.ts";
import { repositories } from "../services/ecr/tables.ts";
import { RegistryError } from "./errors.ts";
import { emptyResponse, isAwsError, type RegistryRequest, unsupportedMethod } from "./request.ts";
import { isDigest } from "./route.ts";

interface BlobRoute {
  readonly repository: string;
  readonly digest: string;
}

interface UploadRoute {
  readonly repository: string;
  readonly id: string;
}

/** Bytes of an UploadLayerPart call. A body is not kept in memory as a whole. */
const PART_BYTES = 8 * 1024 * 1024;

const blobUnknown = ({ repository, digest }: BlobRoute): RegistryError =>
  new RegistryError(
    404,
    "BLOB_UNKNOWN",
    `The layer with digest '${digest}' does not exist in the repository with name '${repository}'`,
  );

/** Answers a request for a blob. As on AWS, the content is at another URL. */
export async function answerBlob(
  request: RegistryRequest,
  route: BlobRoute,
): Promise<WireResponse> {
  const { repository, digest } = route;
  switch (request.method) {
    case "HEAD": {
      const { layers = [] } = await request.call<ecr.BatchCheckLayerAvailabilityResponse>(
        "BatchCheckLayerAvailability",
        { repositoryName: repository, layerDigests: [digest] },
      );
      const [layer] = layers;
      if (layer?.layerAvailability !== "AVAILABLE") throw blobUnknown(route);
      return emptyResponse(200, {
        "content-type": "application/octet-stream",
        "content-length": String(layer.layerSize),
        "docker-content-digest": digest,
      });
    }
    case "GET":
      try {
        const { downloadUrl = "" } = await request.call<ecr.GetDownloadUrlForLayerResponse>(
          "GetDownloadUrlForLayer",
          { repositoryName: repository, layerDigest: digest },
        );
        // The client may use another name or port of the sandbox, such as a forwarded port.
        return emptyResponse(307, { location: new URL(downloadUrl).pathname });
      } catch (error) {
        throw isAwsError(error, "LayersNotFoundException") ? blobUnknown(route) : error;
      }
    default:
      throw unsupportedMethod(request);
  }
}

/** Starts an upload. The whole blob can be in the request, and a blob of another repository can be mounted instead. */
export async function startUpload(
  request: RegistryRequest,
  { repository }: { readonly repository: string },
): Promise<WireResponse> {
  if (request.method !== "POST") throw unsupportedMethod(request);
  const { uploadId: id = "" } = await request.call<ecr.InitiateLayerUploadResponse>(
    "InitiateLayerUpload",
    { repositoryName: repository },
  );
  const [digest, mount] = [request.query.get("digest"), request.query.get("mount")];
  if (mount !== null && (await isMounted(request, { repository, digest: mount }, id)))
    return created(repository, mount);
  return digest === null
    ? accepted({ repository, id }, 0)
    : completeUpload(request, { repository, id }, digest);
}

/**
 * Mounts a blob of another repository, if the account allows it, the caller may download the blob, and both repositories have
 * the same encryption. If not, the client uploads the blob.
 *
 * Source: Amazon ECR User Guide, "Blob mounting in Amazon ECR".
 */
async function isMounted(
  request: RegistryRequest,
  { repository, digest }: BlobRoute,
  uploadId: string,
): Promise<boolean> {
  const { context } = request;
  const from = request.query.get("from") ?? "";
  const layer = findLayer(context, from, digest);
  const encryptions = [from, repository].map((name) =>
    JSON.stringify(context.in(repositories).get(name)?.encryption),
  );
  if (!canMountLayers(context) || !layer || encryptions[0] !== encryptions[1]) return false;
  try {
    await request.call("GetDownloadUrlForLayer", { repositoryName: from, layerDigest: digest });
  } catch (error) {
    if (isAwsError(error, "AccessDeniedException")) return false;
    throw error;
  }
  request.change(() => {
    shareLayer(context, layer, repository);
    endUpload(context, uploadId);
  });
  return true;
}

/** Answers a request for an upload: its next part, its last part, or how much of it has arrived. */
export async function answerUpload(
  request: RegistryRequest,
  route: UploadRoute,
): Promise<WireResponse> {
  switch (request.method) {
    case "GET":
      return emptyResponse(204, uploadHeaders(route, requireUploadSize(request, route)));
    case "PATCH": {
      requireNextRange(request, route);
      return accepted(route, await uploadBody(request, route));
    }
    case "PUT":
      return completeUpload(request, route, request.query.get("digest") ?? "");
    default:
      throw unsupportedMethod(request);
  }
}

function requireUploadSize({ context }: RegistryRequest, { repository, id }: UploadRoute): number {
  const upload = findUpload(context, repository, id);
  if (upload) return upload.size;
  throw new RegistryError(
    404,
    "BLOB_UPLOAD_UNKNOWN",
    `An upload with id '${id}' cannot be found in the repository with name '${repository}'`,
  );
}

/** A part must begin where the previous one ended. */
function requireNextRange(request: RegistryRequest, route: UploadRoute): void {
  const size = requireUploadSize(request, route);
  const range = request.headers["content-range"];
  if (range === undefined) return;
  const start = /^(?:bytes )?(\d+)-\d+/.exec(range)?.[1];
  if (start !== undefined && Number(start) === size) return;
  throw new RegistryError(
    416,
    "BLOB_UPLOAD_INVALID",
    `the next part of the upload begins at byte ${size}`,
  );
}

/** Uploads the body in parts. Returns the size of the upload. */
async function uploadBody(request: RegistryRequest, route: UploadRoute): Promise<number> {
  let size = requireUploadSize(request, route);
  let chunks: Buffer[] = [];
  let bytes = 0;
  const upload = async (): Promise<void> => {
    await request.call("UploadLayerPart", {
      repositoryName: route.repository,
      uploadId: route.id,
      partFirstByte: size,
      partLastByte: size + bytes - 1,
      layerPartBlob: Buffer.concat(chunks),
    });
    size += bytes;
    [chunks, bytes] = [[], 0];
  };
  for await (const chunk of request.body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= PART_BYTES) await upload();
  }
  if (bytes > 0) await upload();
  return size;
}

async function completeUpload(
  request: RegistryRequest,
  route: UploadRoute,
  digest: string,
): Promise<WireResponse> {
  if (!isDigest(digest))
    throw new RegistryError(400, "DIGEST_INVALID", `'${digest}' is not a SHA-256 digest`);
  await uploadBody(request, route);
  try {
    await request.call("CompleteLayerUpload", {
      repositoryName: route.repository,
      uploadId: route.id,
      layerDigests: [digest],
    });
  } catch (error) {
    // Another push has uploaded the same layer in the meantime.
    if (!isAwsError(error, "LayerAlreadyExistsException")) throw error;
    request.change(() => endUpload(request.context, route.id));
  }
  return created(route.repository, digest);
}

const created = (repository: string, digest: string): WireResponse =>
  emptyResponse(201, {
    location: `/v2/${repository}/blobs/${digest}`,
    "docker-content-digest": digest,
  });

const uploadHeaders = ({ repository, id }: UploadRoute, size: number): Record<string, string> => ({
  location: `/v2/${repository}/blobs/uploads/${id}`,
  range: `0-${Math.max(size - 1, 0)}`,
  "docker-upload-uuid": id,
});

const accepted = (route: UploadRoute, size: number): WireResponse =>
  emptyResponse(202, uploadHeaders(route, size));
