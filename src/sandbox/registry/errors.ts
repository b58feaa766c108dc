import { StateWriteError } from "../core/state-file.ts";
import { AwsError } from "../protocol/errors.ts";
import { jsonResponse, type WireResponse } from "../protocol/wire-types.ts";

/** Source: OCI Distribution Specification 1.1, "Error Codes". ECR also uses TAG_INVALID. */
type RegistryErrorCode =
  | "BLOB_UNKNOWN"
  | "BLOB_UPLOAD_INVALID"
  | "BLOB_UPLOAD_UNKNOWN"
  | "DENIED"
  | "DIGEST_INVALID"
  | "MANIFEST_BLOB_UNKNOWN"
  | "MANIFEST_INVALID"
  | "MANIFEST_UNKNOWN"
  | "NAME_INVALID"
  | "NAME_UNKNOWN"
  | "SIZE_INVALID"
  | "TAG_INVALID"
  | "UNKNOWN"
  | "UNSUPPORTED";

/** An error response of the registry. */
export class RegistryError extends Error {
  readonly status: number;
  readonly code: RegistryErrorCode;

  constructor(status: number, code: RegistryErrorCode, message: string) {
    super(message);
    this.name = "RegistryError";
    this.status = status;
    this.code = code;
  }
}

/**
 * The errors of the ECR API in the protocol of the registry. That ECR's registry calls its API is known from its messages, which
 * are those of the API. Sources of codes and statuses: NAME_UNKNOWN plexsystems/sinker#55; TAG_INVALID
 * osscontainertools/kaniko#204; UNSUPPORTED with 405 GoogleContainerTools/kaniko#2815 and moby/buildkit#5747; the rest is the
 * OCI Distribution Specification.
 */
const ERRORS: Readonly<Record<string, readonly [status: number, code: RegistryErrorCode]>> = {
  AccessDeniedException: [403, "DENIED"],
  EmptyUploadException: [400, "BLOB_UPLOAD_INVALID"],
  ImageDigestDoesNotMatchException: [400, "DIGEST_INVALID"],
  ImageNotFoundException: [404, "MANIFEST_UNKNOWN"],
  ImageTagAlreadyExistsException: [400, "TAG_INVALID"],
  InvalidLayerException: [400, "DIGEST_INVALID"],
  InvalidLayerPartException: [416, "BLOB_UPLOAD_INVALID"],
  InvalidParameterException: [405, "UNSUPPORTED"],
  LayersNotFoundException: [404, "MANIFEST_BLOB_UNKNOWN"],
  LimitExceededException: [413, "SIZE_INVALID"],
  NotImplemented: [501, "UNSUPPORTED"],
  ReferencedImagesNotFoundException: [404, "MANIFEST_BLOB_UNKNOWN"],
  RepositoryNotFoundException: [404, "NAME_UNKNOWN"],
  UploadNotFoundException: [404, "BLOB_UPLOAD_UNKNOWN"],
};

/** An error of the ECR API as an error of the registry. Other errors are returned unchanged. */
export function toRegistryError(error: unknown): unknown {
  if (error instanceof StateWriteError)
    return new RegistryError(503, "UNKNOWN", `${error.message}; nothing was changed`);
  if (!(error instanceof AwsError)) return error;
  const [status, code] = ERRORS[error.code] ?? [error.status, "UNKNOWN"];
  return new RegistryError(status, code, error.message);
}

export const errorResponse = ({ status, code, message }: RegistryError): WireResponse =>
  jsonResponse({ errors: [{ code, message }] }, status);
