import { basename } from "node:path/posix";
import { workflowFile } from "../../config/index.ts";
import { pins, uses } from "../pins.ts";
import { builtServices } from "./build.ts";
import { jobId } from "./job-id.ts";
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
 * Writes the reports into a comment of the pull request.
 *
 * The job's token can write to pull requests. The job therefore has no AWS credentials and executes only code of the
 * branch. From the jobs of the pull request it receives Markdown files, and each plan's fingerprint as a job output.
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
      needs: [
        ...(builtServices(environments).length === 0 ? [] : ["build-pull-request"]),
        ...environments.flatMap((environment) => [
          jobId("check", environment),
          jobId("plan", environment),
        ]),
      ],
      ...pullRequestConcurrency(context, "comment", context.name),
      steps: [
        ...checkoutSteps(context, context.branch),
        {
          uses: uses(pins.downloadArtifact),
          // Each artifact has its own folder, so that a job cannot overwrite the report of another job.
          with: { pattern: "report-*", path: `${context.folder}report` },
        },
        {
          name: "Comment",
          env: {
            ...githubToken,
            FAILED: "${{ contains(needs.*.result, 'failure') }}",
            ...Object.fromEntries(
              environments.map((environment, index) => [
                `PLAN_${index + 1}`,
                `\${{ needs.${jobId("plan", environment)}.outputs.fingerprint }}`,
              ]),
            ),
          },
          run: script(
            "shopt -s nullglob",
            "mkdir -p report",
            'if [ "$FAILED" = true ]; then',
            "  echo '**A job failed. See its log.** An environment without a plan in this comment is not approved.' > report/0-failed.md",
            "fi",
            [
              `${context.packageManager.run} berth comment${context.configFlag} --name ${context.name} --workflow ${basename(workflowFile(context.pipeline))}`,
              ...environments.map(
                ({ settings: { environment } }, index) =>
                  `--approve "${environment}=$PLAN_${index + 1}"`,
              ),
              "report/*.md report/report-plan-*/*.md report/report-check-*/*.md",
            ].join(" \\\n  "),
          ),
        },
      ],
    },
  );
