import type { Context } from "../../../core/operation.ts";
import { logGroups, logStreams, putGroup, putStream } from "../../logs/tables.ts";
import { containersOf } from "./simulated-app.ts";
import type { Task } from "../tables.ts";

/**
 * Creates the log streams of the containers, and their log groups if `awslogs-create-group` is set, as the awslogs
 * driver does.
 */
export function createLogStreams(context: Context, task: Task): void {
  for (const container of containersOf(context, task)) {
    const { logDriver, options = {} } = container.logConfiguration ?? {};
    if (logDriver !== "awslogs") continue;
    const logContext = context.at({ region: options["awslogs-region"] ?? context.region });
    const name = options["awslogs-group"] ?? "";
    const group =
      logContext.in(logGroups).get(name) ??
      putGroup(logContext, {
        name,
        arn: logContext.arn("logs", `log-group:${name}`),
        class: "STANDARD",
        deletionProtection: false,
        tags: {},
        created: logContext.now,
      });
    const stream = `${options["awslogs-stream-prefix"]}/${container.name}/${task.id}`;
    if (!logContext.in(logStreams).has(`${name}:${stream}`)) putStream(logContext, group, stream);
  }
}
