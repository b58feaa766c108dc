import { createHash } from "node:crypto";
import type * as ecr from "@aws-sdk/client-ecr";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/tables.ts";
import { requireRepository } from "./tables.ts";

/** A layer or image configuration of a repository. Its content is a blob, which repositories share. */
interface Layer {
  readonly repository: string;
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
}

/** A layer that is being uploaded. What has arrived is a blob. */
export interface Upload {
  readonly id: string;
  readonly repository: string;
  /** The bytes that have arrived. */
  readonly size: number;
  /** When the last part arrived. */
  readonly updated: Date;
}

const layers: TableKey<Layer> = table("ecr/layer", { exists: () => false });
const uploads: TableKey<Upload> = table("ecr/upload", { exists: () => false });

/** The key of a layer, which belongs to the repository that it was pushed to. */
const layerKey = (repository: string, digest: string): string => `${repository}@${digest}`;

const layerBlob = (digest: string): string => digest.replace(":", "-");
const uploadBlob = (id: string): string => `upload-${id}`;

/** Bytes. Source: Amazon ECR API Reference, InitiateLayerUpload. */
export const PART_SIZE: number = 20 * 1024 * 1024;

/** An upload without a new part for a day is abandoned. */
const UPLOAD_LIFETIME_MS = 24 * 60 * 60 * 1000;

export const sha256 = (content: Uint8Array | string): string =>
  `sha256:${createHash("sha256").update(content).digest("hex")}`;

/** A layer of a repository. Undefined if the repository does not have it, or if its content is lost. */
export function findLayer(
  context: Context,
  repository: string,
  digest: string,
): (Layer & { readonly blob: string }) | undefined {
  const row = context.in(layers).get(layerKey(repository, digest));
  const blob = layerBlob(digest);
  return row && context.blobs.sizeOf(blob) === row.size ? { ...row, blob } : undefined;
}

const putLayer = (context: Context, layer: Layer): Layer =>
  context.in(layers).put(layerKey(layer.repository, layer.digest), layer);

export function findUpload(context: Context, repository: string, id: string): Upload | undefined {
  const row = context.in(uploads).get(id);
  return row?.repository === repository ? row : undefined;
}

function requireUpload(context: Context, repository: string, id: string): Upload {
  const row = findUpload(context, repository, id);
  if (row && (row.size === 0 || (context.blobs.sizeOf(uploadBlob(id)) ?? 0) >= row.size))
    return row;
  throw new AwsError(
    "UploadNotFoundException",
    `An upload with id '${id}' cannot be found in the repository with name '${repository}' in the registry with id '${context.account}'`,
  );
}

/** Gives a repository a layer of another repository in the registry. Their content is the same blob. */
export function shareLayer(context: Context, { digest, size }: Layer, repository: string): void {
  putLayer(context, { repository, digest, size });
}

export const endUpload = (context: Context, id: string): void => context.in(uploads).delete(id);

/** Deletes the layers of a repository, except those to keep. */
export function deleteLayers(
  context: Context,
  repository: string,
  isKept: (digest: string) => boolean,
): void {
  for (const layer of context.in(layers).filter((row) => row.repository === repository))
    if (!isKept(layer.digest)) context.in(layers).delete(layerKey(repository, layer.digest));
}

/** Ends the uploads into a repository. */
export function deleteUploads(context: Context, repository: string): void {
  for (const upload of context.in(uploads).filter((row) => row.repository === repository))
    endUpload(context, upload.id);
}

function deleteAbandonedUploads(context: Context): void {
  const oldest = context.now.getTime() - UPLOAD_LIFETIME_MS;
  for (const { id } of context.in(uploads).filter(({ updated }) => updated.getTime() < oldest))
    endUpload(context, id);
}

const blobsInUse = (context: Context): ReadonlySet<string> =>
  new Set([
    ...context.inEveryAccount(layers).map(({ digest }) => layerBlob(digest)),
    ...context.inEveryAccount(uploads).map(({ id }) => uploadBlob(id)),
  ]);

export const layerOperations: Operations = {
  BatchCheckLayerAvailability: operation<
    ecr.BatchCheckLayerAvailabilityRequest,
    ecr.BatchCheckLayerAvailabilityResponse
  >()(["registryId", "repositoryName", "layerDigests"], (context, input) => {
    const { name } = requireRepository(context, input.repositoryName, input.registryId);
    return {
      layers: input.layerDigests.map((digest) => {
        const layer = findLayer(context, name, digest);
        return {
          layerDigest: digest,
          layerAvailability: layer ? ("AVAILABLE" as const) : ("UNAVAILABLE" as const),
          ...(layer ? { layerSize: layer.size } : {}),
        };
      }),
      failures: [],
    };
  }),

  GetDownloadUrlForLayer: operation<
    ecr.GetDownloadUrlForLayerRequest,
    ecr.GetDownloadUrlForLayerResponse
  >()(["registryId", "repositoryName", "layerDigest"], (context, input) => {
    const { name } = requireRepository(context, input.repositoryName, input.registryId);
    const layer = findLayer(context, name, input.layerDigest);
    if (!layer)
      throw new AwsError(
        "LayersNotFoundException",
        `The layer with digest '${input.layerDigest}' does not exist in the repository with name '${name}' in the registry with id '${context.account}'`,
      );
    return {
      layerDigest: input.layerDigest,
      downloadUrl: `${context.settings.url}/_berth/blobs/${layer.blob}`,
    };
  }),

  InitiateLayerUpload: operation<ecr.InitiateLayerUploadRequest, ecr.InitiateLayerUploadResponse>()(
    ["registryId", "repositoryName"],
    (context, input) => {
      const { name } = requireRepository(context, input.repositoryName, input.registryId);
      deleteAbandonedUploads(context);
      const id = context.uuid();
      context.in(uploads).put(id, { id, repository: name, size: 0, updated: context.now });
      return { uploadId: id, partSize: PART_SIZE };
    },
  ),

  UploadLayerPart: operation<ecr.UploadLayerPartRequest, ecr.UploadLayerPartResponse>()(
    ["registryId", "repositoryName", "uploadId", "partFirstByte", "partLastByte", "layerPartBlob"],
    (context, input) => {
      const { name } = requireRepository(context, input.repositoryName, input.registryId);
      const upload = requireUpload(context, name, input.uploadId);
      const { partFirstByte: first, partLastByte: last, layerPartBlob: part } = input;
      if (first !== upload.size || last !== first + part.length - 1) {
        throw new AwsError(
          "InvalidLayerPartException",
          `The layer part upload is not valid: it must begin at byte ${upload.size} and have the length of its byte range`,
          400,
          { lastValidByteReceived: upload.size - 1 },
        );
      }
      context.blobs.write(uploadBlob(upload.id), first, part, () => blobsInUse(context));
      context
        .in(uploads)
        .put(upload.id, { ...upload, size: upload.size + part.length, updated: context.now });
      return {
        registryId: context.account,
        repositoryName: name,
        uploadId: upload.id,
        lastByteReceived: last,
      };
    },
  ),

  CompleteLayerUpload: operation<ecr.CompleteLayerUploadRequest, ecr.CompleteLayerUploadResponse>()(
    ["registryId", "repositoryName", "uploadId", "layerDigests"],
    (context, input) => {
      const { name } = requireRepository(context, input.repositoryName, input.registryId);
      const { id, size } = requireUpload(context, name, input.uploadId);
      if (size === 0)
        throw new AwsError(
          "EmptyUploadException",
          "The specified layer upload does not contain any layer parts.",
        );
      const digest = context.blobs.digestOf(uploadBlob(id));
      if (!input.layerDigests.includes(digest))
        throw new AwsError(
          "InvalidLayerException",
          `The layer digest calculation performed by Amazon ECR upon receipt of the image layer does not match the digest specified: ${digest}`,
        );
      if (findLayer(context, name, digest))
        throw new AwsError(
          "LayerAlreadyExistsException",
          `Layer with digest '${digest}' already exists in the repository with name '${name}' in registry with id '${context.account}'`,
        );
      context.blobs.rename(uploadBlob(id), layerBlob(digest));
      endUpload(context, id);
      putLayer(context, { repository: name, digest, size });
      return {
        registryId: context.account,
        repositoryName: name,
        uploadId: id,
        layerDigest: digest,
      };
    },
  ),
};
