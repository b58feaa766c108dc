import { jobId } from "./job-id.ts";
import {
  imageOf,
  mergeCondition,
  type PipelineEnvironment,
  protectedJob,
  type WorkflowContext,
  type Yaml,
} from "./shared.ts";
import { credentialsStep, recoverySteps, script, serviceChange, setupSteps } from "./steps.ts";

/**
 * Deploys the services whose plan has changes, once the environment's reviewers approve the job, and waits for each deployment. The
 * job fails if ECS rolls a deployment back.
 *
 * The image is the one of the plan, by its digest. The role can deploy, and cannot change the foundation.
 */
export function deployJob(context: WorkflowContext, environment: PipelineEnvironment): Yaml {
  const { berth, flags, services, roles } = environment;
  const previewId = jobId("service-preview", environment);
  const preview = `needs.${previewId}`;
  const hasChanges = services.map(({ name }) => `${preview}.outputs.${name} != ''`).join(" || ");
  return protectedJob(context, environment, {
    if: `\${{ !failure() && !cancelled() && ${preview}.result == 'success' && (${hasChanges}) && ${mergeCondition(context)} }}`,
    needs: [previewId, ...(services.some(({ isBuilt }) => isBuilt) ? ["build"] : [])],
    steps: [
      ...setupSteps(context),
      credentialsStep(environment, roles.deploy, "deploy"),
      ...services.map((service) => ({
        if: `\${{ ${preview}.outputs.${service.name} != '' }}`,
        id: `deploy-${service.name}`,
        name: `Deploy ${service.name}`,
        env: { APPROVED: `\${{ ${preview}.outputs.${service.name} }}`, ...imageOf(service) },
        run: script(
          `${berth} deploy ${service.name}${flags}${service.isBuilt ? ' --image "@$DIGEST"' : ""} --yes --approved "$APPROVED"`,
        ),
      })),
      ...recoverySteps(
        environment,
        services.map(({ name }) => serviceChange(`deploy-${name}`, name)),
      ),
    ],
  });
}
