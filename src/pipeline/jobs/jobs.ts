import { applyJob } from "./apply.ts";
import { checkJob } from "./check.ts";
import { commentJob } from "./comment.ts";
import { destroyJob } from "./destroy.ts";
import { driftJob } from "./drift.ts";
import { forkJob } from "./fork.ts";
import { planJob } from "./plan.ts";
import { previewJob } from "./preview.ts";
import type { PipelineEnvironment, WorkflowContext, Yaml } from "./shared.ts";

/** All jobs of a workflow by their IDs, in the order of a change: check, plan, comment, preview, apply. */
export function jobsOf(
  context: WorkflowContext,
  environments: readonly PipelineEnvironment[],
): Yaml {
  const each = (kind: string, make: (environment: PipelineEnvironment) => Yaml): [string, Yaml][] =>
    environments.map((environment) => [`${kind}${environment.suffix}`, make(environment)]);
  return Object.fromEntries([
    ...each("check", (environment) => checkJob(context, environment)),
    ...each("plan", (environment) => planJob(context, environment)),
    ["comment", commentJob(context, environments)],
    ["fork", forkJob(context)],
    // The preview of an environment needs the apply of the previous environment.
    ...environments.flatMap((environment, index): [string, Yaml][] => [
      [`preview${environment.suffix}`, previewJob(context, environment, environments[index - 1])],
      [`apply${environment.suffix}`, applyJob(context, environment)],
    ]),
    ...each("drift", (environment) => driftJob(context, environment)),
    ...each("destroy", (environment) => destroyJob(context, environment)),
  ]);
}
