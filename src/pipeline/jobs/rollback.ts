import {
  manualRunCondition,
  type PipelineEnvironment,
  protectedJob,
  type WorkflowContext,
  type Yaml,
} from "./shared.ts";
import { credentialsStep, recoverySteps, script, serviceChange, setupSteps } from "./steps.ts";

/**
 * Returns a service to its last successful deployment before the current one, after a manual start.
 *
 * The service cannot be an option or another command: GitHub accepts only a name of the list in the workflow, and the shell gets it as
 * a variable.
 */
export function rollbackJob(context: WorkflowContext, environment: PipelineEnvironment): Yaml {
  const env = { SERVICE: "${{ inputs.service }}" };
  return protectedJob(context, environment, {
    if: `github.ref == 'refs/heads/${context.branch}' && ${manualRunCondition("rollback", environment)}`,
    steps: [
      ...setupSteps(context),
      credentialsStep(environment, environment.roles.deploy, "rollback"),
      {
        id: "rollback",
        name: "Roll back",
        env,
        run: script(`${environment.berth} rollback "$SERVICE"${environment.flags} --yes`),
      },
      // Terraform registers a revision with the earlier image.
      ...recoverySteps(environment, [
        { ...serviceChange("rollback", "the service"), command: 'recover "$SERVICE"', env },
      ]),
    ],
  });
}
