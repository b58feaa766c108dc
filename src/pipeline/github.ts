import { retry } from "@octokit/plugin-retry";
import { Octokit } from "@octokit/rest";
import { UserError } from "../shared/errors.ts";

/** Who writes with the token of a workflow's own job. */
export const ACTIONS_BOT = "github-actions[bot]";

/** A repository as people write it: owner/name. */
export interface RepositoryName {
  readonly owner: string;
  readonly repo: string;
}

/**
 * Reads owner/name.
 *
 * @throws UserError where it is something else
 */
export function repositoryName(text: string): RepositoryName {
  const [, owner = "", repo = ""] = /^([A-Za-z0-9-]+)\/([A-Za-z0-9._-]+)$/.exec(text) ?? [];
  if (repo !== "") return { owner, repo };
  throw new UserError("BERTH-E8003", `"${text}" is not a repository of GitHub's`, {
    fix: "write it as owner/name",
    exitCode: 64,
  });
}

/** The numbers under which GitHub knows a repository and its owner, whatever they are called. */
export interface RepositoryIds {
  readonly ownerId: number;
  readonly repositoryId: number;
}

/** A comment or an issue, as far as it matters here. */
export interface Post {
  /** What GitHub's API calls it by: an issue's number, a comment's id. */
  readonly id: number;
  readonly author: string;
  /** Slug of the GitHub App that wrote it; undefined where none did. */
  readonly app?: string;
  readonly body: string;
  readonly url: string;
}

/** A pull request that a commit came with. */
export interface PullRequest {
  readonly number: number;
  /** The commit whose plan was commented. */
  readonly head: string;
  /** The branch it was merged into. */
  readonly base: string;
  /** The commit on that branch; undefined while it is open. */
  readonly merged: string | undefined;
}

/** One attempt of a workflow run. */
export interface RunAttempt {
  readonly id: number;
  readonly attempt: number;
}

/** A workflow run, as far as an approval depends on it. */
export interface WorkflowRun {
  /** The workflow's file, such as .github/workflows/berth.yml. */
  readonly workflow: string;
  readonly event: string;
  /** The commit that it ran for: the head of the pull request, where one started it. */
  readonly head: string;
  /** True where the commit is of another repository. */
  readonly isFork: boolean;
}

/** Files that GitHub lists of a pull request at most. Source: GitHub REST API, "List pull requests files". */
const MAX_LISTED_FILES = 3000;

/** What a pull request changes. */
export interface ChangedFiles {
  readonly paths: readonly string[];
  /** False where GitHub does not list all of them. */
  readonly isComplete: boolean;
}

/** What of GitHub's REST API the pipeline needs. Source: GitHub REST API documentation. */
export interface GitHub {
  repositoryIds(): Promise<RepositoryIds>;
  listComments(pullRequest: number): Promise<Post[]>;
  createComment(on: number, body: string): Promise<Post>;
  updateComment(id: number, body: string): Promise<Post>;
  pullRequestsOf(commit: string): Promise<PullRequest[]>;
  /** Paths that a pull request changes, old names of renamed files among them: those of 3,000 files at most. */
  changedFiles(pullRequest: number): Promise<ChangedFiles>;
  /** One attempt of a workflow run; undefined where there is none. */
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
  /** None reads public repositories alone. */
  readonly token: string | undefined;
  /** @default "https://api.github.com" */
  readonly api?: string | undefined;
}

/** What to do about a refusal, by its status. */
const FIXES: Readonly<Record<number, string>> = {
  401: "give a valid token in GITHUB_TOKEN",
  403: "the token may not do this: give the job the permission (pull-requests, issues or contents), or wait where a rate limit is reached",
  404: "name the repository as owner/name, and give a token that may see it in GITHUB_TOKEN",
  410: "issues are switched off in this repository: switch them on, or leave --issue out",
  422: "GitHub does not accept what was sent",
};

interface ErrorResponse {
  readonly status: number;
  readonly message: string;
}

const isErrorResponse = (error: unknown): error is ErrorResponse =>
  error instanceof Error && "status" in error && typeof error.status === "number";

function explain(error: unknown, what: string): Error {
  if (!isErrorResponse(error)) return error instanceof Error ? error : new TypeError(String(error));
  const fix = FIXES[error.status] ?? "try again; status.github.com says whether GitHub is well";
  // Octokit answers for a connection that was never made with 500 and its cause's words.
  return new UserError("BERTH-E8001", `GitHub did not ${what}: ${error.status} ${error.message}`, {
    fix,
  });
}

/** GitHub's REST API for one repository, by Octokit: pages are followed and what fails for a moment is tried again. */
export function openGitHub({ repository, token, api }: GitHubOptions): GitHub {
  const { rest, paginate } = new (Octokit.plugin(retry))({
    ...(token === undefined ? {} : { auth: token }),
    ...(api === undefined ? {} : { baseUrl: api.replace(/\/$/, "") }),
    userAgent: "berth",
    request: { retries: 2 },
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const attempt = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw explain(error, what);
    }
  };
  interface Raw {
    readonly id: number;
    readonly number?: number;
    readonly body?: string | null;
    readonly html_url: string;
    readonly user: { readonly login: string } | null;
    readonly performed_via_github_app?: { readonly slug?: string } | null;
  }
  const post = (otherRaw: Raw): Post => ({
    id: otherRaw.number ?? otherRaw.id,
    author: otherRaw.user?.login ?? "",
    ...(otherRaw.performed_via_github_app?.slug === undefined
      ? {}
      : { app: otherRaw.performed_via_github_app.slug }),
    body: otherRaw.body ?? "",
    url: otherRaw.html_url,
  });
  return {
    repositoryIds: () =>
      attempt("say the repository's ids", async () => {
        const { data } = await rest.repos.get({ ...repository });
        return { ownerId: data.owner.id, repositoryId: data.id };
      }),
    listComments: (pullRequest) =>
      attempt("list the comments", async () =>
        (
          await paginate(rest.issues.listComments, {
            ...repository,
            issue_number: pullRequest,
            per_page: 100,
          })
        ).map(post),
      ),
    createComment: (on, body) =>
      attempt("take the comment", async () =>
        post((await rest.issues.createComment({ ...repository, issue_number: on, body })).data),
      ),
    updateComment: (id, body) =>
      attempt("change the comment", async () =>
        post((await rest.issues.updateComment({ ...repository, comment_id: id, body })).data),
      ),
    pullRequestsOf: (commit) =>
      attempt("say which pull request the commit came with", async () =>
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
      attempt("list the files of the pull request", async () => {
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
      attempt("find the workflow run", async () => {
        try {
          const { data } = await rest.actions.getWorkflowRunAttempt({
            ...repository,
            run_id: id,
            attempt_number: number,
          });
          return {
            // GitHub's answers have the path alone, or with the repository before it and the ref behind it.
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
      attempt("list the issues", async () =>
        (
          await paginate(rest.issues.listForRepo, {
            ...repository,
            state: "open",
            creator: author,
            per_page: 100,
          })
        )
          .filter((entry) => entry.pull_request === undefined)
          .map(post),
      ),
    createIssue: (title, body) =>
      attempt("open the issue", async () =>
        post((await rest.issues.create({ ...repository, title, body })).data),
      ),
    updateIssue: (number, changes) =>
      attempt("change the issue", async () =>
        post((await rest.issues.update({ ...repository, issue_number: number, ...changes })).data),
      ),
  };
}
