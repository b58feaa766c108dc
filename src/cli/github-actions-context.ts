import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { UserError } from "../shared/index.ts";
import { type GitHub, openGitHub, repositoryName, type RunAttempt } from "../pipeline/index.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The GitHub client of a job in GitHub Actions, from its environment variables. Source: GitHub Docs, "Variables reference". */
export function gitHubFrom(
  env: Environment,
  { repository = env["GITHUB_REPOSITORY"] }: { readonly repository?: string },
): GitHub {
  if (repository === undefined)
    throw new UserError("BERTH-E8010", "the GitHub repository is unknown", {
      fix: "pass --repository owner/name, or set GITHUB_REPOSITORY, as GitHub Actions does",
      exitCode: 64,
    });
  const token = env["GITHUB_TOKEN"] ?? env["GH_TOKEN"];
  if (token === undefined || token === "")
    throw new UserError("BERTH-E8011", "there is no GitHub token", {
      fix: "set GITHUB_TOKEN; in a workflow, set it to ${{ github.token }}",
    });
  return openGitHub({ repository: repositoryName(repository), token, api: env["GITHUB_API_URL"] });
}

/** The pull request of the event that started the job. Source: GitHub Docs, "Webhook events and payloads". */
export function pullRequestFrom(env: Environment): {
  readonly number: number | undefined;
  readonly head: string | undefined;
} {
  const file = env["GITHUB_EVENT_PATH"];
  if (file === undefined || !existsSync(file)) return { number: undefined, head: undefined };
  const event = JSON.parse(readFileSync(file, "utf8")) as {
    readonly pull_request?: { readonly number?: number; readonly head?: { readonly sha?: string } };
  }; // GitHub's documented event format; each member may be missing
  return { number: event.pull_request?.number, head: event.pull_request?.head?.sha };
}

/**
 * The workflow run of this process; undefined outside GitHub Actions. Source: GitHub Docs, "Variables
 * reference", GITHUB_RUN_ID and GITHUB_RUN_ATTEMPT.
 */
export function runFrom(env: Environment): RunAttempt | undefined {
  const [id, attempt] = [Number(env["GITHUB_RUN_ID"]), Number(env["GITHUB_RUN_ATTEMPT"])];
  return Number.isSafeInteger(id) && Number.isSafeInteger(attempt) ? { id, attempt } : undefined;
}

/**
 * The file for the outputs of a step. Source: GitHub Docs, "Workflow commands", setting an output parameter.
 *
 * @throws UserError outside GitHub Actions
 */
export function stepOutputFile(env: Environment): string {
  const file = env["GITHUB_OUTPUT"];
  if (file !== undefined && file !== "") return file;
  throw new UserError("BERTH-E6007", "--github-output requires GITHUB_OUTPUT", {
    fix: "use it only in a step of GitHub Actions",
    exitCode: 64,
  });
}

/** Sets an output of the step. The value must be one line. */
export const writeStepOutput = (env: Environment, name: string, value: string): void =>
  appendFileSync(stepOutputFile(env), `${name}=${value}\n`);
