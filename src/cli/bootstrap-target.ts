import {
  branchOf,
  gitHubEnvironment,
  imageWorkflowFile,
  workflowFile,
} from "../config/pipeline.ts";
import type { PipelineOptions, Settings } from "../config/options.ts";
import type { BootstrapOptions } from "../constructs/bootstrap/bootstrap.ts";
import { UserError } from "../shared/errors.ts";
import { idsOf, repositoryOf } from "./github-repository.ts";

/** The environments of one account, and what they share: what a bootstrap stands on. */
export interface BootstrapTarget {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly bucket: string;
  readonly environments: readonly (Settings & { readonly account: string })[];
}

const needs = (what: string, where: string, fix: string): UserError =>
  new UserError("BERTH-E8003", what, { where, fix });

/**
 * What the environments of the account that is meant have in common.
 *
 * @throws UserError where the config does not say one account and one bucket
 */
export function bootstrapTargetOf(
  name: string,
  settingsList: readonly Settings[],
  flags: { readonly config: string; readonly env?: string },
): BootstrapTarget {
  const asked =
    flags.env === undefined
      ? settingsList
      : settingsList.filter((settings) => settings.environment === flags.env);
  const [first] = asked;
  const known = settingsList.map((settings) => settings.environment).join(", ");
  if (!first)
    throw new UserError("BERTH-E1004", `the config names no environment "${flags.env}"`, {
      where: flags.config,
      fix: `known are ${known}`,
      exitCode: 64,
    });
  const { account, state } = first;
  if (account === undefined)
    throw needs(
      "a pipeline is for one account, and the config does not say which",
      flags.config,
      'say account: "123456789012"',
    );
  if (asked.some((settings) => settings.account !== account))
    throw new UserError("BERTH-E8003", "the environments lie in several accounts", {
      where: flags.config,
      fix: `bootstrap each account by itself: --env with one of ${known}`,
      exitCode: 64,
    });
  if (state === undefined)
    throw needs(
      "a pipeline keeps its state in a bucket, and the config names none",
      flags.config,
      'say state: { bucket: "…" }; bootstrap creates it',
    );
  const environments = settingsList.filter((settings) => settings.account === account);
  const places = new Set(
    environments.map(
      (environment) =>
        `${environment.state?.bucket} ${environment.state?.region ?? environment.region}`,
    ),
  );
  if (places.size > 1)
    throw needs(
      `the environments of account ${account} keep their states in several buckets`,
      flags.config,
      "give them one bucket in one region: each has a key of its own in it",
    );
  return {
    name,
    account,
    bucket: state.bucket,
    region: state.region ?? first.region,
    environments: environments.map((environment) => ({ ...environment, account })),
  };
}

/**
 * What the bootstrap of a ground makes.
 *
 * @throws UserError where the repository or its numbers are not known
 */
export async function bootstrapOf(
  { environments, ...shared }: BootstrapTarget,
  pipeline: PipelineOptions,
  config: string,
): Promise<BootstrapOptions> {
  const { foundationScopeOf } = await import("../constructs/bootstrap/foundation-scope.ts");
  const stateKeyArn = environments[0]?.state?.kmsKeyArn;
  const { owner, repo } = repositoryOf(config, pipeline);
  const ids = await idsOf({ owner, repo }, pipeline, process.env);
  return {
    ...shared,
    adoptsProvider: false,
    adoptsBucket: false,
    ...(stateKeyArn === undefined ? {} : { stateKeyArn }),
    repository: {
      owner,
      repository: repo,
      ...ids,
      branch: branchOf(pipeline),
      workflow: workflowFile(pipeline),
      imageWorkflow: imageWorkflowFile(pipeline),
    },
    foundations: environments.map((environment) => ({
      ...foundationScopeOf(environment, shared.bucket),
      environment: gitHubEnvironment(environment.environment),
    })),
  };
}
