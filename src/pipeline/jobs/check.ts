import {
  job,
  type PipelineEnvironment,
  pullRequestConcurrency,
  runnerOf,
  type WorkflowContext,
  type Yaml,
} from "./shared.ts";
import { reportName, reportScript, setupSteps, uploadReportStep } from "./steps.ts";

/** Checks and rehearses the configuration. It has no credentials, so it runs for every pull request, also from forks. */
export const checkJob = (context: WorkflowContext, environment: PipelineEnvironment): Yaml =>
  job(
    runnerOf(context, "pull request"),
    30,
    { contents: "read" },
    {
      if: "github.event_name == 'pull_request'",
      ...pullRequestConcurrency(context, "check", environment.settings.name),
      steps: [
        ...setupSteps(context),
        {
          name: "Check",
          run: reportScript(
            environment,
            `check${environment.flags} --no-exec --format markdown`,
            reportName(environment, "2-check"),
          ),
        },
        {
          name: "Rehearse",
          run: reportScript(
            environment,
            `rehearse${environment.flags} --no-exec --markdown`,
            reportName(environment, "3-rehearse"),
          ),
        },
        uploadReportStep(`report-check-${environment.settings.environment}`, context.folder),
      ],
    },
  );
