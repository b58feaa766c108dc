import {
  applyCondition,
  concurrency,
  job,
  type PipelineEnvironment,
  runnerOf,
  type WorkflowContext,
  type Yaml,
} from "./shared.ts";
import {
  credentialsStep,
  githubToken,
  planOutputs,
  planStep,
  script,
  setupSteps,
} from "./steps.ts";

/**
 * Plans on the branch before the environment's reviewers are asked: what they read in the run's summary is the plan that
 * is applied. It stops where that plan is not the approved one.
 */
export const previewJob = (
  context: WorkflowContext,
  environment: PipelineEnvironment,
  before: PipelineEnvironment | undefined,
): Yaml =>
  job(
    runnerOf(context, "branch"),
    20,
    { actions: "read", contents: "read", "id-token": "write", "pull-requests": "read" },
    {
      if: `\${{ !failure() && !cancelled() && ${applyCondition(context, environment)} }}`,
      ...(before ? { needs: `apply${before.suffix}` } : {}),
      ...concurrency(context, "preview", environment.settings.name, false),
      ...planOutputs,
      steps: [
        ...setupSteps(context.pipeline),
        credentialsStep(environment, environment.roles.plan, "preview"),
        planStep(environment),
        {
          if: "${{ steps.plan.outputs.fingerprint != '' }}",
          name: "Compare with what was approved",
          env: {
            ...githubToken,
            APPROVED: "${{ inputs.approved }}",
            PLANNED: "${{ steps.plan.outputs.fingerprint }}",
          },
          run: script(
            'approved="$APPROVED"',
            'if [ -z "$approved" ]; then',
            `  approved=$(npx --no-install berth approved${environment.flags})`,
            "fi",
            'if [ "$approved" != "$PLANNED" ]; then',
            '  echo "::error::this is not the plan that was approved, and nothing was changed: read it in the summary of this run, and start the workflow by hand with its fingerprint"',
            "  exit 4",
            "fi",
          ),
        },
      ],
    },
  );
