import { partitionOf } from "../aws/index.ts";
import { UserError } from "../shared/index.ts";
import type { Project } from "./load.ts";
import type { FoundationOptions, PipelineOptions, ProjectOptions, Settings } from "./options.ts";

/** Path of the pipeline's workflow in its repository. The roles trust this workflow. */
export const workflowFile = ({ workflow = "berth.yml" }: PipelineOptions = {}): string =>
  `.github/workflows/${workflow}`;

/** Path of the workflow that pushes images. The image role trusts this workflow. */
export const imageWorkflowFile = ({ imageWorkflow = "image.yml" }: PipelineOptions = {}): string =>
  `.github/workflows/${imageWorkflow}`;

/** The branch that the pipeline applies. */
export const branchOf = ({ branch = "main" }: PipelineOptions = {}): string => branch;

/** The GitHub environment of an environment; "production" if the config defines no environments. */
export const gitHubEnvironment = (environment: string): string =>
  environment === "default" ? "production" : environment;

/** The roles of a pipeline, by what their jobs do. */
export type PipelineRole = "plan" | "apply" | "image" | "deploy";

/** Name of a role that bootstrap creates for a foundation. */
export const roleName = (foundation: string, kind: PipelineRole): string => `${foundation}-${kind}`;

/** ARN of the policy that is the permissions boundary of the roles that a pipeline may create. */
export const boundaryArn = ({
  name,
  region,
  account,
}: {
  readonly name: string;
  readonly region: string;
  readonly account: string;
}): string => `arn:${partitionOf(region)}:iam::${account}:policy/${name}-boundary`;

/**
 * ARN of the permissions boundary of the roles of services and jobs; undefined if the deploy role that bootstrap creates does not
 * deploy them. That role creates only roles with this boundary.
 */
export const serviceRoleBoundary = ({
  name,
  region,
  account,
  pipeline,
}: FoundationOptions & ProjectOptions): string | undefined =>
  pipeline === undefined || pipeline.roles?.deploy !== undefined || account === undefined
    ? undefined
    : boundaryArn({ name, region, account });

/** The option that may differ between environments. All environments share one workflow. */
const ENVIRONMENT_OPTION = "roles" satisfies keyof PipelineOptions;

/** The options that must be equal in all environments, as text that does not depend on the order of keys. */
function sharedOptions({ pipeline = {} }: Settings): string {
  const entries = Object.entries(pipeline).filter(([key]) => key !== ENVIRONMENT_OPTION);
  return JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * The pipeline options of a config.
 *
 * @throws UserError BERTH-E8003 if an environment has no pipeline (its resources would lack the tag that the roles require), or
 * if the environments have different pipelines
 */
export function pipelineOf({ environments }: Project, config: string): PipelineOptions {
  const [first] = environments;
  const withoutPipeline = environments.find(({ pipeline }) => pipeline === undefined);
  if (first?.pipeline === undefined || withoutPipeline)
    throw new UserError("BERTH-E8003", "the config has no pipeline", {
      where: config,
      fix: "set pipeline: {}; the foundation then gets the tag that the pipeline's roles require",
    });
  const differing = environments.find(
    (environment) => sharedOptions(environment) !== sharedOptions(first),
  );
  if (differing)
    throw new UserError(
      "BERTH-E8021",
      `environment ${differing.environment} has other pipeline options than ${first.environment}`,
      {
        where: config,
        fix: "set pipeline once, outside of environments: all environments share one workflow; only roles may differ",
      },
    );
  return first.pipeline;
}
