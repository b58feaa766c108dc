import { createHash } from "node:crypto";
import type * as ecr from "@aws-sdk/client-ecr";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/tables.ts";
import { requireRepository } from "./tables.ts";

interface Layer {
  readonly digest: string;
  readonly size: number;
  /** Stored only for small layers, because an image's configuration has its platform. */
  readonly content?: Uint8Array;
}

interface Upload {
  readonly id: string;
  readonly repository: string;
  readonly content: Uint8Array;
}

export const layers: TableKey<Layer> = table("ecr/layer", { exists: () => false });
const uploads: TableKey<Upload> = table("ecr/upload", { exists: () => false });

/** The key of a layer, which belongs to the repository that it was pushed to. */
export const layerKey = (repository: string, digest: string): string => `${repository}@${digest}`;

const MAX_STORED_BYTES = 256 * 1024;

/** Bytes. Source: Amazon ECR API Reference, InitiateLayerUpload. */
const PART_SIZE = 20 * 1024 * 1024;

export const sha256 = (content: Uint8Array | string): string =>
  `sha256:${createHash("sha256").update(content).digest("hex")}`;

function requireUpload(context: Context, repository: string, id: string): Upload {
  const row = context.in(uploads).get(id);
  if (row?.repository === repository) return row;
  throw new AwsError(
    "UploadNotFoundException",
    `An upload with id '${id}' cannot be found in the repository with name '${repository}' in the registry with id '${context.account}'`,
  );
}

export const layerOperations: Operations = {
  BatchCheckLayerAvailability: operation<
    ecr.BatchCheckLayerAvailabilityRequest,
    ecr.BatchCheckLayerAvailabilityResponse
  >()(["registryId", "repositoryName", "layerDigests"], (context, input) => {
    const { name } = requireRepository(context, input.repositoryName, input.registryId);
    return {
      layers: input.layerDigests.map((digest) => {
        const row = context.in(layers).get(layerKey(name, digest));
        return {
          layerDigest: digest,
          layerAvailability: row ? ("AVAILABLE" as const) : ("UNAVAILABLE" as const),
          ...(row ? { layerSize: row.size } : {}),
        };
      }),
      failures: [],
    };
  }),

  InitiateLayerUpload: operation<ecr.InitiateLayerUploadRequest, ecr.InitiateLayerUploadResponse>()(
    ["registryId", "repositoryName"],
    (context, input) => {
      const { name } = requireRepository(context, input.repositoryName, input.registryId);
      const id = context.uuid();
      context.in(uploads).put(id, { id, repository: name, content: new Uint8Array() });
      return { uploadId: id, partSize: PART_SIZE };
    },
  ),

  UploadLayerPart: operation<ecr.UploadLayerPartRequest, ecr.UploadLayerPartResponse>()(
    ["registryId", "repositoryName", "uploadId", "partFirstByte", "partLastByte", "layerPartBlob"],
    (context, input) => {
      const { name } = requireRepository(context, input.repositoryName, input.registryId);
      const upload = requireUpload(context, name, input.uploadId);
      const { partFirstByte: first, partLastByte: last, layerPartBlob: part } = input;
      if (first !== upload.content.length || last !== first + part.length - 1) {
        throw new AwsError(
          "InvalidLayerPartException",
          `The layer part upload is not valid: it must begin at byte ${upload.content.length} and have the length of its byte range`,
          400,
          { lastValidByteReceived: upload.content.length - 1 },
        );
      }
      const content = new Uint8Array(Buffer.concat([upload.content, part]));
      context.in(uploads).put(upload.id, { ...upload, content });
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
      const { id, content } = requireUpload(context, name, input.uploadId);
      if (content.length === 0)
        throw new AwsError(
          "EmptyUploadException",
          "The specified layer upload does not contain any layer parts.",
        );
      const digest = sha256(content);
      if (!input.layerDigests.includes(digest))
        throw new AwsError(
          "InvalidLayerException",
          `The layer digest calculation performed by Amazon ECR upon receipt of the image layer does not match the digest specified: ${digest}`,
        );
      const key = layerKey(name, digest);
      if (context.in(layers).has(key))
        throw new AwsError(
          "LayerAlreadyExistsException",
          `Layer with digest '${digest}' already exists in the repository with name '${name}' in registry with id '${context.account}'`,
        );
      context.in(uploads).delete(id);
      context.in(layers).put(key, {
        digest,
        size: content.length,
        ...(content.length <= MAX_STORED_BYTES ? { content } : {}),
      });
      return {
        registryId: context.account,
        repositoryName: name,
        uploadId: id,
        layerDigest: digest,
      };
    },
  ),
};
