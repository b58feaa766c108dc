import { applyJob } from "./apply.ts";
import { buildJob, builtServices, pullRequestBuildJob } from "./build.ts";
import { checkJob } from "./check.ts";
import { commentJob } from "./comment.ts";
import { deployJob } from "./deploy.ts";
import { destroyJob } from "./destroy.ts";
import { driftJob } from "./drift.ts";
import { forkJob } from "./fork.ts";
import { planJob } from "./plan.ts";
import { previewJob } from "./preview.ts";
import { previewServicesJob } from "./preview-services.ts";
import { rollbackJob } from "./rollback.ts";
import type { PipelineEnvironment, WorkflowContext, Yaml } from "./shared.ts";

/**
 * All jobs of a workflow by their IDs, in the order of a change: build, check, plan, comment, preview, apply, preview of the services,
 * deploy.
 */
export function jobsOf(
  context: WorkflowContext,
  environments: readonly PipelineEnvironment[],
): Yaml {
  const each = (kind: string, make: (environment: PipelineEnvironment) => Yaml): [string, Yaml][] =>
    environments.map((environment) => [`${kind}${environment.suffix}`, make(environment)]);
  return Object.fromEntries([
    ...(builtServices(environments).length === 0
      ? []
      : [
          ["build-pull-request", pullRequestBuildJob(context, environments)] as const,
          ["build", buildJob(context, environments)] as const,
        ]),
    ...each("check", (environment) => checkJob(context, environment)),
    ...each("plan", (environment) => planJob(context, environment)),
    ["comment", commentJob(context, environments)],
    ["fork", forkJob(context)],
    // The preview of an environment needs the apply, or the deployment of the services, of the previous environment.
    ...environments.flatMap((environment, index): [string, Yaml][] => [
      [`preview${environment.suffix}`, previewJob(context, environment, environments[index - 1])],
      [`apply${environment.suffix}`, applyJob(context, environment)],
      ...(environment.services.length === 0
        ? []
        : [
            [`preview-services${environment.suffix}`, previewServicesJob(context, environment)] as [
              string,
              Yaml,
            ],
            [`deploy${environment.suffix}`, deployJob(context, environment)] as [string, Yaml],
          ]),
    ]),
    ...each("drift", (environment) => driftJob(context, environment)),
    ...environments
      .filter(({ services }) => services.some(({ kind }) => kind === "service"))
      .map(
        (environment) =>
          [`rollback${environment.suffix}`, rollbackJob(context, environment)] as const,
      ),
    ...each("destroy", (environment) => destroyJob(context, environment)),
  ]);
}
