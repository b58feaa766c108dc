import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** An issue, or the conversation of a pull request. */
interface Thread {
  readonly number: number;
  title: string;
  body: string;
  state: "open" | "closed";
  readonly isPull: boolean;
  readonly login: string;
}

interface Comment {
  readonly id: number;
  readonly thread: number;
  readonly login: string;
  /** Slug of the GitHub App that wrote it. */
  readonly app: string | undefined;
  body: string;
}

/** One attempt of a workflow run. */
interface WorkflowRun {
  readonly id: number;
  readonly attempt: number;
  path: string;
  event: string;
  head: string;
  /** ID of the repository whose commit it ran for. */
  headRepository: number;
}

interface PullRequest {
  readonly number: number;
  head: string;
  base: string;
  merged: string | undefined;
}

/** The author of posts that are created with a job's token. */
const BOT = "github-actions[bot]";
const APP = "github-actions";

const REPOSITORY_ID = 4711;

/**
 * A fake of GitHub's REST API for a repository, on 127.0.0.1, with the paths, the pagination and the errors that the
 * pipeline needs. Source: GitHub REST API documentation, "Issues", "Issue comments", "Commits", "Repositories".
 */
export class FakeGitHub {
  readonly #server: Server;
  readonly threads: Thread[] = [];
  readonly comments: Comment[] = [];
  readonly pullRequests: PullRequest[] = [];
  readonly workflowRuns: WorkflowRun[] = [];
  /** The changed files of each pull request, with old names of renamed files. */
  readonly changedFiles: Map<number, { filename: string; previous_filename?: string }[]> =
    new Map();
  /** Method and path of each request, in order. */
  readonly requests: string[] = [];
  readonly requestBodies: string[] = [];
  /** HTTP statuses to return for the next requests, one per request. */
  readonly statusesToReturn: number[] = [];
  pageSize = 100;
  #next = 1;

  readonly repository: string;

  private constructor(repository: string) {
    this.repository = repository;
    this.#server = createServer((request, response) => {
      void this.#answer(request).then(({ status, body, link }) => {
        response.writeHead(status, {
          "content-type": "application/json; charset=utf-8",
          ...(link === undefined ? {} : { link }),
        });
        response.end(body === undefined ? "" : JSON.stringify(body));
      });
    });
  }

  static async start(repository: string): Promise<FakeGitHub> {
    const fakeGitHub = new FakeGitHub(repository);
    await new Promise<void>((resolve) => fakeGitHub.#server.listen(0, "127.0.0.1", resolve));
    return fakeGitHub;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`; // it is listening
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** Opens a pull request. */
  openPullRequest(head: string, base: string = "main"): PullRequest {
    const number = this.#next++;
    const pull: PullRequest = { number, head, base, merged: undefined };
    this.pullRequests.push(pull);
    this.threads.push({
      number,
      title: "a change",
      body: "",
      state: "open",
      isPull: true,
      login: "ada",
    });
    return pull;
  }

  /** The first attempt of a workflow run for a pull request; creates it if it does not exist. */
  workflowRunFor(head: string, path: string = ".github/workflows/berth.yml"): WorkflowRun {
    const before = this.workflowRuns.find((run) => run.head === head && run.path === path);
    if (before) return before;
    const run: WorkflowRun = {
      id: this.#next++,
      attempt: 1,
      path,
      event: "pull_request",
      head,
      headRepository: REPOSITORY_ID,
    };
    this.workflowRuns.push(run);
    return run;
  }

  /** Adds a comment by a person, or by the bot of a GitHub App. */
  addComment(
    thread: number,
    login: string,
    body: string,
    app: string | undefined = /^(.+)\[bot\]$/.exec(login)?.[1],
  ): void {
    this.comments.push({ id: this.#next++, thread, login, app, body });
  }

  commentsOn(thread: number): readonly Comment[] {
    return this.comments.filter((comment) => comment.thread === thread);
  }

  issues(): readonly Thread[] {
    return this.threads.filter((thread) => !thread.isPull);
  }

  #shown(thread: Thread): object {
    return {
      id: 1000 + thread.number,
      number: thread.number,
      title: thread.title,
      body: thread.body,
      state: thread.state,
      html_url: `https://github.com/${this.repository}/issues/${thread.number}`,
      user: { login: thread.login },
      ...(thread.isPull ? { pull_request: { url: "" } } : {}),
    };
  }

  #shownComment(comment: Comment): object {
    return {
      id: comment.id,
      body: comment.body,
      html_url: `https://github.com/${this.repository}/issues/${comment.thread}#issuecomment-${comment.id}`,
      user: { login: comment.login },
      performed_via_github_app: comment.app === undefined ? null : { id: 15368, slug: comment.app },
    };
  }

  async #answer(
    request: IncomingMessage,
  ): Promise<{ status: number; body?: unknown; link?: string }> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer); // a request without an encoding gives bytes
    const text = Buffer.concat(parts).toString("utf8");
    const given = (text === "" ? {} : JSON.parse(text)) as Readonly<Record<string, string>>; // as the clients send it
    const url = new URL(request.url ?? "/", this.url);
    this.requests.push(`${request.method} ${url.pathname}`);
    this.requestBodies.push(text);
    const injectedStatus = this.statusesToReturn.shift();
    if (injectedStatus !== undefined)
      return { status: injectedStatus, body: { message: "injected error" } };
    if (!/^(token|bearer) \S+$/i.test(request.headers.authorization ?? ""))
      return { status: 401, body: { message: "Requires authentication" } };
    if (request.headers.authorization?.includes("expired"))
      return { status: 401, body: { message: "Bad credentials" } };
    const root = `/repos/${this.repository}`;
    if (!url.pathname.startsWith(root)) return { status: 404, body: { message: "Not Found" } };
    if ((given["body"] ?? "").length > 65_536)
      return {
        status: 422,
        body: { message: "Validation Failed: body is too long (maximum is 65536 characters)" },
      };
    return this.#route(`${request.method} ${url.pathname.slice(root.length)}`, url, given);
  }

  #page(entries: readonly object[], url: URL): { status: number; body: unknown; link?: string } {
    const size = Math.min(Number(url.searchParams.get("per_page") ?? 30), this.pageSize);
    const page = Number(url.searchParams.get("page") ?? 1);
    const next = new URL(url);
    next.searchParams.set("page", String(page + 1));
    return {
      status: 200,
      body: entries.slice((page - 1) * size, page * size),
      ...(page * size < entries.length ? { link: `<${next.href}>; rel="next"` } : {}),
    };
  }

  #route(
    what: string,
    url: URL,
    given: Readonly<Record<string, string>>,
  ): { status: number; body?: unknown; link?: string } {
    const missing = { status: 404, body: { message: "Not Found" } };
    const [, method = "", path = ""] = /^(\S+) (.*)$/.exec(what) ?? [];
    if (path === "") return { status: 200, body: { id: REPOSITORY_ID, owner: { id: 17 } } };
    const attempt = /^\/actions\/runs\/(\d+)\/attempts\/(\d+)$/.exec(path);
    if (attempt) {
      const run = this.workflowRuns.find(
        (otherRun) => otherRun.id === Number(attempt[1]) && otherRun.attempt === Number(attempt[2]),
      );
      if (!run) return missing;
      return {
        status: 200,
        body: {
          id: run.id,
          run_attempt: run.attempt,
          path: run.path,
          event: run.event,
          head_sha: run.head,
          repository: { id: REPOSITORY_ID },
          head_repository: { id: run.headRepository },
        },
      };
    }
    const ofPull = /^\/pulls\/(\d+)\/files$/.exec(path);
    if (ofPull) {
      const number = Number(ofPull[1]);
      if (!this.pullRequests.some((pull) => pull.number === number)) return missing;
      return this.#page(this.changedFiles.get(number) ?? [], url);
    }
    const onThread = /^\/issues\/(\d+)\/comments$/.exec(path);
    if (onThread) {
      const number = Number(onThread[1]);
      if (!this.threads.some((thread) => thread.number === number)) return missing;
      if (method === "GET")
        return this.#page(
          this.commentsOn(number).map((comment) => this.#shownComment(comment)),
          url,
        );
      const made = {
        id: this.#next++,
        thread: number,
        login: BOT,
        app: APP,
        body: given["body"] ?? "",
      };
      this.comments.push(made);
      return { status: 201, body: this.#shownComment(made) };
    }
    const oneComment = /^\/issues\/comments\/(\d+)$/.exec(path);
    if (oneComment && method === "PATCH") {
      const found = this.comments.find((comment) => comment.id === Number(oneComment[1]));
      if (!found) return missing;
      found.body = given["body"] ?? found.body;
      return { status: 200, body: this.#shownComment(found) };
    }
    if (path === "/issues" && method === "GET") {
      const creator = url.searchParams.get("creator");
      const state = url.searchParams.get("state") ?? "open";
      return this.#page(
        this.threads
          .filter(
            (thread) => thread.state === state && (creator === null || thread.login === creator),
          )
          .map((thread) => this.#shown(thread)),
        url,
      );
    }
    if (path === "/issues" && method === "POST") {
      const made: Thread = {
        number: this.#next++,
        title: given["title"] ?? "",
        body: given["body"] ?? "",
        state: "open",
        isPull: false,
        login: BOT,
      };
      this.threads.push(made);
      return { status: 201, body: this.#shown(made) };
    }
    const oneIssue = /^\/issues\/(\d+)$/.exec(path);
    if (oneIssue && method === "PATCH") {
      const found = this.threads.find((thread) => thread.number === Number(oneIssue[1]));
      if (!found) return missing;
      found.body = given["body"] ?? found.body;
      found.state = given["state"] === "closed" ? "closed" : found.state;
      return { status: 200, body: this.#shown(found) };
    }
    const ofCommit = /^\/commits\/([0-9a-f]{40})\/pulls$/.exec(path);
    if (ofCommit && method === "GET")
      return this.#page(
        this.pullRequests
          .filter((pull) => pull.merged === ofCommit[1] || pull.head === ofCommit[1])
          .map((pull) => ({
            number: pull.number,
            head: { sha: pull.head },
            base: { ref: pull.base },
            merged_at: pull.merged === undefined ? null : "2026-11-24T00:00:00Z",
            merge_commit_sha: pull.merged ?? null,
          })),
        url,
      );
    return missing;
  }
}
