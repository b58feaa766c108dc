/**
 * The jobs of each environment. No kind starts with another kind and a hyphen, so that jobs of different kinds never have the same ID:
 * `preview` of an environment `services-prod` is not a job of the environment `prod`.
 */
export const ENVIRONMENT_JOBS = [
  "check",
  "plan",
  "preview",
  "apply",
  "service-preview",
  "deploy",
  "drift",
  "rollback",
  "destroy",
] as const;

/** The jobs that a workflow has once. */
export const SINGLE_JOBS = ["build-pull-request", "build", "comment", "fork"] as const;

export type EnvironmentJob = (typeof ENVIRONMENT_JOBS)[number];

/** The ID of a job of an environment. */
export const jobId = (kind: EnvironmentJob, { suffix }: { readonly suffix: string }): string =>
  `${kind}${suffix}`;
