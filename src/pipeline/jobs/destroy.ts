import {
  manualRunCondition,
  type PipelineEnvironment,
  protectedJob,
  type WorkflowContext,
  type Yaml,
} from "./shared.ts";
import {
  credentialsStep,
  foundationChange,
  recoverySteps,
  script,
  serviceChange,
  setupSteps,
} from "./steps.ts";

/**
 * Destroys the services with the role that deploys them, and then the foundation, after a manual start. The person who starts it types
 * the foundation's name to confirm.
 */
export function destroyJob(context: WorkflowContext, environment: PipelineEnvironment): Yaml {
  const names = environment.services.map(({ name }) => name);
  return protectedJob(context, environment, {
    if: `github.ref == 'refs/heads/${context.branch}' && ${manualRunCondition("destroy", environment)}`,
    steps: [
      {
        name: "Verify the confirmation",
        "working-directory": ".",
        env: { CONFIRM: "${{ inputs.confirm }}" },
        run: script(
          `if [ "$CONFIRM" != "destroy ${environment.settings.name}" ]; then`,
          `  echo "::error::to destroy this foundation, set the input confirm to 'destroy ${environment.settings.name}'"`,
          "  exit 64",
          "fi",
        ),
      },
      ...setupSteps(context),
      ...(names.length === 0
        ? []
        : [
            credentialsStep(environment, environment.roles.deploy, "destroy"),
            {
              id: "destroy-services",
              name: "Destroy services and jobs",
              run: script(
                `${environment.berth} destroy ${names.join(" ")}${environment.flags} --yes`,
              ),
            },
          ]),
      credentialsStep(environment, environment.roles.apply, "destroy", {
        replacesEarlier: names.length > 0,
      }),
      {
        id: "change",
        name: "Destroy",
        run: script(`${environment.berth} destroy${environment.flags} --yes`),
      },
      ...recoverySteps(environment, [
        ...names.map((name) => serviceChange("destroy-services", name)),
        foundationChange("change"),
      ]),
    ],
  });
}
