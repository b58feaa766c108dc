import { pins, uses } from "../pins.ts";
import {
  job,
  mergeCondition,
  pullRequestConcurrency,
  type PipelineEnvironment,
  runnerOf,
  type WorkflowContext,
  type Yaml,
} from "./shared.ts";
import { checkoutSteps, script } from "./steps.ts";

/** The artifact with the built images. */
export const IMAGES_ARTIFACT = "images";

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
    runnerOf(context, "pull request"),
    30,
    { contents: "read" },
    {
      if: "github.event_name == 'pull_request'",
      ...pullRequestConcurrency(context, "build", context.name),
      steps: buildSteps(context, environments),
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
    runnerOf(context, "branch"),
    30,
    { contents: "read" },
    {
      if: mergeCondition(context),
      outputs: Object.fromEntries(
        builtServices(environments).map((name) => [name, `\${{ steps.build.outputs.${name} }}`]),
      ),
      steps: [
        ...buildSteps(context, environments),
        {
          uses: uses(pins.uploadArtifact),
          with: {
            name: IMAGES_ARTIFACT,
            path: imagesFolder(context),
            "include-hidden-files": true,
            "if-no-files-found": "error",
            "retention-days": 1,
          },
        },
      ],
    },
  );

function buildSteps(
  context: WorkflowContext,
  [environment]: readonly PipelineEnvironment[],
): Yaml[] {
  const { scanCommand } = context.pipeline;
  return [
    ...checkoutSteps(context),
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
