import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { openGitHub } from "../../src/pipeline/github.ts";
import { GitHubClient, GitHubError } from "../../src/pipeline/github-request.ts";

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

let server: Server;
let url: string;
/** The answers to the next requests. If no answer is left, the server closes the connection. */
let answers: (Answer | "disconnect")[];
let requests: { method: string; path: string; headers: IncomingHttpHeaders }[];
let waits: number[];

beforeEach(async () => {
  answers = [];
  requests = [];
  waits = [];
  server = createServer((request, response: ServerResponse) => {
    const { method = "", url: path = "", headers } = request;
    requests.push({ method, path, headers });
    const answer = answers.shift();
    if (answer === undefined || answer === "disconnect") {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, answer.headers);
    response.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it is listening
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const client = (): GitHubClient =>
  new GitHubClient({
    token: "t",
    api: `${url}/api/v3`,
    wait: (milliseconds) => Promise.resolve(waits.push(milliseconds)),
  });

const schema = z.object({ id: z.number() });
const get = (): Promise<{ id: number }> => client().send(schema, { method: "GET", path: "/thing" });
const post = (): Promise<{ id: number }> =>
  client().send(schema, { method: "POST", path: "/thing", body: { a: 1 } });
const GOOD = { status: 200, body: { id: 1 } };

describe("a request to GitHub", () => {
  it("has the token, the media type and the version of the API, below the path of the API", async () => {
    answers = [GOOD];
    expect(await get()).toEqual({ id: 1 });
    expect(requests).toMatchObject([
      {
        method: "GET",
        path: "/api/v3/thing",
        headers: {
          accept: "application/vnd.github+json",
          authorization: "Bearer t",
          "user-agent": "berth",
          "x-github-api-version": "2022-11-28",
        },
      },
    ]);
  });

  it.each<[string, Answer | "disconnect", number]>([
    ["a server error", { status: 502, body: "<html>" }, 1000],
    ["a broken connection", "disconnect", 1000],
    [
      "a secondary rate limit with retry-after",
      { status: 403, headers: { "retry-after": "7" } },
      7000,
    ],
    ["too many requests without a header", { status: 429 }, 60_000],
    [
      "an overloaded server with retry-after",
      { status: 503, headers: { "retry-after": "3" } },
      3000,
    ],
  ])("is sent again after %s", async (_, answer, wait) => {
    answers = [answer, GOOD];
    expect(await get()).toEqual({ id: 1 });
    expect(waits).toEqual([wait]);
  });

  it("is sent again when the primary rate limit ends", async () => {
    const reset = Math.ceil(Date.now() / 1000) + 30;
    const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(reset) };
    answers = [{ status: 403, headers }, GOOD];
    expect(await get()).toEqual({ id: 1 });
    expect(waits).toHaveLength(1);
    expect(waits[0]).toBeGreaterThan(25_000);
    expect(waits[0]).toBeLessThanOrEqual(31_000);
  });

  it("fails after four attempts, with longer waits between them", async () => {
    answers = Array.from({ length: 5 }, () => ({ status: 500, body: { message: "broken" } }));
    await expect(get()).rejects.toMatchObject({ status: 500, message: "broken" });
    expect(waits).toEqual([1000, 4000, 9000]);
    expect(requests).toHaveLength(4);
  });

  it("is not sent again for another error, and not if a rate limit ends too late", async () => {
    answers = [{ status: 403, body: { message: "Resource not accessible by integration" } }];
    await expect(get()).rejects.toMatchObject({ status: 403 });
    answers = [{ status: 403, headers: { "retry-after": "3600" } }];
    await expect(get()).rejects.toMatchObject({ status: 403, retryAfterMs: 3_600_000 });
    expect(waits).toEqual([]);
    expect(requests).toHaveLength(2);
  });

  it("that creates something is sent again after a rate limit, and not if GitHub may have executed it", async () => {
    answers = [{ status: 429, headers: { "retry-after": "1" } }, GOOD];
    expect(await post()).toEqual({ id: 1 });
    for (const answer of [{ status: 502 }, "disconnect"] as const) {
      answers = [answer, GOOD];
      await expect(post()).rejects.toThrow(GitHubError);
    }
    expect(requests).toHaveLength(4);
  });

  it("fails with GitHub's message and its details", async () => {
    answers = [
      {
        status: 422,
        body: {
          message: "Validation Failed",
          errors: [{ message: "body is too long" }, "no title"],
        },
      },
    ];
    await expect(get()).rejects.toThrow("Validation Failed: body is too long: no title");
  });

  it.each([
    ["not JSON", "<html>", "the response is not JSON"],
    ["of another form", { id: "x" }, "the response has another form than documented"],
  ])("fails if the response is %s", async (_, body, message) => {
    answers = [{ status: 200, body }];
    await expect(post()).rejects.toThrow(message);
  });
});

describe("a list of GitHub", () => {
  it("is read to its last page", async () => {
    answers = [
      {
        status: 200,
        headers: { link: `<${url}/api/v3/things?page=2>; rel="next", <${url}/x>; rel="last"` },
        body: [{ id: 1 }],
      },
      { status: 200, body: [{ id: 2 }] },
    ];
    expect(await client().list(schema, { path: "/things", query: { state: "open" } })).toEqual([
      { id: 1 },
      { id: 2 },
    ]);
    expect(requests.map(({ path }) => path)).toEqual([
      "/api/v3/things?state=open&per_page=100",
      "/api/v3/things?page=2",
    ]);
  });

  it("does not send the token to another host", async () => {
    answers = [{ status: 200, headers: { link: '<http://localhost:1/x>; rel="next"' }, body: [] }];
    await expect(client().list(schema, { path: "/things" })).rejects.toThrow(
      "the next page of a list is on another host: localhost:1",
    );
  });
});

describe("the error of an operation", () => {
  it("names the reason of a failed connection, and no HTTP status", async () => {
    const github = openGitHub({
      repository: { owner: "o", repo: "r" },
      token: undefined,
      api: "http://127.0.0.1:1",
      wait: () => Promise.resolve(),
    });
    await expect(github.repositoryIds()).rejects.toMatchObject({
      code: "BERTH-E8001",
      message: expect.stringMatching(
        /^cannot read the repository's IDs on GitHub: (?!\d)/,
      ) as string,
      fix: "check the connection to GitHub, and try again",
    });
  });

  it("says when a rate limit ends", async () => {
    answers = [{ status: 403, headers: { "retry-after": "600" }, body: { message: "limited" } }];
    const github = openGitHub({ repository: { owner: "o", repo: "r" }, token: "t", api: url });
    await expect(github.repositoryIds()).rejects.toMatchObject({
      message: "cannot read the repository's IDs on GitHub: 403 limited",
      fix: "the rate limit ends in 600 s; try again then",
    });
  });
});
