import { applyJob } from "./apply.ts";
import { buildJob, builtServices, pullRequestBuildJob } from "./build.ts";
import { checkJob } from "./check.ts";
import { commentJob } from "./comment.ts";
import { deployJob } from "./deploy.ts";
import { destroyJob } from "./destroy.ts";
import { driftJob } from "./drift.ts";
import { forkJob } from "./fork.ts";
import { type EnvironmentJob, jobId } from "./job-id.ts";
import { planJob } from "./plan.ts";
import { previewJob } from "./preview.ts";
import { rollbackJob } from "./rollback.ts";
import { servicePreviewJob } from "./service-preview.ts";
import type { PipelineEnvironment, WorkflowContext, Yaml } from "./shared.ts";

/**
 * All jobs of a workflow by their IDs, in the order of a change: build, check, plan, comment, preview, apply, preview of the services,
 * deploy.
 */
export function jobsOf(
  context: WorkflowContext,
  environments: readonly PipelineEnvironment[],
): Yaml {
  const job = (
    kind: EnvironmentJob,
    environment: PipelineEnvironment,
    content: Yaml,
  ): readonly [string, Yaml] => [jobId(kind, environment), content];
  return Object.fromEntries([
    ...(builtServices(environments).length === 0
      ? []
      : [
          ["build-pull-request", pullRequestBuildJob(context, environments)] as const,
          ["build", buildJob(context, environments)] as const,
        ]),
    ...environments.map((environment) => job("check", environment, checkJob(context, environment))),
    ...environments.map((environment) => job("plan", environment, planJob(context, environment))),
    ["comment", commentJob(context, environments)],
    ["fork", forkJob(context)],
    // The preview of an environment needs the apply, or the deployment of the services, of the previous environment.
    ...environments.flatMap((environment, index) => [
      job("preview", environment, previewJob(context, environment, environments[index - 1])),
      job("apply", environment, applyJob(context, environment)),
      ...(environment.services.length === 0
        ? []
        : [
            job("service-preview", environment, servicePreviewJob(context, environment)),
            job("deploy", environment, deployJob(context, environment)),
          ]),
    ]),
    ...environments.map((environment) => job("drift", environment, driftJob(context, environment))),
    ...environments
      .filter(({ services }) => services.some(({ kind }) => kind === "service"))
      .map((environment) => job("rollback", environment, rollbackJob(context, environment))),
    ...environments.map((environment) =>
      job("destroy", environment, destroyJob(context, environment)),
    ),
  ] satisfies (readonly [string, Yaml])[]);
}
