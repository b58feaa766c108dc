import type { Context } from "../core/operation.ts";
import { AwsError } from "../protocol/errors.ts";
import type { WireResponse } from "../protocol/wire-types.ts";
import { RegistryError } from "./errors.ts";

/** An authenticated request to the registry of an account and region. */
export interface RegistryRequest {
  readonly method: string;
  readonly query: URLSearchParams;
  /** Header names are in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Buffer>;
  /** The registry as it is now. */
  readonly context: Context;
  /** Makes a change that no operation of the ECR API makes. */
  readonly change: (change: () => void) => void;
  /**
   * Makes a call of the ECR API with the permissions of the token.
   *
   * @throws AwsError if ECR rejects it
   */
  readonly call: <Output>(operation: string, input: object) => Promise<Output>;
}

/**
 * Reads the whole body.
 *
 * @throws RegistryError if it is larger than the limit
 */
export async function readBody({ body }: RegistryRequest, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > limit)
      throw new RegistryError(413, "SIZE_INVALID", `the body is larger than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export const emptyResponse = (
  status: number,
  headers: Readonly<Record<string, string>> = {},
): WireResponse => ({ status, headers, body: "" });

/** The error for a method that the registry does not support for a path. */
export const unsupportedMethod = ({ method }: RegistryRequest): RegistryError =>
  new RegistryError(405, "UNSUPPORTED", `the registry does not support ${method} here`);

export const isAwsError = (error: unknown, code: string): error is AwsError =>
  error instanceof AwsError && error.code === code;
