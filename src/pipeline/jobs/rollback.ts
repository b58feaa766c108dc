import {
  job,
  manualRunCondition,
  type PipelineEnvironment,
  protectedEnvironment,
  runnerOf,
  type WorkflowContext,
  type Yaml,
} from "./shared.ts";
import { credentialsStep, script, setupSteps } from "./steps.ts";

/** Returns a service to its last successful deployment before the current one, after a manual start. */
export const rollbackJob = (context: WorkflowContext, environment: PipelineEnvironment): Yaml =>
  job(
    runnerOf(context, "branch"),
    60,
    { contents: "read", "id-token": "write" },
    {
      if: `github.ref == 'refs/heads/${context.branch}' && ${manualRunCondition("rollback", environment)}`,
      ...protectedEnvironment(context, environment),
      steps: [
        ...setupSteps(context),
        credentialsStep(environment, environment.roles.deploy, "rollback"),
        {
          name: "Roll back",
          env: { SERVICE: "${{ inputs.service }}" },
          run: script(`${environment.berth} rollback "$SERVICE"${environment.flags} --yes`),
        },
      ],
    },
  );
