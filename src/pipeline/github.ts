import { retry } from "@octokit/plugin-retry";
import { Octokit } from "@octokit/rest";
import { UserError } from "../shared/index.ts";

/** The author of comments and issues that a workflow's job creates with its own token. */
export const ACTIONS_BOT = "github-actions[bot]";

/** The owner and the name of a repository. */
export interface RepositoryName {
  readonly owner: string;
  readonly repo: string;
}

/**
 * Parses owner/name.
 *
 * @throws UserError BERTH-E8003 if the text has another format
 */
export function repositoryName(text: string): RepositoryName {
  const [, owner = "", repo = ""] = /^([A-Za-z0-9-]+)\/([A-Za-z0-9._-]+)$/.exec(text) ?? [];
  if (repo !== "") return { owner, repo };
  throw new UserError("BERTH-E8003", `"${text}" is not a GitHub repository name`, {
    fix: "write it as owner/name",
    exitCode: 64,
  });
}

/** GitHub's IDs of a repository and its owner. They stay the same after a rename. */
export interface RepositoryIds {
  readonly ownerId: number;
  readonly repositoryId: number;
}

/** A comment or an issue. */
export interface Post {
  /** The number of an issue, or the ID of a comment. */
  readonly id: number;
  readonly author: string;
  /** Slug of the GitHub App that wrote it; undefined if no app did. */
  readonly app?: string;
  readonly body: string;
  readonly url: string;
}

/** A pull request that contains a commit. */
export interface PullRequest {
  readonly number: number;
  /** The last commit of the pull request. The comment has its plan. */
  readonly head: string;
  /** The branch it was merged into. */
  readonly base: string;
  /** The merge commit on that branch; undefined if the pull request is not merged. */
  readonly merged: string | undefined;
}

/** One attempt of a workflow run. */
export interface RunAttempt {
  readonly id: number;
  readonly attempt: number;
}

/** A workflow run. */
export interface WorkflowRun {
  /** The workflow's file, such as .github/workflows/berth.yml. */
  readonly workflow: string;
  readonly event: string;
  /** The commit that it ran for: the head of the pull request, if a pull request started it. */
  readonly head: string;
  /** True if the pull request comes from a fork. */
  readonly isFork: boolean;
}

/** The maximum number of files that GitHub lists for a pull request. Source: GitHub REST API, "List pull requests files". */
const MAX_LISTED_FILES = 3000;

/** The files that a pull request changes. */
export interface ChangedFiles {
  readonly paths: readonly string[];
  /** False if GitHub does not list all of them. */
  readonly isComplete: boolean;
}

/** The requests to GitHub's REST API that the pipeline needs. Source: GitHub REST API documentation. */
export interface GitHub {
  repositoryIds(): Promise<RepositoryIds>;
  listComments(pullRequest: number): Promise<Post[]>;
  createComment(pullRequest: number, body: string): Promise<Post>;
  updateComment(id: number, body: string): Promise<Post>;
  pullRequestsOf(commit: string): Promise<PullRequest[]>;
  /** Paths that a pull request changes, including the old names of renamed files. At most 3,000 files. */
  changedFiles(pullRequest: number): Promise<ChangedFiles>;
  /** An attempt of a workflow run; undefined if it does not exist. */
  workflowRun(run: RunAttempt): Promise<WorkflowRun | undefined>;
  listOpenIssues(author: string): Promise<Post[]>;
  createIssue(title: string, body: string): Promise<Post>;
  updateIssue(
    number: number,
    changes: { readonly body?: string; readonly state?: "closed" },
  ): Promise<Post>;
}

export interface GitHubOptions {
  readonly repository: RepositoryName;
  /** Undefined: only public repositories can be read. */
  readonly token: string | undefined;
  /** @default "https://api.github.com" */
  readonly api?: string | undefined;
}

/** What to do about an error, by its HTTP status. */
const FIXES: Readonly<Record<number, string>> = {
  401: "set GITHUB_TOKEN to a valid token",
  403: "give the job the missing permission (pull-requests, issues or contents); if a rate limit is reached, wait",
  404: "write the repository as owner/name, and set GITHUB_TOKEN to a token that can read it",
  410: "enable issues in the settings of this repository, or omit --issue",
  422: "GitHub rejected the content of the request: correct it as the message says",
};

interface ErrorResponse {
  readonly status: number;
  readonly message: string;
}

const isErrorResponse = (error: unknown): error is ErrorResponse =>
  error instanceof Error && "status" in error && typeof error.status === "number";

function explain(error: unknown, operation: string): Error {
  if (!isErrorResponse(error)) return error instanceof Error ? error : new TypeError(String(error));
  const fix = FIXES[error.status] ?? "try again; see www.githubstatus.com for incidents";
  // If the connection fails, Octokit reports status 500 and the message of the cause.
  return new UserError(
    "BERTH-E8001",
    `cannot ${operation} on GitHub: ${error.status} ${error.message}`,
    {
      fix,
    },
  );
}

/** GitHub's REST API for a repository, with Octokit. It reads all pages of a list, and retries temporary failures. */
export function openGitHub({ repository, token, api }: GitHubOptions): GitHub {
  const { rest, paginate } = new (Octokit.plugin(retry))({
    ...(token === undefined ? {} : { auth: token }),
    ...(api === undefined ? {} : { baseUrl: api.replace(/\/$/, "") }),
    userAgent: "berth",
    request: { retries: 2 },
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const request = async <T>(operation: string, send: () => Promise<T>): Promise<T> => {
    try {
      return await send();
    } catch (error) {
      throw explain(error, operation);
    }
  };
  interface PostResponse {
    readonly id: number;
    readonly number?: number;
    readonly body?: string | null;
    readonly html_url: string;
    readonly user: { readonly login: string } | null;
    readonly performed_via_github_app?: { readonly slug?: string } | null;
  }
  const toPost = (response: PostResponse): Post => ({
    id: response.number ?? response.id,
    author: response.user?.login ?? "",
    ...(response.performed_via_github_app?.slug === undefined
      ? {}
      : { app: response.performed_via_github_app.slug }),
    body: response.body ?? "",
    url: response.html_url,
  });
  return {
    repositoryIds: () =>
      request("read the repository's IDs", async () => {
        const { data } = await rest.repos.get({ ...repository });
        return { ownerId: data.owner.id, repositoryId: data.id };
      }),
    listComments: (pullRequest) =>
      request("list the comments", async () =>
        (
          await paginate(rest.issues.listComments, {
            ...repository,
            issue_number: pullRequest,
            per_page: 100,
          })
        ).map(toPost),
      ),
    createComment: (pullRequest, body) =>
      request("create the comment", async () =>
        toPost(
          (await rest.issues.createComment({ ...repository, issue_number: pullRequest, body }))
            .data,
        ),
      ),
    updateComment: (id, body) =>
      request("update the comment", async () =>
        toPost((await rest.issues.updateComment({ ...repository, comment_id: id, body })).data),
      ),
    pullRequestsOf: (commit) =>
      request("find the pull request of the commit", async () =>
        (
          await paginate(rest.repos.listPullRequestsAssociatedWithCommit, {
            ...repository,
            commit_sha: commit,
            per_page: 100,
          })
        ).map((entry) => ({
          number: entry.number,
          head: entry.head.sha,
          base: entry.base.ref,
          merged: entry.merged_at === null ? undefined : (entry.merge_commit_sha ?? undefined),
        })),
      ),
    changedFiles: (pullRequest) =>
      request("list the files of the pull request", async () => {
        const files = await paginate(rest.pulls.listFiles, {
          ...repository,
          pull_number: pullRequest,
          per_page: 100,
        });
        return {
          paths: files.flatMap(({ filename, previous_filename: before }) =>
            before === undefined ? [filename] : [filename, before],
          ),
          isComplete: files.length < MAX_LISTED_FILES,
        };
      }),
    workflowRun: ({ id, attempt: number }) =>
      request("read the workflow run", async () => {
        try {
          const { data } = await rest.actions.getWorkflowRunAttempt({
            ...repository,
            run_id: id,
            attempt_number: number,
          });
          return {
            // GitHub returns only the path, or the path with the repository before it and the ref after it.
            workflow: /\.github\/workflows\/[^@]+/.exec(data.path)?.[0] ?? data.path,
            event: data.event,
            head: data.head_sha,
            isFork: data.head_repository?.id !== data.repository.id,
          };
        } catch (error) {
          if (isErrorResponse(error) && error.status === 404) return undefined;
          throw error;
        }
      }),
    listOpenIssues: (author) =>
      request("list the issues", async () =>
        (
          await paginate(rest.issues.listForRepo, {
            ...repository,
            state: "open",
            creator: author,
            per_page: 100,
          })
        )
          .filter((entry) => entry.pull_request === undefined)
          .map(toPost),
      ),
    createIssue: (title, body) =>
      request("create the issue", async () =>
        toPost((await rest.issues.create({ ...repository, title, body })).data),
      ),
    updateIssue: (number, changes) =>
      request("update the issue", async () =>
        toPost(
          (await rest.issues.update({ ...repository, issue_number: number, ...changes })).data,
        ),
      ),
  };
}
