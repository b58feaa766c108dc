import { basename } from "node:path/posix";
import { workflowFile } from "../../config/pipeline.ts";
import { pins, uses } from "../pins.ts";
import {
  FROM_SAME_REPOSITORY,
  job,
  type PipelineEnvironment,
  pullRequestConcurrency,
  runnerOf,
  type WorkflowContext,
  type Yaml,
} from "./shared.ts";
import { checkoutSteps, githubToken, script } from "./steps.ts";

/**
 * It writes to GitHub: so it has no credentials of AWS, and runs the branch's code alone. The pull request gives it text,
 * and each plan's fingerprint as an output of the job that planned.
 */
export const commentJob = (
  context: WorkflowContext,
  environments: readonly PipelineEnvironment[],
): Yaml =>
  job(
    runnerOf(context, "branch"),
    10,
    { contents: "read", "pull-requests": "write" },
    {
      if: `\${{ !cancelled() && github.event_name == 'pull_request' && ${FROM_SAME_REPOSITORY} }}`,
      needs: environments.flatMap(({ suffix }) => [`check${suffix}`, `plan${suffix}`]),
      ...pullRequestConcurrency(context, "comment", context.name),
      steps: [
        ...checkoutSteps(context.branch),
        {
          uses: uses(pins.downloadArtifact),
          // Each artifact has a folder of its own: a report cannot take the place of another job's.
          with: { pattern: "report-*", path: `${context.folder}report` },
        },
        {
          name: "Comment",
          env: {
            ...githubToken,
            FAILED: "${{ contains(needs.*.result, 'failure') }}",
            ...Object.fromEntries(
              environments.map(({ suffix }, at) => [
                `PLAN_${at + 1}`,
                `\${{ needs.plan${suffix}.outputs.fingerprint }}`,
              ]),
            ),
          },
          run: script(
            "shopt -s nullglob",
            "mkdir -p report",
            'if [ "$FAILED" = true ]; then',
            "  echo '**A job failed; its log says why.** What has no plan here is not approved.' > report/0-failed.md",
            "fi",
            [
              `npx --no-install berth comment${context.configFlag} --name ${context.name} --workflow ${basename(workflowFile(context.pipeline))}`,
              ...environments.map(
                ({ settings: { environment } }, at) => `--approve "${environment}=$PLAN_${at + 1}"`,
              ),
              "report/*.md report/report-plan-*/*.md report/report-check-*/*.md",
            ].join(" \\\n  "),
          ),
        },
      ],
    },
  );
