import {
  concurrency,
  job,
  manualRunCondition,
  type PipelineEnvironment,
  runnerOf,
  type WorkflowContext,
  type Yaml,
} from "./shared.ts";
import { credentialsStep, githubToken, script, setupSteps } from "./steps.ts";

/** Detects drift on a schedule or after a manual start, and reports it in an issue. */
export const driftJob = (context: WorkflowContext, environment: PipelineEnvironment): Yaml =>
  job(
    runnerOf(context, "branch"),
    20,
    { contents: "read", "id-token": "write", issues: "write" },
    {
      if: `github.ref == 'refs/heads/${context.branch}' && (github.event_name == 'schedule' || (${manualRunCondition("drift", environment)}))`,
      ...concurrency(context, "drift", environment.settings.name, false),
      steps: [
        ...setupSteps(context),
        credentialsStep(environment, environment.roles.plan, "drift"),
        {
          name: "Detect drift",
          env: githubToken,
          run: script(
            "code=0",
            `${environment.berth} drift${environment.flags} --issue || code=$?`,
            "# Exit code 2 means drift. The issue reports it, so the job succeeds.",
            'if [ "$code" -ne 2 ]; then exit "$code"; fi',
          ),
        },
      ],
    },
  );
