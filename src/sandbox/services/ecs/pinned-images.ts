import type { Context } from "../../core/operation.ts";
import { serviceOf } from "./events.ts";
import { revisionArn } from "./service-deployments.ts";
import { containersOf } from "./startup/simulated-app.ts";
import { type ServiceRevision, serviceRevisions, type Task, type TaskContainer } from "./tables.ts";

/** The service revision whose configuration a task has. Undefined for a task that no service deployment has started. */
function revisionOf(context: Context, task: Task): ServiceRevision | undefined {
  const service = serviceOf(context, task);
  if (!service || task.deploymentId === undefined) return undefined;
  return context.in(serviceRevisions).get(revisionArn(context, service, task.deploymentId));
}

/**
 * The digests that the tasks of a service revision pull, by container. The first task of the revision resolves the tags; a tag
 * that moves later has no effect on its tasks. A container can switch this off.
 *
 * Source: Amazon ECS Developer Guide, "Container image resolution".
 */
export function pinnedDigests(context: Context, task: Task): ReadonlyMap<string, string> {
  const unpinned = new Set(
    containersOf(context, task)
      .filter(({ versionConsistency }) => versionConsistency === "disabled")
      .map(({ name }) => name),
  );
  return new Map(
    (revisionOf(context, task)?.images ?? []).flatMap(({ containerName = "", imageDigest }) =>
      imageDigest === undefined || unpinned.has(containerName)
        ? []
        : [[containerName, imageDigest] as const],
    ),
  );
}

/** Records the digests that the first task of a service revision has pulled. */
export function pinImages(
  context: Context,
  task: Task,
  containers: readonly TaskContainer[],
): void {
  const revision = revisionOf(context, task);
  if (!revision) return;
  const images = revision.images.map((image) => {
    const digest = containers.find(({ name }) => name === image.containerName)?.imageDigest;
    return image.imageDigest !== undefined || digest === undefined
      ? image
      : { ...image, imageDigest: digest };
  });
  if (images.some((image, index) => image !== revision.images[index]))
    context.in(serviceRevisions).put(revision.arn, { ...revision, images });
}
