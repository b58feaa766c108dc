import { setTimeout as delay } from "node:timers/promises";
import { loadModel } from "../service-models/index.ts";
import { type CredentialProvider, type Credentials, defaultCredentials } from "./credentials.ts";
import { endpointOf } from "./endpoints.ts";
import { AwsCallError, isThrottling, isTransient, mayBeClockSkew } from "./errors.ts";
import { decodeError, decodeOutput, encodeCall, type EncodedCall } from "./protocol.ts";
import type { Input, OperationName, Output, ServiceName } from "./types.ts";

/** Time and randomness, for tests. */
export interface ClientClock {
  now(): number;
  /** Waits, and rejects with the reason of the signal if it is aborted. */
  sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<unknown>;
  /** A number from 0 to 1. */
  random(): number;
}

export interface AwsClientOptions {
  readonly region: string;
  /** The URL of every service, such as that of a sandbox. @default the endpoint in `env`, else AWS's endpoint in the region */
  readonly endpoint?: string;
  /** @default AWS's default chain of credentials, with `env` */
  readonly credentials?: Credentials | CredentialProvider;
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** Attempts for each call, including the first. @default 6 */
  readonly maxAttempts?: number;
  /** The time for each attempt, in milliseconds. @default 30000 */
  readonly timeoutMs?: number;
  readonly clock?: ClientClock;
}

export interface CallOptions {
  /** Ends the call: it rejects with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
}

/** The base of the waits between attempts: it doubles with each attempt. Source: AWS SDKs and Tools, "Retry behavior". */
const BASE_DELAY_MS = 100;
const THROTTLING_BASE_DELAY_MS = 500;
const MAX_DELAY_MS = 20_000;
/** The smallest difference between the clocks of AWS and of this machine that explains a rejected signature. */
const MIN_CLOCK_SKEW_MS = 4 * 60_000;

const systemClock: ClientClock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) => delay(milliseconds, undefined, { ...(signal && { signal }) }),
  random: () => Math.random(),
};

/**
 * Calls AWS with the models of the services, and signs with AWS's default credentials. A call is repeated after throttling,
 * an error inside AWS and a lost connection. An idempotency token makes this safe for operations that create something.
 *
 * @example
 * const client = new AwsClient({ region: "eu-central-1" });
 * const { services } = await client.call("ecs", "DescribeServices", { cluster: "shop", services: ["web"] });
 */
export class AwsClient {
  readonly region: string;
  readonly #options: AwsClientOptions;
  readonly #clock: ClientClock;
  readonly #credentials: CredentialProvider;
  /** The clock of AWS minus the clock of this machine, in milliseconds. */
  #clockSkewMs = 0;

  constructor(options: AwsClientOptions) {
    const { region, credentials, env = process.env } = options;
    this.region = region;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#credentials =
      typeof credentials === "function"
        ? credentials
        : credentials === undefined
          ? defaultCredentials(env, region)
          : () => Promise.resolve(credentials);
  }

  /** The URL of a service. */
  endpoint(service: ServiceName): URL {
    const { endpoint, env = process.env } = this.#options;
    return endpoint === undefined ? endpointOf(service, this.region, env) : new URL(endpoint);
  }

  /**
   * Calls an operation.
   *
   * @throws AwsCallError if AWS rejects the call, does not respond, or there are no credentials; the reason of the signal if it is
   *   aborted
   */
  async call<Service extends ServiceName, Name extends OperationName<Service>>(
    service: Service,
    operation: Name,
    input: Input<Service, Name>,
    { signal }: CallOptions = {},
  ): Promise<Output<Service, Name>> {
    const model = loadModel(service);
    const encoded = encodeCall(model, operation, input as Readonly<Record<string, unknown>>); // a generated input is an object
    const { maxAttempts = 6 } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        const body = await this.#send({ service, operation }, encoded, signal);
        return decodeOutput(model, operation, body);
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof AwsCallError)) throw error;
        if (!error.isRetryable || attempt >= maxAttempts) throw error;
        const base = isThrottling(error.code, error.status)
          ? THROTTLING_BASE_DELAY_MS
          : BASE_DELAY_MS;
        const longest = Math.min(MAX_DELAY_MS, base * 2 ** (attempt - 1));
        await this.#clock.sleep(Math.round(this.#clock.random() * longest), signal);
      }
    }
  }

  /**
   * Calls an operation. Undefined if AWS rejects the call with one of these error codes.
   *
   * @example
   * await client.callUnless("ClusterNotFoundException", "ecs", "DescribeServices", { cluster, services });
   */
  async callUnless<Service extends ServiceName, Name extends OperationName<Service>>(
    codes: string | readonly string[],
    service: Service,
    operation: Name,
    input: Input<Service, Name>,
    options: CallOptions = {},
  ): Promise<Output<Service, Name> | undefined> {
    try {
      return await this.call(service, operation, input, options);
    } catch (error) {
      if (
        error instanceof AwsCallError &&
        error.kind === "service" &&
        [codes].flat().includes(error.code)
      )
        return undefined;
      throw error;
    }
  }

  /** One attempt. Returns the body of a successful response. */
  async #send(
    call: { readonly service: ServiceName; readonly operation: string },
    encoded: EncodedCall,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const { timeoutMs = 30_000 } = this.#options;
    const url = this.endpoint(call.service);
    const signatureDate = this.#clock.now() + this.#clockSkewMs;
    const headers = await this.#signedHeaders(call, encoded, url, new Date(signatureDate));
    const { response, body } = await request(call, url, headers, encoded.body, {
      signal,
      timeoutMs,
    });
    if (response.ok) return body;
    const { status } = response;
    let error: ReturnType<typeof decodeError>;
    try {
      error = decodeError(loadModel(call.service), response.headers, body);
    } catch (cause) {
      throw new AwsCallError(call, {
        kind: "response",
        code: "InvalidResponse",
        message: `${url.host} responds with HTTP status ${status} and no error of AWS`,
        status,
        isRetryable: isTransient("", status),
        cause,
      });
    }
    throw new AwsCallError(call, {
      kind: "service",
      ...error,
      status,
      isRetryable:
        isTransient(error.code, status) ||
        this.#adjustClock(error.code, response.headers.get("date"), signatureDate),
    });
  }

  async #signedHeaders(
    call: { readonly service: ServiceName; readonly operation: string },
    { headers, body }: EncodedCall,
    url: URL,
    date: Date,
  ): Promise<Record<string, string>> {
    const { signedHeaders } = await import("./signature.ts");
    let credentials: Credentials;
    try {
      credentials = await this.#credentials();
    } catch (cause) {
      throw new AwsCallError(call, {
        kind: "credentials",
        code: cause instanceof Error ? cause.name : "CredentialsProviderError",
        message: cause instanceof Error ? cause.message : String(cause),
        cause,
      });
    }
    const { region } = this;
    return signedHeaders({ url, headers, body, service: call.service, region, credentials, date });
  }

  /** Adopts the clock of AWS if it explains a rejected signature. Returns true if the clock has changed. */
  #adjustClock(code: string, serverDate: string | null, signatureDate: number): boolean {
    if (!mayBeClockSkew(code) || serverDate === null) return false;
    const serverTime = Date.parse(serverDate);
    if (!(Math.abs(serverTime - signatureDate) >= MIN_CLOCK_SKEW_MS)) return false;
    this.#clockSkewMs = serverTime - this.#clock.now();
    return true;
  }
}

async function request(
  call: { readonly service: ServiceName; readonly operation: string },
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  { signal, timeoutMs }: { readonly signal: AbortSignal | undefined; readonly timeoutMs: number },
): Promise<{ readonly response: Response; readonly body: string }> {
  signal?.throwIfAborted();
  // AbortSignal.any keeps its signals in memory as long as the caller's signal exists.
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  signal?.addEventListener("abort", abort, { once: true });
  const timer = setTimeout(abort, timeoutMs);
  try {
    const { host: _, ...headersWithoutHost } = headers; // fetch sets the same value
    const response = await fetch(url, {
      method: "POST",
      headers: headersWithoutHost,
      body,
      redirect: "error",
      signal: controller.signal,
    });
    return { response, body: await response.text() };
  } catch (cause) {
    const isTimeout = controller.signal.aborted;
    const code = isTimeout ? "TimeoutError" : networkCodeOf(cause);
    throw new AwsCallError(call, {
      kind: "connection",
      code,
      message: isTimeout
        ? `${url.host} did not respond within ${timeoutMs / 1000} s`
        : `${url.host} cannot be reached: ${code}`,
      isRetryable: true,
      cause,
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

/** The code of the deepest cause of a failed fetch, such as ECONNREFUSED. */
function networkCodeOf(error: unknown): string {
  let code = "ConnectionFailed";
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if ("code" in cause && typeof cause.code === "string") code = cause.code;
  return code;
}
