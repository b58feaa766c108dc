import type { PipelineOptions } from "./options.ts";

/** The workflow of the pipeline in its repository: where GitHub looks for it, and which the roles trust. */
export const WORKFLOW_FILE = ".github/workflows/berth.yml";

/** The branch that is applied. */
export const branchOf = ({ branch = "main" }: PipelineOptions = {}): string => branch;

/** GitHub's environment for one of the config's; a config that names none has one, and that is where users are. */
export const gitHubEnvironment = (environment: string): string =>
  environment === "default" ? "production" : environment;

/** The name of a role that bootstrap makes for a foundation. */
export const roleName = (foundation: string, kind: "plan" | "apply" | "image"): string =>
  `${foundation}-${kind}`;
