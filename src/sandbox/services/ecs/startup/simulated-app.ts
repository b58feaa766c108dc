import type * as ecs from "@aws-sdk/client-ecs";
import { containerFacts } from "../../../workload-behavior.ts";
import type { Context } from "../../../core/operation.ts";
import type { NetworkInterface } from "../../ec2/tables.ts";
import { findDefinition, type Task, tasks } from "../tables.ts";

/** The response of a program to a request on a port. */
export type AppResponse =
  | {
      readonly kind: "response";
      readonly status: number;
      readonly task?: Task;
      readonly container: string;
    }
  | { readonly kind: "connection-refused"; readonly reason: string };

export function containersOf(context: Context, task: Task): readonly ecs.ContainerDefinition[] {
  return findDefinition(context, task.definitionArn)?.body.containerDefinitions ?? [];
}

/** The TCP ports on which the program of a container listens. */
export const portsOf = (context: Context, container: ecs.ContainerDefinition): readonly number[] =>
  containerFacts(context.settings.apps, container).listens ??
  (container.portMappings ?? []).flatMap(({ containerPort }) => containerPort ?? []);

/** The response of the program at a network interface on a port and path. */
export function appResponseAt(
  context: Context,
  networkInterface: NetworkInterface,
  port: number,
  path: string,
): AppResponse {
  const task = context.in(tasks).find((otherTask) => otherTask.interfaceId === networkInterface.id);
  if (!task) {
    // The interface belongs to a resource that the sandbox does not simulate, such as an instance. It is assumed to
    // respond.
    return networkInterface.requesterManaged
      ? { kind: "connection-refused", reason: `nothing listens on port ${port}` }
      : { kind: "response", status: 200, container: networkInterface.id };
  }
  if (task.status !== "RUNNING" && task.status !== "DEACTIVATING")
    return { kind: "connection-refused", reason: `the task is ${task.status}` };
  for (const container of containersOf(context, task)) {
    if (!portsOf(context, container).includes(port)) continue;
    const facts = containerFacts(context.settings.apps, container);
    const exact = facts.answers?.[path.split("?")[0] ?? "/"] ?? facts.answers?.["/*"];
    return { kind: "response", status: exact ?? 200, task, container: container.name ?? "" };
  }
  return { kind: "connection-refused", reason: `no container of the task listens on port ${port}` };
}
