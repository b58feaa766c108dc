import { jobId } from "./job-id.ts";
import {
  applyCondition,
  type PipelineEnvironment,
  protectedJob,
  type WorkflowContext,
  type Yaml,
} from "./shared.ts";
import { credentialsStep, foundationChange, recoverySteps, script, setupSteps } from "./steps.ts";

/**
 * Applies the plan that the preview showed, once the environment's reviewers approve the job, and verifies the result.
 *
 * The job runs only if the preview has a fingerprint: without one there is nothing to apply, and no review is necessary.
 */
export const applyJob = (context: WorkflowContext, environment: PipelineEnvironment): Yaml =>
  protectedJob(context, environment, {
    if: `\${{ !failure() && !cancelled() && needs.${jobId("preview", environment)}.result == 'success' && needs.${jobId("preview", environment)}.outputs.fingerprint != '' && ${applyCondition(context, environment)} }}`,
    needs: jobId("preview", environment),
    steps: [
      ...setupSteps(context),
      credentialsStep(environment, environment.roles.apply, "apply"),
      {
        id: "change",
        name: "Apply the approved plan",
        env: { APPROVED: `\${{ needs.${jobId("preview", environment)}.outputs.fingerprint }}` },
        run: script(`${environment.berth} apply${environment.flags} --yes --approved "$APPROVED"`),
      },
      {
        name: "Verify that no changes remain",
        run: script(`${environment.berth} plan${environment.flags} --detailed-exitcode`),
      },
      ...recoverySteps(environment, [foundationChange("change")]),
      {
        if: "${{ failure() }}",
        name: "Show the changes that remain",
        run: script(
          `${environment.berth} plan${environment.flags} --markdown >> "$GITHUB_STEP_SUMMARY"`,
        ),
      },
    ],
  });
