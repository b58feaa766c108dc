import { jobId } from "./job-id.ts";
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
 * Plans on the branch, before the environment's reviewers approve the apply. The reviewers read this plan in the run's
 * summary, and the apply applies exactly this plan. The job fails if the plan is not the one that the pull request approved.
 */
export const previewJob = (
  context: WorkflowContext,
  environment: PipelineEnvironment,
  previous: PipelineEnvironment | undefined,
): Yaml =>
  job(
    runnerOf(context, "branch"),
    20,
    { actions: "read", contents: "read", "id-token": "write", "pull-requests": "read" },
    {
      if: `\${{ !failure() && !cancelled() && ${applyCondition(context, environment)} }}`,
      ...(previous
        ? { needs: jobId(previous.services.length === 0 ? "apply" : "deploy", previous) }
        : {}),
      ...concurrency(context, "preview", environment.settings.name, false),
      ...planOutputs,
      steps: [
        ...setupSteps(context),
        credentialsStep(environment, environment.roles.plan, "preview"),
        planStep(environment),
        {
          if: "${{ steps.plan.outputs.fingerprint != '' }}",
          name: "Compare with the approved fingerprint",
          env: {
            ...githubToken,
            APPROVED: "${{ inputs.approved }}",
            PLANNED: "${{ steps.plan.outputs.fingerprint }}",
          },
          run: script(
            'approved="$APPROVED"',
            'if [ -z "$approved" ]; then',
            `  approved=$(${environment.berth} approved${environment.flags})`,
            "fi",
            'if [ "$approved" != "$PLANNED" ]; then',
            '  echo "::error::this is not the plan that was approved, and nothing was changed. Read the plan in the summary of this run, then start the workflow manually with its fingerprint"',
            "  exit 4",
            "fi",
          ),
        },
      ],
    },
  );
