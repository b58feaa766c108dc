import { describe, expect, it } from "vitest";
import type { Task } from "../../src/deployment/aws-types.ts";
import { type OneOffTask, runTaskOnce } from "../../src/deployment/index.ts";
import {
  callError,
  CLUSTER,
  definition,
  fakeClient,
  REGION,
  taskArn,
  TestClock,
} from "./fake-client.ts";

const TASK: OneOffTask = {
  cluster: CLUSTER,
  taskDefinition: definition(8),
  container: "web",
  command: ["node", "migrate.js"],
  subnetIds: ["subnet-1"],
  securityGroupIds: ["sg-1"],
  assignPublicIp: false,
  logGroup: "/ecs/shop/web",
  region: REGION,
};

const ARN = taskArn("0123456789abcdef");

/** Runs a task that stops after some seconds, or when it is stopped. */
function given(stopped: Partial<Task>, seconds = 5, logError?: Error) {
  const clock = new TestClock();
  const start = clock.now();
  let isStopped = false;
  const client = fakeClient(
    {
      ListTasks: () => ({ taskArns: [] }),
      RunTask: () => ({ tasks: [{ taskArn: ARN }] }),
      DescribeTasks: () => ({
        tasks: [
          isStopped || clock.now() - start >= seconds * 1000
            ? { taskArn: ARN, lastStatus: "STOPPED", ...stopped }
            : { taskArn: ARN, lastStatus: "RUNNING" },
        ],
      }),
      StopTask: () => {
        isStopped = true;
        return {};
      },
      GetLogEvents: () => {
        if (logError) throw logError;
        return { events: [{ message: "migrating" }, { message: "table exists" }] };
      },
    },
    clock,
  );
  return { clock, client };
}

describe("runTaskOnce", () => {
  it("runs the command in the network of the service, and waits for its exit code", async () => {
    const { client, clock } = given({ containers: [{ name: "web", exitCode: 0 }] });
    const statuses: string[] = [];
    const result = await runTaskOnce(client, TASK, {
      clock,
      listener: ({ status }) => statuses.push(status),
    });
    expect(result).toEqual({
      taskArn: ARN,
      exitCode: 0,
      hasTimedOut: false,
      logLines: ["migrating", "table exists"],
    });
    expect(statuses).toEqual(["PROVISIONING", "RUNNING", "STOPPED"]);
    expect(client.calls[1]?.input).toMatchObject({
      taskDefinition: definition(8),
      launchType: "FARGATE",
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: ["subnet-1"],
          securityGroups: ["sg-1"],
          assignPublicIp: "DISABLED",
        },
      },
      overrides: { containerOverrides: [{ name: "web", command: ["node", "migrate.js"] }] },
    });
    expect(client.calls.at(-1)?.input).toMatchObject({
      logGroupName: "/ecs/shop/web",
      logStreamName: "web/web/0123456789abcdef",
    });
  });

  it("has the exit code and the cause of a failed task", async () => {
    const { client, clock } = given({
      stopCode: "EssentialContainerExited",
      stoppedReason: "Essential container in task exited",
      containers: [{ name: "web", exitCode: 3 }],
    });
    expect(await runTaskOnce(client, TASK, { clock })).toMatchObject({
      exitCode: 3,
      cause: { failure: { id: "TD-09" }, containers: [{ name: "web", exitCode: 3 }] },
      logLines: ["migrating", "table exists"],
    });
  });

  it("has no exit code and no log for a task that did not start", async () => {
    const { client, clock } = given({
      stopCode: "TaskFailedToStart",
      stoppedReason:
        "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. : exit status 1",
      containers: [{ name: "web" }],
    });
    const result = await runTaskOnce(client, TASK, { clock });
    expect(result).toMatchObject({ cause: { failure: { id: "LOG-01" } }, logLines: [] });
    expect(result).not.toHaveProperty("exitCode");
  });

  it.each([
    ["ResourceNotFoundException", []],
    [
      "AccessDeniedException",
      ["the log cannot be read: AccessDeniedException: AccessDeniedException: the message of AWS"],
    ],
  ])("has the exit code of a task whose log has the error %s", async (code, logLines) => {
    const error = callError(code, false);
    const { client, clock } = given({ containers: [{ name: "web", exitCode: 0 }] }, 5, error);
    expect(await runTaskOnce(client, TASK, { clock })).toMatchObject({ exitCode: 0, logLines });
  });

  it("stops a task that does not end in time", async () => {
    const { client, clock } = given({ containers: [{ name: "web", exitCode: 143 }] }, 10_000);
    const start = clock.now();
    expect(await runTaskOnce(client, TASK, { clock, timeout: 60 })).toMatchObject({
      hasTimedOut: true,
      exitCode: 143,
    });
    expect((clock.now() - start) / 1000).toBeCloseTo(60, -1);
  });

  it("leaves the task running at a signal", async () => {
    const { client, clock } = given({}, 10_000);
    const controller = new AbortController();
    controller.abort(new Error("stopped by the test"));
    await expect(runTaskOnce(client, TASK, { clock, signal: controller.signal })).rejects.toThrow(
      "stopped by the test",
    );
    expect(client.calls.map(({ operation }) => operation)).not.toContain("StopTask");
  });

  it.each([
    ["waits for the task of an earlier run", definition(8), ["node", "migrate.js"], false],
    ["does not wait for a task of another revision", definition(7), ["node", "migrate.js"], true],
    ["does not wait for a task with another command", definition(8), ["node", "other.js"], true],
  ])("%s", async (_, taskDefinitionArn, command, isStarted) => {
    const containers = [{ name: "web", exitCode: 0 }];
    const overrides = { containerOverrides: [{ name: "web", command }] };
    const earlier = { taskArn: taskArn("earlier"), taskDefinitionArn, overrides };
    const client = fakeClient({
      ListTasks: () => ({ taskArns: [earlier.taskArn] }),
      RunTask: () => ({ tasks: [{ taskArn: ARN }] }),
      DescribeTasks: ({ tasks }) => ({
        tasks: (tasks as string[]).map((arn) => ({
          ...earlier,
          taskArn: arn,
          lastStatus: "STOPPED",
          containers,
        })),
      }),
      GetLogEvents: () => ({ events: [] }),
    });
    expect(await runTaskOnce(client, TASK, { clock: new TestClock() })).toMatchObject({
      taskArn: isStarted ? ARN : earlier.taskArn,
      exitCode: 0,
    });
  });

  it("has the reason of ECS if the task cannot be placed", async () => {
    const client = fakeClient({
      ListTasks: () => ({ taskArns: [] }),
      RunTask: () => ({
        tasks: [],
        failures: [{ reason: "Capacity is unavailable at this time." }],
      }),
    });
    expect(await runTaskOnce(client, TASK, { clock: new TestClock() })).toEqual({
      reason: "Capacity is unavailable at this time.",
    });
  });
});
