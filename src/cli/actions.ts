import { existsSync, readFileSync } from "node:fs";
import { UserError } from "../errors.ts";
import { type GitHub, openGitHub, repositoryName } from "../pipeline/github.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** GitHub as a job of GitHub Actions is told of it. Source: GitHub Docs, "Variables reference". */
export function gitHubFrom(
  env: Environment,
  { repository = env["GITHUB_REPOSITORY"] }: { readonly repository?: string },
): GitHub {
  if (repository === undefined)
    throw new UserError("BERTH-E8003", "which repository?", {
      fix: "pass --repository owner/name; in GitHub Actions it is GITHUB_REPOSITORY",
      exitCode: 64,
    });
  const token = env["GITHUB_TOKEN"] ?? env["GH_TOKEN"];
  if (token === undefined || token === "")
    throw new UserError("BERTH-E8003", "there is no token to speak to GitHub with", {
      fix: "set GITHUB_TOKEN; in a workflow to ${{ github.token }}",
    });
  return openGitHub({ repository: repositoryName(repository), token, api: env["GITHUB_API_URL"] });
}

/** The pull request that a job runs for, from its event. Source: GitHub Docs, "Webhook events and payloads". */
export function pullRequestFrom(env: Environment): {
  readonly number: number | undefined;
  readonly head: string | undefined;
} {
  const file = env["GITHUB_EVENT_PATH"];
  if (file === undefined || !existsSync(file)) return { number: undefined, head: undefined };
  const event = JSON.parse(readFileSync(file, "utf8")) as {
    readonly pull_request?: { readonly number?: number; readonly head?: { readonly sha?: string } };
  }; // GitHub's documented shape; each step may be missing
  return { number: event.pull_request?.number, head: event.pull_request?.head?.sha };
}
