import { basename } from "node:path/posix";
import {
  type PipelineOptions,
  type PipelineRole,
  type Settings,
  gitHubEnvironment,
  workflowFile,
} from "../../config/index.ts";
import type { PackageManager } from "../../shared/index.ts";

/** A GitHub-hosted runner: GitHub deletes it after each job. */
const DEFAULT_RUNNER = "ubuntu-24.04";

/** A part of a workflow, as a plain object. */
export type Yaml = Readonly<Record<string, unknown>>;

/** A service or job of an environment. */
export interface PipelineService {
  readonly kind: "service" | "job";
  readonly name: string;
  /** Whether the pipeline builds its image. */
  readonly isBuilt: boolean;
  readonly architecture: "arm64" | "x86_64";
}

/** One environment of the project, with what its jobs need. */
export interface PipelineEnvironment {
  readonly settings: Settings;
  /** Suffix of the IDs of its jobs, such as -prod; empty if the project has a single environment. */
  readonly suffix: string;
  /** Command-line flags that select the config and the environment. */
  readonly flags: string;
  /** The start of a command line of Berth, such as npx --no-install berth. */
  readonly berth: string;
  readonly account: string;
  /** ARNs of the roles that its jobs assume. */
  readonly roles: Readonly<Record<PipelineRole, string>>;
  /** In the order of their deployment. */
  readonly services: readonly PipelineService[];
}

/** What all jobs of a workflow share. */
export interface WorkflowContext {
  /** The project's name. It distinguishes several workflows of a repository. */
  readonly name: string;
  /** The flag that names the config file; empty if the file has the default name. */
  readonly configFlag: string;
  readonly pipeline: PipelineOptions;
  readonly packageManager: PackageManager;
  readonly branch: string;
  /** The config's folder in the repository, with a trailing slash; empty for the repository's root. */
  readonly folder: string;
}

/** Condition: the pull request can get credentials. It is neither from a fork nor from Dependabot. */
export const FROM_SAME_REPOSITORY =
  "github.event.pull_request.head.repo.full_name == github.repository && github.event.pull_request.user.login != 'dependabot[bot]'";

/** Condition: the workflow was started manually, with this operation for this environment. */
export const manualRunCondition = (operation: string, { settings }: PipelineEnvironment): string =>
  `github.event_name == 'workflow_dispatch' && inputs.operation == '${operation}' && inputs.environment == '${settings.environment}'`;

/**
 * Condition: a merge to the branch. Images are built and services are deployed only by the run of a merge, and by its repetition,
 * which uses the same images: another build of the commit can have another digest.
 */
export const mergeCondition = ({ branch }: WorkflowContext): string =>
  `github.event_name == 'push' && github.ref == 'refs/heads/${branch}'`;

/** The environment variable with the digest of a built image, for a step of a job that needs the build. */
export const imageOf = ({ name, isBuilt }: PipelineService): Readonly<Record<string, string>> =>
  isBuilt ? { DIGEST: `\${{ needs.build.outputs.${name} }}` } : {};

/** Condition: a merge to the branch, or a manual apply on the branch. */
export const applyCondition = (
  { branch }: WorkflowContext,
  environment: PipelineEnvironment,
): string =>
  `github.ref == 'refs/heads/${branch}' && (github.event_name == 'push' || (${manualRunCondition("apply", environment)}))`;

/**
 * The key `concurrency` of a job: jobs of one kind and name run one after another. The group contains the workflow's
 * file, so that another pipeline with the same name has other groups.
 */
export const concurrency = (
  { pipeline }: WorkflowContext,
  kind: string,
  name: string,
  cancelsRunning: boolean,
): Yaml => ({
  concurrency: {
    group: `${basename(workflowFile(pipeline))}/${kind}/${name}`,
    "cancel-in-progress": cancelsRunning,
  },
});

/** The key `concurrency` for jobs of a pull request: a new push cancels the jobs of the previous push. */
export const pullRequestConcurrency = (
  context: WorkflowContext,
  kind: string,
  name: string,
): Yaml => concurrency(context, kind, `${name}/\${{ github.ref }}`, true);

/**
 * The runner of a job.
 *
 * @param codeOf whose code the job executes: only code of the branch may run on `runsOn`
 */
export const runnerOf = (
  { pipeline }: WorkflowContext,
  codeOf: "branch" | "pull request",
): unknown => (codeOf === "branch" ? pipeline.runsOn : pipeline.checksRunOn) ?? DEFAULT_RUNNER;

/** The runner of a job that builds images. */
export const builderOf = (context: WorkflowContext, codeOf: "branch" | "pull request"): unknown =>
  context.pipeline.buildsRunOn ?? runnerOf(context, codeOf);

/** A job with its keys in a fixed order. */
export function job(
  runner: unknown,
  timeoutMinutes: number,
  permissions: Yaml,
  { if: condition, needs, ...rest }: Yaml,
): Yaml {
  return {
    ...(condition === undefined ? {} : { if: condition }),
    ...(needs === undefined ? {} : { needs }),
    "runs-on": runner,
    "timeout-minutes": timeoutMinutes,
    permissions,
    ...rest,
  };
}

/**
 * A job that changes the account. It runs the code of the branch, in the protected GitHub environment, and only one such job of an
 * environment runs at a time.
 */
export const protectedJob = (
  context: WorkflowContext,
  { settings }: PipelineEnvironment,
  {
    steps,
    ...conditions
  }: { readonly if: string; readonly needs?: unknown; readonly steps: unknown },
): Yaml =>
  job(
    runnerOf(context, "branch"),
    60,
    { contents: "read", "id-token": "write" },
    {
      ...conditions,
      environment: gitHubEnvironment(settings.environment),
      ...concurrency(context, "apply", settings.name, false),
      steps,
    },
  );
