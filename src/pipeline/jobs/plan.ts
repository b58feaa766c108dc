import {
  FROM_SAME_REPOSITORY,
  job,
  type PipelineEnvironment,
  pullRequestConcurrency,
  runnerOf,
  type WorkflowContext,
  type Yaml,
} from "./shared.ts";
import {
  credentialsStep,
  planOutputs,
  planServiceStep,
  planStep,
  setupSteps,
  uploadReportStep,
} from "./steps.ts";

/** Plans the changes of a pull request, and its services as a preview, with the read-only role. */
export const planJob = (context: WorkflowContext, environment: PipelineEnvironment): Yaml =>
  job(
    runnerOf(context, "pull request"),
    20,
    { contents: "read", "id-token": "write" },
    {
      if: `github.event_name == 'pull_request' && ${FROM_SAME_REPOSITORY}`,
      needs: `check${environment.suffix}`,
      ...pullRequestConcurrency(context, "plan", environment.settings.name),
      ...planOutputs,
      steps: [
        ...setupSteps(context),
        credentialsStep(environment, environment.roles.plan, "plan"),
        planStep(environment),
        ...environment.services.map((service) =>
          planServiceStep(environment, service, { options: " --preview" }),
        ),
        uploadReportStep(`report-plan-${environment.settings.environment}`, context.folder),
      ],
    },
  );
