import { spawn } from "node:child_process";
import { UserError } from "../shared/index.ts";
import { type AwsOptions, type AwsSession, withAwsSession } from "./aws-session.ts";
import { type EcsTask, listTasks, shortName } from "./ecs.ts";
import type { OperationHost } from "./host.ts";
import { type ServiceTarget, serviceTarget } from "./service-target.ts";
import { shellQuote, suggest } from "./suggested-command.ts";

/** Options of `exec()`. */
export interface ExecOptions extends AwsOptions {
  readonly service: string;
  /** The ID of the task, or its beginning. @default the task that was started last */
  readonly task?: string;
  /** @default the container with the name of the service */
  readonly container?: string;
  /** @default ["/bin/sh"] */
  readonly command?: readonly string[];
}

/** The result of `exec()`. */
export interface ExecResult {
  readonly task: string;
  readonly container: string;
  /** The exit code of the plugin. AWS does not return that of the command. */
  readonly exitCode: number;
}

const PLUGIN = "session-manager-plugin";

export function executeCommand(options: ExecOptions, host: OperationHost): Promise<ExecResult> {
  return withAwsSession("exec", options, host, async (session) => {
    const { settings, client, env, signal } = session;
    const target = serviceTarget(settings, options.service);
    const { cluster, name } = target;
    const { container = name, command = ["/bin/sh"] } = options;
    signal?.throwIfAborted();
    // The sandbox rejects ExecuteCommand: a user who has no plugin must see this error, and not that of the plugin.
    if ((options.sandbox ?? false) === false) await requirePlugin(env);
    const task = await findTask(session, target, options.task);
    requireExec(task, container);
    const { session: ssmSession } = await client.call(
      "ecs",
      "ExecuteCommand",
      {
        cluster,
        task: task.taskArn ?? "",
        container,
        // The agent in the task splits the command as a shell does.
        command: command.map(shellQuote).join(" "),
        interactive: true,
      },
      { signal },
    );
    const taskId = shortName(task.taskArn);
    const runtimeId = task.containers?.find((candidate) => candidate.name === container)?.runtimeId;
    host.event?.({ type: "session-started", task: taskId, container });
    // Source: AWS CLI, "aws ecs execute-command": the arguments of the plugin.
    const exitCode = await runPlugin(env, [
      JSON.stringify(ssmSession),
      settings.region,
      "StartSession",
      env["AWS_PROFILE"] ?? "",
      JSON.stringify({ Target: `ecs:${cluster}_${taskId}_${runtimeId ?? ""}` }),
      client.endpoint("ecs").href,
    ]);
    return { task: taskId, container, exitCode };
  });
}

async function requirePlugin(env: NodeJS.ProcessEnv): Promise<void> {
  const exitCode = await run(env, ["--version"], "ignore");
  if (exitCode !== 0)
    throw new UserError("BERTH-E6014", `${PLUGIN} ends with exit code ${exitCode}`, {
      fix: "reinstall AWS's Session Manager plugin",
    });
}

const runPlugin = (env: NodeJS.ProcessEnv, args: readonly string[]): Promise<number> => {
  // The plugin passes Ctrl-C to the command in the task.
  const ignore = (): void => undefined;
  process.on("SIGINT", ignore);
  return run(env, args, "inherit").finally(() => process.off("SIGINT", ignore));
};

function run(
  env: NodeJS.ProcessEnv,
  args: readonly string[],
  stdio: "ignore" | "inherit",
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(PLUGIN, args, { env, stdio });
    child.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        new UserError(
          "BERTH-E6014",
          error.code === "ENOENT"
            ? "AWS's Session Manager plugin is not installed"
            : `AWS's Session Manager plugin cannot be run: ${error.code ?? error.message}`,
          {
            fix: `install it, so that ${PLUGIN} is on PATH: AWS Systems Manager User Guide, "Install the Session Manager plugin"`,
          },
        ),
      ),
    );
    child.once("close", (code) => resolve(code ?? 1));
  });
}

async function findTask(
  { client, scope, signal }: AwsSession,
  { kind, name, cluster, family }: ServiceTarget,
  wanted: string | undefined,
): Promise<EcsTask> {
  const source = kind === "service" ? { serviceName: name } : { family };
  const tasks = (await listTasks(client, cluster, source, "RUNNING", { signal }))
    .filter(({ lastStatus }) => lastStatus === "RUNNING")
    .toSorted((a, b) => (b.startedAt?.getTime() ?? 0) - (a.startedAt?.getTime() ?? 0));
  const task =
    wanted === undefined
      ? tasks[0]
      : tasks.find(({ taskArn }) => shortName(taskArn).startsWith(shortName(wanted)));
  if (task !== undefined) return task;
  if (tasks.length === 0)
    throw new UserError("BERTH-E6013", `the ${kind} ${name} has no running task`, {
      fix: `run ${suggest("status", scope, name)}, which shows why tasks stopped`,
    });
  throw new UserError("BERTH-E6013", `the ${kind} ${name} has no running task ${wanted}`, {
    fix: `use one of ${tasks.map(({ taskArn }) => shortName(taskArn)).join(", ")}`,
    exitCode: 64,
  });
}

/** Requires what ECS Exec needs in the task: ECS's own error does not say which part is missing. */
function requireExec(task: EcsTask, containerName: string): void {
  const id = shortName(task.taskArn);
  const containers = task.containers ?? [];
  const container = containers.find(({ name }) => name === containerName);
  if (container === undefined)
    throw new UserError("BERTH-E6013", `task ${id} has no container ${containerName}`, {
      fix: `use one of ${containers.map(({ name }) => name).join(", ")}`,
      exitCode: 64,
    });
  if (task.enableExecuteCommand !== true)
    throw new UserError("BERTH-E6015", `ECS Exec is not enabled for task ${id}`, {
      fix: "set exec: true for the service (or cluster.exec), then deploy: running tasks do not change",
    });
  const agent = container.managedAgents?.find(({ name }) => name === "ExecuteCommandAgent");
  if (agent !== undefined && agent.lastStatus !== "RUNNING")
    throw new UserError(
      "BERTH-E6015",
      `the agent of ECS Exec in task ${id} is ${agent.lastStatus ?? "unknown"}${agent.reason === undefined ? "" : `: ${agent.reason}`}`,
      {
        fix: "the task needs a route to the ssmmessages endpoint, its role the four ssmmessages actions, and its container writable folders for the agent",
      },
    );
}
