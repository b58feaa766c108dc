import { execFileSync } from "node:child_process";
import { dirname, resolve } from "node:path";
import type { PipelineOptions } from "../config/index.ts";
import { UserError } from "../shared/index.ts";
import {
  openGitHub,
  type RepositoryIds,
  type RepositoryName,
  repositoryName,
} from "../pipeline/index.ts";

/** owner/name in a Git remote URL: HTTPS, SSH or scp syntax. */
const REMOTE_URL = /github\.com[/:]([A-Za-z0-9-]+\/[A-Za-z0-9._-]+?)(?:\.git)?\/?$/;

function originOf(folder: string): string | undefined {
  try {
    const url = execFileSync("git", ["remote", "get-url", "origin"], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return REMOTE_URL.exec(url.trim())?.[1];
  } catch {
    // Git is not installed, the folder is not a repository, or it has no remote "origin": the config must set the repository.
    return undefined;
  }
}

/**
 * The repository that runs the pipeline: from the config, or from the Git remote "origin".
 *
 * @throws UserError BERTH-E8010 if neither is set
 */
export function repositoryOf(config: string, options: PipelineOptions): RepositoryName {
  const name = options.repository ?? originOf(dirname(resolve(config)));
  if (name !== undefined) return repositoryName(name);
  throw new UserError("BERTH-E8010", "the GitHub repository is unknown", {
    where: config,
    fix: 'set pipeline: { repository: "owner/name" }, or add the Git remote "origin"',
  });
}

/**
 * The IDs of a repository and its owner: from the config, or from the GitHub API.
 *
 * @throws UserError if GitHub does not return them
 */
export async function idsOf(
  repository: RepositoryName,
  { ownerId, repositoryId }: PipelineOptions,
  env: NodeJS.ProcessEnv,
): Promise<RepositoryIds> {
  if (ownerId !== undefined && repositoryId !== undefined) return { ownerId, repositoryId };
  const { owner, repo } = repository;
  try {
    return await openGitHub({
      repository,
      token: env["GITHUB_TOKEN"] ?? env["GH_TOKEN"],
      api: env["GITHUB_API_URL"],
    }).repositoryIds();
  } catch (error) {
    throw new UserError(
      "BERTH-E8020",
      `the IDs of ${owner}/${repo} are unknown: ${error instanceof Error ? error.message : String(error)}`,
      {
        where: "pipeline.ownerId, pipeline.repositoryId",
        fix: `set both in the config (gh api repos/${owner}/${repo} --jq '.owner.id, .id' prints them), or set GITHUB_TOKEN`,
      },
    );
  }
}
