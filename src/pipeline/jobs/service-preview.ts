import { pins, uses } from "../pins.ts";
import { IMAGES_ARTIFACT, imagesFolder } from "./build.ts";
import { jobId } from "./job-id.ts";
import {
  concurrency,
  imageOf,
  job,
  mergeCondition,
  type PipelineEnvironment,
  runnerOf,
  type WorkflowContext,
  type Yaml,
} from "./shared.ts";
import { credentialsStep, planServiceStep, script, setupSteps } from "./steps.ts";

/**
 * Pushes the built images to the repository of the environment, and plans its services with them, before the environment's
 * reviewers approve the deployment. The reviewers read these plans in the run's summary, and the deployment applies exactly them.
 *
 * The job runs after the foundation of the environment has been applied, because the services read its outputs.
 */
export function servicePreviewJob(
  context: WorkflowContext,
  environment: PipelineEnvironment,
): Yaml {
  const { services, roles, settings } = environment;
  const hasBuiltImages = services.some(({ isBuilt }) => isBuilt);
  const [previewId, applyId] = [jobId("preview", environment), jobId("apply", environment)];
  const preview = `needs.${previewId}`;
  return job(
    runnerOf(context, "branch"),
    30,
    { contents: "read", "id-token": "write" },
    {
      if: `\${{ !failure() && !cancelled() && ${preview}.result == 'success' && (${preview}.outputs.fingerprint == '' || needs.${applyId}.result == 'success') && ${mergeCondition(context)} }}`,
      needs: [previewId, applyId, ...(hasBuiltImages ? ["build"] : [])],
      ...concurrency(context, "service-preview", settings.name, false),
      outputs: Object.fromEntries(
        services.map(({ name }) => [name, `\${{ steps.plan-${name}.outputs.fingerprint }}`]),
      ),
      steps: [
        ...setupSteps(context),
        ...(hasBuiltImages ? pushSteps(context, environment) : []),
        credentialsStep(environment, roles.plan, "preview", { replacesEarlier: hasBuiltImages }),
        ...services.map((service) =>
          planServiceStep(environment, service, {
            options: `${service.isBuilt ? ' --image "@$DIGEST"' : ""} --github-output`,
            env: imageOf(service),
          }),
        ),
      ],
    },
  );
}

const pushSteps = (context: WorkflowContext, environment: PipelineEnvironment): Yaml[] => {
  const { failOn } = context.pipeline;
  const options = failOn === undefined ? "" : ` --fail-on ${failOn}`;
  return [
    {
      uses: uses(pins.downloadArtifact),
      with: { name: IMAGES_ARTIFACT, path: imagesFolder(context) },
    },
    credentialsStep(environment, environment.roles.image, "push"),
    {
      name: "Push the images",
      run: script(`${environment.berth} push${environment.flags}${options}`),
    },
  ];
};
