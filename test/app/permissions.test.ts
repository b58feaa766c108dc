import { writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import * as ecs from "@aws-sdk/client-ecs";
import { CreateKeyCommand } from "@aws-sdk/client-kms";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OperationEvent } from "../../src/app/host.ts";
import { runOneTask, type RunTaskOptions } from "../../src/app/run-task.ts";
import { exec, logs, status, UserError } from "../../src/index.ts";
import { type DeployedService, givenDeployedService } from "../support/deployed-service.ts";
import { documentedActions, type Use, usePermissions } from "../support/documented-permissions.ts";

const POLL_MS = 5;

/** Milliseconds until the preparation fails: the first sandbox of a worker loads its services. */
const SETUP_TIMEOUT = 60_000;

let project: DeployedService;

beforeAll(async () => {
  project = await givenDeployedService({}, { enableExecuteCommand: true });
  const { aws, ids } = project.stage;
  await project.register("nightly", { portMappings: [] });
  const { KeyMetadata } = await aws.kms.send(new CreateKeyCommand({}));
  await aws.ssm.send(
    new PutParameterCommand({
      Name: "/berth/app",
      Type: "SecureString",
      KeyId: KeyMetadata?.Arn,
      Value: JSON.stringify({
        task_subnet_ids: ids.privates,
        task_security_group_id: ids.taskGroup,
        assign_public_ip: false,
      }),
    }),
  );
  // A stopped task, which status shows.
  const { taskArns = [] } = await aws.ecs.send(new ecs.ListTasksCommand({ cluster: "app" }));
  await aws.ecs.send(new ecs.StopTaskCommand({ cluster: "app", task: taskArns[0] }));
  writeFileSync(join(project.folder, "session-manager-plugin"), "#!/bin/sh\nexit 0\n", {
    mode: 0o755,
  });
}, SETUP_TIMEOUT);
afterAll(() => project.close());

const optionsOf = (
  env: NodeJS.ProcessEnv,
): { readonly config: string; readonly env: NodeJS.ProcessEnv; readonly service: string } => ({
  config: project.options.config,
  env: { ...env, PATH: [project.folder, env["PATH"]].join(delimiter) },
  service: "app",
});

/** Waits for work that ends with this error. */
async function failing(code: string, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (error instanceof UserError && error.code === code) return;
    throw error;
  }
  throw new Error(`expected ${code}`);
}

const interruptedRun: Use = (env) => {
  const controller = new AbortController();
  const running = runOneTask(
    { ...optionsOf(env), signal: controller.signal },
    {
      event: (event) => {
        if (event.type === "task-status" && event.status === "RUNNING") controller.abort();
      },
    },
    POLL_MS,
  );
  return failing("BERTH-E3004", running);
};

/** Runs a task. The task continues without its log if the log cannot be read: this warning counts as a missing permission. */
async function run(options: RunTaskOptions): Promise<void> {
  const warnings: string[] = [];
  const collect = (event: OperationEvent): void => {
    if (event.type === "warning") warnings.push(event.message);
  };
  await runOneTask(options, { event: collect }, POLL_MS);
  if (warnings.length > 0) throw new UserError("BERTH-E9004", warnings.join("\n"));
}

/** Uses of a command that together make all its calls. */
const COMMANDS: Readonly<Record<string, readonly Use[]>> = {
  status: [
    (env) => {
      const { service, ...options } = optionsOf(env);
      return status({ ...options, services: [service] });
    },
  ],
  logs: [(env) => logs(optionsOf(env)), (env) => logs({ ...optionsOf(env), previous: true })],
  run: [
    (env) => run({ ...optionsOf(env), command: ["migrate"] }),
    (env) => run({ ...optionsOf(env), service: "nightly" }),
    interruptedRun,
  ],
  // The sandbox runs no programs.
  exec: [(env) => failing("BERTH-E9010", exec(optionsOf(env)))],
};

describe.each(Object.entries(COMMANDS))("the documented permissions of berth %s", (name, uses) => {
  it("are sufficient, and none is unnecessary", async () => {
    const actions = documentedActions("operate", name);
    expect(await usePermissions(project.stage, actions, uses)).toEqual({
      errors: [],
      unnecessary: [],
    });
  });
});
