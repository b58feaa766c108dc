import * as ecs from "@aws-sdk/client-ecs";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { describe, expect, it } from "vitest";
import { runOneTask } from "../../src/app/run-task.ts";
import type { RunTaskOptions, RunTaskResult } from "../../src/index.ts";
import { IMAGE } from "../sandbox/failures/stage.ts";
import {
  type DeployedService,
  givenDeployedService,
  givenProject,
} from "../support/deployed-service.ts";

const POLL_MS = 5;

const run = (
  project: DeployedService,
  service: string,
  more: Partial<RunTaskOptions> = {},
): Promise<RunTaskResult> =>
  runOneTask({ ...project.options, service, ...more }, project.host, POLL_MS);

const describeTask = async ({ stage }: DeployedService, task: string): Promise<ecs.Task> => {
  const { tasks = [] } = await stage.aws.ecs.send(
    new ecs.DescribeTasksCommand({ cluster: "app", tasks: [task] }),
  );
  return tasks[0] ?? {};
};

const statusesOf = ({ events }: DeployedService): string[] =>
  events.flatMap((event) => (event.type === "task-status" ? [event.status] : []));

/** The foundation's outputs that a job reads. */
const publishOutputs = async ({ stage }: DeployedService): Promise<void> => {
  await stage.aws.ssm.send(
    new PutParameterCommand({
      Name: "/berth/app",
      Type: "SecureString",
      Value: JSON.stringify({
        task_subnet_ids: stage.ids.privates,
        task_security_group_id: stage.ids.taskGroup,
        assign_public_ip: false,
      }),
    }),
  );
};

describe("runTask()", () => {
  it("runs the newest revision in the network of the service, and returns the exit code", async () => {
    const project = await givenProject({ apps: { containers: { app: { exitCode: 3 } } } });
    await project.register("app");
    await project.stage.create({ taskDefinition: "app-app", desiredCount: 0 });
    await project.register("app");
    const result = await run(project, "app", { command: ["node", "migrate.js"] });
    expect(result).toEqual({
      task: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      revision: "app-app:2",
      exitCode: 3,
      reason: "Essential container in task exited; app exited with code 3",
    });
    const task = await describeTask(project, result.task);
    expect(task).toMatchObject({
      startedBy: "berth-run",
      launchType: "FARGATE",
      overrides: { containerOverrides: [{ name: "app", command: ["node", "migrate.js"] }] },
    });
    const subnet = task.attachments?.[0]?.details?.find(({ name }) => name === "subnetId")?.value;
    expect(project.stage.ids.privates).toContain(subnet);
    expect(statusesOf(project).at(-1)).toBe("STOPPED");
    await project.close();
  });

  it("reports the log of the task, also what is written when it stops", async () => {
    const project = await givenProject({ apps: { containers: { app: { exitCode: 0 } } } });
    await project.register("app");
    await project.stage.create({ taskDefinition: "app-app", desiredCount: 0 });
    project.onEvent = (event) => {
      if (event.type === "task-status" && event.status === "STOPPED")
        for (const message of ["migrating", "done"]) project.log("app", event.task, message);
    };
    const { task, exitCode } = await run(project, "app");
    expect(exitCode).toBe(0);
    expect(project.events.filter(({ type }) => type === "log-event")).toMatchObject([
      { task, container: "app", message: `started image ${IMAGE}, listening on port 8080` },
      { task, container: "app", message: "exited with code 0" },
      { task, container: "app", message: "migrating" },
      { task, container: "app", message: "done" },
    ]);
    await project.close();
  });

  it("runs a job in the network that the foundation publishes", async () => {
    const project = await givenProject({ apps: { containers: { nightly: { exitCode: 0 } } } });
    await project.register("nightly");
    await publishOutputs(project);
    const { revision, exitCode } = await run(project, "nightly");
    expect([revision, exitCode]).toEqual(["app-nightly:1", 0]);
    await project.close();
  });

  it("reports why a task did not start", async () => {
    const project = await givenProject({ apps: { images: { "gone:*": { exists: false } } } });
    await project.register("app", { image: "gone:1" });
    await project.stage.create({ taskDefinition: "app-app", desiredCount: 0 });
    await expect(run(project, "app")).rejects.toMatchObject({
      code: "BERTH-E9015",
      message: expect.stringMatching(
        /^task [0-9a-f]{32} did not start: CannotPullContainerError: /,
      ) as string,
    });
    await project.close();
  });

  it.each([
    [
      "DescribeTasks",
      {
        message: expect.stringMatching(
          /^task [0-9a-f]{32} continues in Amazon ECS, but it cannot be observed: ecs:DescribeTasks: AccessDeniedException: no$/,
        ) as string,
      },
      [],
    ],
    [
      "GetLogEvents",
      { exitCode: 0 },
      ["the log of the task cannot be read: AccessDeniedException: no"],
    ],
  ])(
    "states that the task was started if %s is denied",
    async (denied, expected, expectedWarnings) => {
      let isDenied = false;
      const project = await givenProject({
        apps: { containers: { app: { exitCode: 0 } } },
        faultInjector: ({ operation }) =>
          isDenied && operation === denied
            ? { kind: "error", code: "AccessDeniedException", message: "no" }
            : undefined,
      });
      await project.register("app");
      await project.stage.create({ taskDefinition: "app-app", desiredCount: 0 });
      isDenied = true;
      expect(await run(project, "app").catch((error: unknown) => error)).toMatchObject(expected);
      const warnings = project.events.flatMap((event) =>
        event.type === "warning" ? [event.message] : [],
      );
      expect(warnings).toEqual(expectedWarnings);
      await project.close();
    },
  );

  it("stops the task if it is interrupted", async () => {
    const project = await givenDeployedService();
    const controller = new AbortController();
    let id = "";
    project.onEvent = (event) => {
      if (event.type !== "task-status" || event.status !== "RUNNING") return;
      id = event.task;
      controller.abort();
    };
    await expect(run(project, "app", { signal: controller.signal })).rejects.toMatchObject({
      code: "BERTH-E3004",
      exitCode: 130,
      message: expect.stringMatching(/^interrupted: task [0-9a-f]{32} was stopped$/) as string,
    });
    expect(await describeTask(project, id)).toMatchObject({
      lastStatus: "STOPPED",
      stoppedReason: "berth run was interrupted",
    });
    await project.close();
  });

  it("starts one task if the connection is lost after the start", async () => {
    let calls = 0;
    const project = await givenProject({
      apps: { containers: { app: { exitCode: 0 } } },
      faultInjector: ({ operation }) =>
        operation === "RunTask" && ++calls === 1
          ? { kind: "disconnect", isExecuted: true }
          : undefined,
    });
    await project.register("app");
    await project.stage.create({ taskDefinition: "app-app", desiredCount: 0 });
    await run(project, "app");
    const { taskArns } = await project.stage.aws.ecs.send(
      new ecs.ListTasksCommand({ cluster: "app", desiredStatus: "STOPPED" }),
    );
    expect([calls, taskArns?.length]).toEqual([2, 1]);
    await project.close();
  });

  it.each(["app", "nightly"])("reports that %s is not deployed", async (name) => {
    const project = await givenProject();
    await expect(run(project, name)).rejects.toMatchObject({
      code: "BERTH-E6012",
      message: `the ${name === "app" ? "service" : "job"} ${name} is not deployed`,
    });
    await project.close();
  });
});
