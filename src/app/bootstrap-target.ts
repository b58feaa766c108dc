import {
  branchOf,
  gitHubEnvironment,
  imageWorkflowFile,
  workflowFile,
  type PipelineOptions,
  type Settings,
} from "../config/index.ts";
import { type BootstrapOptions, foundationScopeOf } from "../constructs/bootstrap/index.ts";
import { UserError } from "../shared/index.ts";
import { idsOf, repositoryOf } from "./github-repository.ts";

/** The environments of one account with the state bucket that they share. */
export interface BootstrapTarget {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly bucket: string;
  readonly environments: readonly (Settings & { readonly account: string })[];
}

const configError = (what: string, where: string, fix: string): UserError =>
  new UserError("BERTH-E8003", what, { where, fix });

/**
 * The account, region and state bucket of the selected environments.
 *
 * @throws UserError if the environments do not have exactly one account and one bucket
 */
export function bootstrapTargetOf(
  name: string,
  settingsList: readonly Settings[],
  { config, environment }: { readonly config: string; readonly environment?: string },
): BootstrapTarget {
  const selected =
    environment === undefined
      ? settingsList
      : settingsList.filter((settings) => settings.environment === environment);
  const [first] = selected;
  const names = settingsList.map((settings) => settings.environment).join(", ");
  if (!first)
    throw new UserError("BERTH-E1007", `there is no environment "${environment}" in the config`, {
      where: config,
      fix: `use one of ${names}`,
      exitCode: 64,
    });
  const { account, state } = first;
  if (account === undefined)
    throw configError(
      "a pipeline requires an AWS account, but account is not set",
      config,
      'set account: "123456789012"',
    );
  if (selected.some((settings) => settings.account !== account))
    throw new UserError("BERTH-E8016", "the environments are in different accounts", {
      where: config,
      fix: `bootstrap each account separately: pass --env with one of ${names}`,
      exitCode: 64,
    });
  if (state === undefined)
    throw configError(
      "a pipeline requires a state bucket, but state.bucket is not set",
      config,
      'set state: { bucket: "…" }; bootstrap creates the bucket',
    );
  const environments = settingsList.filter((settings) => settings.account === account);
  const buckets = new Set(
    environments.map(
      (environment) =>
        `${environment.state?.bucket} ${environment.state?.region ?? environment.region}`,
    ),
  );
  if (buckets.size > 1)
    throw new UserError(
      "BERTH-E8017",
      `the environments of account ${account} use different state buckets`,
      {
        where: config,
        fix: "set the same bucket and region for all: each environment has its own key in the bucket",
      },
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
 * The options of the bootstrap stack for a target.
 *
 * @throws UserError if the repository or its IDs are unknown
 */
export async function bootstrapOf(
  { environments, ...target }: BootstrapTarget,
  pipeline: PipelineOptions,
  { config, env }: { readonly config: string; readonly env: NodeJS.ProcessEnv },
): Promise<BootstrapOptions> {
  const stateKeyArn = environments[0]?.state?.kmsKeyArn;
  const { owner, repo } = repositoryOf(config, pipeline);
  const ids = await idsOf({ owner, repo }, pipeline, env);
  return {
    ...target,
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
      ...foundationScopeOf(environment, target.bucket),
      environment: gitHubEnvironment(environment.environment),
    })),
  };
}
