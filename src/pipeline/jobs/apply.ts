import {
  applyCondition,
  job,
  type PipelineEnvironment,
  protectedEnvironment,
  runnerOf,
  type WorkflowContext,
  type Yaml,
} from "./shared.ts";
import { credentialsStep, recoverySteps, script, setupSteps } from "./steps.ts";

export const applyJob = (context: WorkflowContext, environment: PipelineEnvironment): Yaml =>
  job(
    runnerOf(context, "branch"),
    60,
    { contents: "read", "id-token": "write" },
    {
      // Without a fingerprint the plan would do nothing, and nobody needs to be asked.
      if: `\${{ !failure() && !cancelled() && needs.preview${environment.suffix}.result == 'success' && needs.preview${environment.suffix}.outputs.fingerprint != '' && ${applyCondition(context, environment)} }}`,
      needs: `preview${environment.suffix}`,
      ...protectedEnvironment(context, environment),
      steps: [
        ...setupSteps(context.pipeline),
        credentialsStep(environment, environment.roles.apply, "apply"),
        {
          id: "change",
          name: "Apply what was approved",
          env: { APPROVED: `\${{ needs.preview${environment.suffix}.outputs.fingerprint }}` },
          run: script(
            `npx --no-install berth apply${environment.flags} --yes --approved "$APPROVED"`,
          ),
        },
        {
          name: "Verify that nothing is left to do",
          run: script(`npx --no-install berth plan${environment.flags} --detailed-exitcode`),
        },
        ...recoverySteps(environment),
        {
          if: "${{ failure() }}",
          name: "Show what it would do now",
          run: script(
            `npx --no-install berth plan${environment.flags} --markdown >> "$GITHUB_STEP_SUMMARY"`,
          ),
        },
      ],
    },
  );
