import { execFileSync } from "node:child_process";
import { dirname, resolve } from "node:path";
import type { PipelineOptions } from "../config/options.ts";
import { UserError } from "../shared/errors.ts";
import {
  openGitHub,
  type RepositoryIds,
  type RepositoryName,
  repositoryName,
} from "../pipeline/github.ts";

/** GitHub's owner/name in an address of Git's: https, ssh, or scp's way. */
const ADDRESS = /github\.com[/:]([A-Za-z0-9-]+\/[A-Za-z0-9._-]+?)(?:\.git)?\/?$/;

function originOf(folder: string): string | undefined {
  try {
    const address = execFileSync("git", ["remote", "get-url", "origin"], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return ADDRESS.exec(address.trim())?.[1];
  } catch {
    // No Git, no repository, or no remote of this name: the config must say it.
    return undefined;
  }
}

/**
 * The repository that the pipeline runs in: the config's, or that of Git's remote.
 *
 * @throws UserError BERTH-E8003 where neither says one
 */
export function repositoryOf(config: string, options: PipelineOptions): RepositoryName {
  const said = options.repository ?? originOf(dirname(resolve(config)));
  if (said !== undefined) return repositoryName(said);
  throw new UserError("BERTH-E8003", "which repository on GitHub?", {
    where: config,
    fix: 'say pipeline: { repository: "owner/name" }, or add Git\'s remote "origin"',
  });
}

/**
 * The numbers of a repository and its owner: the config's, or GitHub's answer.
 *
 * @throws UserError where GitHub does not say them
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
      "BERTH-E8003",
      `the numbers of ${owner}/${repo} are not known: ${error instanceof Error ? error.message : String(error)}`,
      {
        where: "pipeline.ownerId, pipeline.repositoryId",
        fix: `say both in the config, as gh api repos/${owner}/${repo} --jq '.owner.id, .id' prints them, or set GITHUB_TOKEN`,
      },
    );
  }
}
