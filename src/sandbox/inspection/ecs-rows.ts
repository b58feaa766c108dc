import type { Context } from "../core/operation.ts";
import type { Sandbox } from "../server.ts";
import { type EcsService, services, type Task, tasks } from "../services/ecs/tables.ts";
import { locationOf } from "./resources.ts";

/** A service or task with its context. */
interface Found<Row> {
  readonly context: Context;
  readonly row: Row;
}

/** @throws TypeError if the service does not exist */
export function requireService(sandbox: Sandbox, arn: string): Found<EcsService> {
  const context = sandbox.contextFor(locationOf(arn));
  const row = context.in(services).find((service) => service.arn === arn);
  if (!row) throw new TypeError(`the service ${arn} does not exist`);
  return { context, row };
}

/** @throws TypeError if the task does not exist */
export function requireTask(sandbox: Sandbox, arn: string): Found<Task> {
  const context = sandbox.contextFor(locationOf(arn));
  const row = context.in(tasks).find((task) => task.arn === arn);
  if (!row) throw new TypeError(`the task ${arn} does not exist`);
  return { context, row };
}
