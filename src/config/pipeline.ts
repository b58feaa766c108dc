import { UserError } from "../shared/errors.ts";
import type { Project } from "./load.ts";
import type { PipelineOptions, Settings } from "./options.ts";

/** The workflow of the pipeline in its repository: where GitHub looks for it, and which the roles trust. */
export const workflowFile = ({ workflow = "berth.yml" }: PipelineOptions = {}): string =>
  `.github/workflows/${workflow}`;

/** The workflow that pushes images, which the image role trusts. */
export const imageWorkflowFile = ({ imageWorkflow = "image.yml" }: PipelineOptions = {}): string =>
  `.github/workflows/${imageWorkflow}`;

/** The branch that is applied. */
export const branchOf = ({ branch = "main" }: PipelineOptions = {}): string => branch;

/** GitHub's environment for one of the config's; a config that names none has one, and that is where users are. */
export const gitHubEnvironment = (environment: string): string =>
  environment === "default" ? "production" : environment;

/** The name of a role that bootstrap makes for a foundation. */
export const roleName = (foundation: string, kind: "plan" | "apply" | "image"): string =>
  `${foundation}-${kind}`;

/** What may differ from environment to environment: one workflow serves them all. */
const OF_ENVIRONMENTS = "roles" satisfies keyof PipelineOptions;

/** What all environments must agree on, as text that does not depend on the order of keys. */
function shared({ pipeline = {} }: Settings): string {
  const entries = Object.entries(pipeline).filter(([key]) => key !== OF_ENVIRONMENTS);
  return JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * The pipeline that a config asks for.
 *
 * @throws UserError BERTH-E8003 where it asks for none (what it applies would not be known to the roles by its tag), or
 * for several
 */
export function pipelineOf({ environments }: Project, config: string): PipelineOptions {
  const [first] = environments;
  const without = environments.find(({ pipeline }) => pipeline === undefined);
  if (first?.pipeline === undefined || without)
    throw new UserError("BERTH-E8003", "the config asks for no pipeline", {
      where: config,
      fix: "say pipeline: {}; the foundation then carries the tag by which the pipeline's roles know it",
    });
  const other = environments.find((environment) => shared(environment) !== shared(first));
  if (other)
    throw new UserError(
      "BERTH-E8003",
      `environment ${other.environment} asks for another pipeline than ${first.environment}`,
      {
        where: config,
        fix: "one workflow serves all environments: say pipeline once, beside environments; only its roles may differ",
      },
    );
  return first.pipeline;
}
