import { pins, uses } from "../pins.ts";
import {
  builderOf,
  job,
  mergeCondition,
  pullRequestConcurrency,
  type PipelineEnvironment,
  type PipelineService,
  type WorkflowContext,
  type Yaml,
} from "./shared.ts";
import { checkoutSteps, script } from "./steps.ts";

/** The artifact with the built images. */
export const IMAGES_ARTIFACT = "images";

/** Days in which GitHub can repeat a run, and in which a job can wait for a review. Source: GitHub Docs, "Re-running workflows and jobs". */
const RETENTION_DAYS = 30;

/** The folder of the built images. */
export const imagesFolder = ({ folder }: WorkflowContext): string => `${folder}.berth/images`;

/** Names of the services and jobs whose image the pipeline builds. They have the same image in all environments. */
export const builtServices = (environments: readonly PipelineEnvironment[]): readonly string[] =>
  (environments[0]?.services ?? []).flatMap(({ name, isBuilt }) => (isBuilt ? [name] : []));

/**
 * Builds the images of a pull request, and scans them if the config has a scanner. The job has no credentials, so it runs for every
 * pull request, also from forks.
 */
export const pullRequestBuildJob = (
  context: WorkflowContext,
  environments: readonly PipelineEnvironment[],
): Yaml =>
  job(
    builderOf(context, "pull request"),
    30,
    { contents: "read" },
    {
      if: "github.event_name == 'pull_request'",
      ...pullRequestConcurrency(context, "build", context.name),
      steps: buildSteps(context, environments, builderOf(context, "pull request")),
    },
  );

/**
 * Builds the images after a merge, once for all environments. The job has no credentials, because a Dockerfile can run any program.
 * The other jobs receive the images as an artifact, and their digests as outputs of this job.
 */
export const buildJob = (
  context: WorkflowContext,
  environments: readonly PipelineEnvironment[],
): Yaml =>
  job(
    builderOf(context, "branch"),
    30,
    { contents: "read" },
    {
      if: mergeCondition(context),
      outputs: Object.fromEntries(
        builtServices(environments).map((name) => [name, `\${{ steps.build.outputs.${name} }}`]),
      ),
      steps: [
        ...buildSteps(context, environments, builderOf(context, "branch")),
        {
          uses: uses(pins.uploadArtifact),
          with: {
            name: IMAGES_ARTIFACT,
            path: imagesFolder(context),
            "include-hidden-files": true,
            "if-no-files-found": "error",
            "retention-days": RETENTION_DAYS,
          },
        },
      ],
    },
  );

function buildSteps(
  context: WorkflowContext,
  [environment]: readonly PipelineEnvironment[],
  runner: unknown,
): Yaml[] {
  const { scanCommand } = context.pipeline;
  return [
    ...checkoutSteps(context),
    ...builderSteps(environment?.services ?? [], runner),
    {
      name: "Build",
      id: "build",
      run: script(
        `${context.packageManager.run} berth build${environment?.flags ?? ""} --github-output`,
      ),
    },
    ...(scanCommand === undefined
      ? []
      : [
          {
            name: "Scan",
            run: script(
              "for IMAGE_ARCHIVE in .berth/images/*.tar; do",
              "  export IMAGE_ARCHIVE",
              `  ${scanCommand}`,
              "done",
            ),
          },
        ]),
  ];
}

/**
 * Steps that prepare a GitHub-hosted runner: a builder of Docker Buildx that exports OCI archives, and emulation for images of an
 * architecture that the runner does not have. Other runners have what their owner installs.
 *
 * Source: GitHub Docs, "GitHub-hosted runners reference", workflow labels; Docker Docs, "OCI and Docker exporters".
 */
function builderSteps(services: readonly PipelineService[], runner: unknown): Yaml[] {
  if (typeof runner !== "string" || !runner.startsWith("ubuntu-")) return [];
  const own = runner.endsWith("-arm") ? "arm64" : "x86_64";
  const needsEmulation = services.some(
    ({ isBuilt, architecture }) => isBuilt && architecture !== own,
  );
  return [
    ...(needsEmulation
      ? [
          {
            name: "Install emulation of another architecture",
            "working-directory": ".",
            run: script("sudo apt-get update", "sudo apt-get install --yes qemu-user-static"),
          },
        ]
      : []),
    { name: "Create a builder", "working-directory": ".", run: "docker buildx create --use" },
  ];
}
