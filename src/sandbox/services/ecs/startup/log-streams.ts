import type { Context } from "../../../core/operation.ts";
import { logGroups, logStreams, putGroup, putStream } from "../../logs/tables.ts";
import { containersOf } from "./simulated-app.ts";
import type { Task } from "../tables.ts";

/** Makes what the awslogs driver makes when a container starts: its stream, and its group where it is told to. */
export function openStreams(context: Context, task: Task): void {
  for (const container of containersOf(context, task)) {
    const { logDriver, options = {} } = container.logConfiguration ?? {};
    if (logDriver !== "awslogs") continue;
    const home = context.at({ region: options["awslogs-region"] ?? context.region });
    const name = options["awslogs-group"] ?? "";
    const group =
      home.in(logGroups).get(name) ??
      putGroup(home, {
        name,
        arn: home.arn("logs", `log-group:${name}`),
        class: "STANDARD",
        deletionProtection: false,
        tags: {},
        created: home.now,
      });
    const stream = `${options["awslogs-stream-prefix"]}/${container.name}/${task.id}`;
    if (!home.in(logStreams).has(`${name}:${stream}`)) putStream(home, group, stream);
  }
}
