import { z } from "zod";
import { UserError } from "../shared/index.ts";
import { GitHubClient, type GitHubClientOptions, GitHubError } from "./github-request.ts";

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
 * @throws UserError BERTH-E8018 if the text has another format
 */
export function repositoryName(text: string): RepositoryName {
  const [, owner = "", repo = ""] = /^([A-Za-z0-9-]+)\/([A-Za-z0-9._-]+)$/.exec(text) ?? [];
  if (repo !== "") return { owner, repo };
  throw new UserError("BERTH-E8018", `"${text}" is not a GitHub repository name`, {
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

export interface GitHubOptions extends GitHubClientOptions {
  readonly repository: RepositoryName;
}

/** What to do about an error, by its HTTP status. */
const FIXES: Readonly<Record<number, string>> = {
  401: "set GITHUB_TOKEN to a valid token",
  403: "give the job the missing permission (pull-requests, issues or contents)",
  404: "write the repository as owner/name, and set GITHUB_TOKEN to a token that can read it",
  410: "enable issues in the settings of this repository, or omit --issue",
  422: "GitHub rejected the content of the request: correct it as the message says",
};

function fixFor({ status, retryAfterMs }: GitHubError): string {
  if (retryAfterMs !== undefined)
    return `the rate limit ends in ${Math.ceil(retryAfterMs / 1000)} s; try again then`;
  if (status === undefined) return "check the connection to GitHub, and try again";
  return FIXES[status] ?? "try again; see www.githubstatus.com for incidents";
}

function explain(error: unknown, operation: string): Error {
  if (!(error instanceof GitHubError))
    return error instanceof Error ? error : new TypeError(String(error));
  const status = error.status === undefined ? "" : `${error.status} `;
  return new UserError("BERTH-E8001", `cannot ${operation} on GitHub: ${status}${error.message}`, {
    fix: fixFor(error),
  });
}

/** The parts of GitHub's responses that Berth reads. Source: GitHub REST API documentation. */
const repositoryResponse = z.object({ id: z.number(), owner: z.object({ id: z.number() }) });
const userResponse = z.object({ login: z.string() }).nullish();
const postResponse = z.object({
  id: z.number(),
  number: z.number().optional(),
  body: z.string().nullish(),
  html_url: z.string(),
  user: userResponse,
  performed_via_github_app: z.object({ slug: z.string().optional() }).nullish(),
  pull_request: z.object({}).nullish(),
});
const pullRequestResponse = z.object({
  number: z.number(),
  head: z.object({ sha: z.string() }),
  base: z.object({ ref: z.string() }),
  merged_at: z.string().nullish(),
  merge_commit_sha: z.string().nullish(),
});
const fileResponse = z.object({
  filename: z.string(),
  previous_filename: z.string().optional(),
});
const runResponse = z.object({
  path: z.string(),
  event: z.string(),
  head_sha: z.string(),
  repository: z.object({ id: z.number() }),
  head_repository: z.object({ id: z.number() }).nullish(),
});

function toPost(response: z.infer<typeof postResponse>): Post {
  const app = response.performed_via_github_app?.slug;
  return {
    id: response.number ?? response.id,
    author: response.user?.login ?? "",
    ...(app === undefined ? {} : { app }),
    body: response.body ?? "",
    url: response.html_url,
  };
}

/** GitHub's REST API for a repository. It reads all pages of a list, and retries temporary failures. */
export function openGitHub({ repository: { owner, repo }, ...options }: GitHubOptions): GitHub {
  const client = new GitHubClient(options);
  const root = `/repos/${owner}/${repo}`;
  const request = async <T>(operation: string, send: () => Promise<T>): Promise<T> => {
    try {
      return await send();
    } catch (error) {
      throw explain(error, operation);
    }
  };
  const sendPost = async (
    operation: string,
    method: "PATCH" | "POST",
    path: string,
    body: object,
  ): Promise<Post> =>
    request(operation, async () =>
      toPost(await client.send(postResponse, { method, path: root + path, body })),
    );
  return {
    repositoryIds: () =>
      request("read the repository's IDs", async () => {
        const { id, owner: account } = await client.send(repositoryResponse, {
          method: "GET",
          path: root,
        });
        return { ownerId: account.id, repositoryId: id };
      }),
    listComments: (pullRequest) =>
      request("list the comments", async () =>
        (await client.list(postResponse, { path: `${root}/issues/${pullRequest}/comments` })).map(
          toPost,
        ),
      ),
    createComment: (pullRequest, body) =>
      sendPost("create the comment", "POST", `/issues/${pullRequest}/comments`, { body }),
    updateComment: (id, body) =>
      sendPost("update the comment", "PATCH", `/issues/comments/${id}`, { body }),
    pullRequestsOf: (commit) =>
      request("find the pull request of the commit", async () =>
        (await client.list(pullRequestResponse, { path: `${root}/commits/${commit}/pulls` })).map(
          ({ number, head, base, merged_at: mergedAt, merge_commit_sha: mergeCommit }) => ({
            number,
            head: head.sha,
            base: base.ref,
            merged: (mergedAt ?? undefined) === undefined ? undefined : (mergeCommit ?? undefined),
          }),
        ),
      ),
    changedFiles: (pullRequest) =>
      request("list the files of the pull request", async () => {
        const files = await client.list(fileResponse, {
          path: `${root}/pulls/${pullRequest}/files`,
        });
        return {
          paths: files.flatMap(({ filename, previous_filename: before }) =>
            before === undefined ? [filename] : [filename, before],
          ),
          isComplete: files.length < MAX_LISTED_FILES,
        };
      }),
    workflowRun: ({ id, attempt }) =>
      request("read the workflow run", async () => {
        try {
          const run = await client.send(runResponse, {
            method: "GET",
            path: `${root}/actions/runs/${id}/attempts/${attempt}`,
          });
          return {
            // GitHub returns only the path, or the path with the repository before it and the ref after it.
            workflow: /\.github\/workflows\/[^@]+/.exec(run.path)?.[0] ?? run.path,
            event: run.event,
            head: run.head_sha,
            isFork: run.head_repository?.id !== run.repository.id,
          };
        } catch (error) {
          if (error instanceof GitHubError && error.status === 404) return undefined;
          throw error;
        }
      }),
    listOpenIssues: (author) =>
      request("list the issues", async () =>
        (
          await client.list(postResponse, {
            path: `${root}/issues`,
            query: { state: "open", creator: author },
          })
        )
          .filter((entry) => (entry.pull_request ?? undefined) === undefined)
          .map(toPost),
      ),
    createIssue: (title, body) => sendPost("create the issue", "POST", "/issues", { title, body }),
    updateIssue: (number, changes) =>
      sendPost("update the issue", "PATCH", `/issues/${number}`, changes),
  };
}
