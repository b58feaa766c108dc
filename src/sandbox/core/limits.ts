/** Limits of the sandbox's memory and disk. The quotas of AWS are in quotas.ts. */
export interface SandboxLimits {
  /** Bytes of a request body. */
  readonly requestBytes: number;
  /** Bytes of all stored resources together, S3 objects included, by the length of their JSON text. */
  readonly stateBytes: number;
  /** Bytes of the layers of all container images together, on the disk or in memory. */
  readonly layerBytes: number;
  /** Entries of the call log. */
  readonly calls: number;
  /** Characters of an operation name or error message in the call log. */
  readonly callText: number;
  /** Stored responses for repeated client tokens, per account and region. */
  readonly idempotentAnswers: number;
}

/** A change would make the stored data larger than its limit. Nothing has changed. */
export class StateLimitError extends Error {
  /** @param data what would be too large, in the plural */
  constructor(data: string, bytes: number, limit: number) {
    super(`The sandbox would store ${bytes} bytes of ${data}; its limit is ${limit}`);
    this.name = "StateLimitError";
  }
}

interface LimitDescription {
  readonly value: number;
  readonly unit: "MiB" | "entries" | "characters";
  readonly title: string;
  /** What happens at the limit. */
  readonly beyond: string;
}

const MIB = 1024 * 1024;

/** The limits and their descriptions. docs/reference/sandbox-limits.md is generated from this table. */
export const limitDescriptions: Readonly<Record<keyof SandboxLimits, LimitDescription>> = {
  requestBytes: {
    value: 64 * MIB,
    unit: "MiB",
    title: "Body of one request, and so of one S3 object",
    beyond:
      "The request is rejected with `RequestEntityTooLargeException` (413), in S3 with `EntityTooLarge` (an object) or `MaxMessageLengthExceeded` (400); the rest of the body is dropped.",
  },
  stateBytes: {
    value: 256 * MIB,
    unit: "MiB",
    title: "All resources together, S3 objects included",
    beyond:
      "A call that would store more is rejected and changes nothing: `ResourceLimitExceeded` (EC2), `LimitExceeded` (query and XML protocols) or `LimitExceededException` (JSON and CBOR), status 400. Deletions still work.",
  },
  layerBytes: {
    value: 2048 * MIB,
    unit: "MiB",
    title:
      "Layers of all container images together: in files beside the state file, or in memory without one",
    beyond:
      "Layers of deleted images are removed first. If this is not enough, the upload is rejected: `LimitExceededException` (400); a push with status 413.",
  },
  calls: {
    value: 100_000,
    unit: "entries",
    title: "Call log (`Sandbox.calls`, `GET /_berth/calls`)",
    beyond: "The oldest tenth is dropped. `Sandbox.callCount` still counts every call.",
  },
  callText: {
    value: 2000,
    unit: "characters",
    title: "Operation name and error message of an entry in the call log",
    beyond: "The text is cut.",
  },
  idempotentAnswers: {
    value: 10_000,
    unit: "entries",
    title: "Stored responses for repeated client tokens, per account and region",
    beyond: "The oldest is dropped; a request that repeats its token is then a new request.",
  },
};

export const defaultLimits: SandboxLimits = {
  requestBytes: limitDescriptions.requestBytes.value,
  stateBytes: limitDescriptions.stateBytes.value,
  layerBytes: limitDescriptions.layerBytes.value,
  calls: limitDescriptions.calls.value,
  callText: limitDescriptions.callText.value,
  idempotentAnswers: limitDescriptions.idempotentAnswers.value,
};
