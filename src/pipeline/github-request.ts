import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

/** The version of the REST API whose responses Berth reads. Source: GitHub REST API, "API Versions". */
const API_VERSION = "2022-11-28";
const TIMEOUT_MS = 30_000;
/** Attempts for each request, including the first. */
const MAX_ATTEMPTS = 4;
/** The longest wait for a rate limit. A longer one is reported as an error. */
const MAX_WAIT_MS = 120_000;
/** The wait for a secondary rate limit without `retry-after`. Source: GitHub REST API, "Rate limits for the REST API". */
const SECONDARY_LIMIT_WAIT_MS = 60_000;

/** An error response of GitHub, or a connection that failed. */
export class GitHubError extends Error {
  /** The HTTP status; undefined if GitHub sent no response. */
  readonly status: number | undefined;
  /** When a rate limit ends, in milliseconds from the response. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    status?: number,
    options: { readonly retryAfterMs?: number | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = "GitHubError";
    this.status = status;
    this.retryAfterMs = options.retryAfterMs;
  }
}

export interface GitHubRequest {
  readonly method: "GET" | "PATCH" | "POST";
  /** The path, such as /repos/owner/name/issues. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
}

export interface GitHubClientOptions {
  readonly token: string | undefined;
  /** The URL of the API. @default "https://api.github.com" */
  readonly api?: string | undefined;
  /** Waits before a retry, in milliseconds. */
  readonly wait?: (milliseconds: number) => Promise<unknown>;
}

const errorBody = z.object({
  message: z.string(),
  errors: z.array(z.union([z.string(), z.object({ message: z.string().optional() })])).optional(),
});

/**
 * Sends requests to GitHub's REST API with `fetch`. It retries what did not take effect: requests that a rate limit rejected,
 * and requests without side effects that failed for a reason of GitHub or of the network. A POST is not sent again if GitHub
 * may have executed it.
 *
 * Source: GitHub REST API, "Best practices for using the REST API".
 */
export class GitHubClient {
  readonly #base: URL;
  readonly #token: string | undefined;
  readonly #wait: (milliseconds: number) => Promise<unknown>;

  constructor({ token, api = "https://api.github.com", wait = sleep }: GitHubClientOptions) {
    this.#base = new URL(api.endsWith("/") ? api : `${api}/`);
    this.#token = token;
    this.#wait = wait;
  }

  /**
   * Sends a request and parses the response.
   *
   * @throws GitHubError for an error response, a failed connection or a response of another form
   */
  async send<T>(schema: z.ZodType<T>, request: GitHubRequest): Promise<T> {
    const { data } = await this.#sendWithRetries(this.#urlOf(request), request);
    return parse(schema, data);
  }

  /** Reads all pages of a list. @throws GitHubError as `send` does */
  async list<T>(entry: z.ZodType<T>, request: Omit<GitHubRequest, "method">): Promise<T[]> {
    const entries: T[] = [];
    const { path, query } = request;
    const get = { method: "GET", path, query: { ...query, per_page: "100" } } as const;
    let url: URL | undefined = this.#urlOf(get);
    while (url !== undefined) {
      const { data, next }: SuccessfulResponse = await this.#sendWithRetries(url, get);
      entries.push(...parse(z.array(entry), data));
      url = next === undefined ? undefined : this.#sameOrigin(next);
    }
    return entries;
  }

  #urlOf({ path, query = {} }: GitHubRequest): URL {
    const url = new URL(path.replace(/^\//, ""), this.#base);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url;
  }

  /** The URL of a next page. The token is only sent to the API. */
  #sameOrigin(text: string): URL {
    const url = new URL(text, this.#base);
    if (url.origin === this.#base.origin) return url;
    throw new GitHubError(`the next page of a list is on another host: ${url.host}`);
  }

  async #sendWithRetries(url: URL, request: GitHubRequest): Promise<SuccessfulResponse> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#sendOnce(url, request);
      } catch (error) {
        if (!(error instanceof GitHubError)) throw error;
        const delay = attempt < MAX_ATTEMPTS ? retryDelay(error, request, attempt) : undefined;
        if (delay === undefined) throw error;
        await this.#wait(delay);
      }
    }
  }

  async #sendOnce(url: URL, { method, body }: GitHubRequest): Promise<SuccessfulResponse> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, {
        method,
        headers: {
          accept: "application/vnd.github+json",
          "user-agent": "berth",
          "x-github-api-version": API_VERSION,
          ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      text = await response.text();
    } catch (error) {
      throw new GitHubError(connectionProblem(error), undefined, { cause: error });
    }
    if (response.ok) {
      const next = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get("link") ?? "")?.[1];
      return { data: parseJson(text), next };
    }
    throw new GitHubError(errorMessage(text, response.statusText), response.status, {
      retryAfterMs: rateLimitDelay(response),
    });
  }
}

interface SuccessfulResponse {
  readonly data: unknown;
  /** URL of the list's next page. */
  readonly next: string | undefined;
}

/** The delay before the next attempt, in milliseconds; undefined if the request must not be sent again. */
function retryDelay(
  { status, retryAfterMs }: GitHubError,
  { method }: GitHubRequest,
  attempt: number,
): number | undefined {
  if (retryAfterMs !== undefined) return retryAfterMs <= MAX_WAIT_MS ? retryAfterMs : undefined;
  const isTemporary = status === undefined || status === 408 || status >= 500;
  return isTemporary && method !== "POST" ? 1000 * attempt ** 2 : undefined;
}

/**
 * When a rate limit ends, in milliseconds; undefined if no limit was reached.
 * Source: GitHub REST API, "Rate limits for the REST API", "Exceeding the rate limit".
 */
function rateLimitDelay({ status, headers }: Response): number | undefined {
  const retryAfter = Number(headers.get("retry-after") ?? Number.NaN);
  if (status === 503 && retryAfter >= 0) return retryAfter * 1000;
  if (status !== 403 && status !== 429) return undefined;
  if (retryAfter >= 0) return retryAfter * 1000;
  if (headers.get("x-ratelimit-remaining") === "0") {
    const reset = Number(headers.get("x-ratelimit-reset") ?? Number.NaN);
    if (reset >= 0) return Math.max(0, reset * 1000 - Date.now());
  }
  return status === 429 ? SECONDARY_LIMIT_WAIT_MS : undefined;
}

function parse<T>(schema: z.ZodType<T>, data: unknown): T {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  throw new GitHubError(
    `the response has another form than documented: ${z.prettifyError(result.error)}`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new GitHubError("the response is not JSON", undefined, { cause: error });
  }
}

/** GitHub's message, with the messages of the single errors. */
function errorMessage(text: string, statusText: string): string {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // A proxy can send HTML. The status text is then the message.
    return statusText;
  }
  const parsed = errorBody.safeParse(body);
  if (!parsed.success) return statusText;
  const { message, errors = [] } = parsed.data;
  const details = errors.flatMap((error) =>
    typeof error === "string" ? [error] : (error.message ?? []),
  );
  return [message, ...details].join(": ");
}

/** The reason of a failed connection. `fetch` says only "fetch failed"; its cause has the reason. */
function connectionProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== ""
    ? error.cause.message
    : error.message;
}
