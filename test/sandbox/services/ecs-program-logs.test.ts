import * as ecs from "@aws-sdk/client-ecs";
import * as iam from "@aws-sdk/client-iam";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import { describe, expect, it } from "vitest";
import { MAX_SIMULATED_EVENTS } from "../../../src/sandbox/services/logs/simulated-events.ts";
import { givenStage, IMAGE, LOGS, type ServiceOverrides, type Stage } from "../failures/stage.ts";

const GROUP = { logGroupName: "/ecs/app" };

const streamsOf = async (stage: Stage): Promise<string[]> =>
  (await stage.aws.logs.send(new logs.DescribeLogStreamsCommand(GROUP))).logStreams?.map(
    ({ logStreamName = "" }) => logStreamName,
  ) ?? [];

const messagesOf = async (stage: Stage): Promise<string[]> =>
  (await stage.aws.logs.send(new logs.FilterLogEventsCommand(GROUP))).events?.map(
    ({ message = "" }) => message,
  ) ?? [];

const START = `started image ${IMAGE}, listening on port 8080`;

const WITHOUT_PORTS = `started image ${IMAGE}`;

/** Runs a task that no service starts. Returns whether it keeps running. */
async function runTask(stage: Stage, overrides: ServiceOverrides = {}): Promise<boolean> {
  await stage.register(overrides);
  const { tasks = [] } = await stage.aws.ecs.send(
    new ecs.RunTaskCommand({
      cluster: "app",
      taskDefinition: "app",
      launchType: "FARGATE",
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: [...stage.ids.privates],
          securityGroups: [stage.ids.taskGroup],
        },
      },
    }),
  );
  const described = await stage.aws.ecs.send(
    new ecs.DescribeTasksCommand({
      cluster: "app",
      tasks: tasks.map(({ taskArn = "" }) => taskArn),
    }),
  );
  return described.tasks?.[0]?.lastStatus === "RUNNING";
}

describe("a simulated program", () => {
  it("logs its start and each request from a listener", async () => {
    const stage = await givenStage("nat", {
      listenerPorts: true,
      apps: { containers: { app: { answers: { "/missing": 404 } } } },
    });
    await stage.launch({ service: { desiredCount: 1 } });
    expect(await messagesOf(stage)).toEqual([START]);
    const [{ url } = { url: "" }] = stage.sandbox.listenerPorts();
    await fetch(`${url}/orders?page=2`, { method: "POST" });
    await fetch(`${url}/missing`);
    expect(await messagesOf(stage)).toEqual([START, "POST /orders 200", "GET /missing 404"]);
    const { taskArns } = await stage.aws.ecs.send(new ecs.ListTasksCommand({ cluster: "app" }));
    expect(await streamsOf(stage)).toEqual([`app/app/${taskArns?.[0]?.split("/").pop()}`]);
    await stage.close();
  });

  it("logs the exit code of a program that exits", async () => {
    const stage = await givenStage("nat", { apps: { containers: { app: { exitCode: 3 } } } });
    await runTask(stage);
    expect(await messagesOf(stage)).toEqual([START, "exited with code 3"]);
    await stage.close();
  });

  it.each<[string, ServiceOverrides, string[]]>([
    [
      "ends with a command and no ports",
      { container: { command: ["report"], portMappings: [] } },
      [WITHOUT_PORTS, "exited with code 4"],
    ],
    [
      "ends without a command and without ports",
      { container: { portMappings: [] } },
      [WITHOUT_PORTS, "exited with code 0"],
    ],
    ["keeps running with a port", { container: { command: ["report"] } }, [START]],
    [
      "ends before its sidecar",
      {
        definition: {
          containerDefinitions: [
            { name: "app", image: IMAGE, logConfiguration: LOGS },
            { name: "sidecar", image: IMAGE, logConfiguration: LOGS },
          ],
        },
      },
      [WITHOUT_PORTS, "exited with code 0", WITHOUT_PORTS],
    ],
  ])("that no service starts %s", async (_title, overrides, messages) => {
    const stage = await givenStage("nat", {
      apps: { containers: { app: { commands: { report: 4 } } } },
    });
    const isRunning = await runTask(stage, overrides);
    expect(await messagesOf(stage)).toEqual(messages);
    expect(isRunning).toBe(messages.length === 1);
    await stage.close();
  });

  it("logs nothing if its task does not start", async () => {
    const stage = await givenStage("nat", { apps: { images: { "gone:*": { exists: false } } } });
    await stage.launch({ container: { image: "gone:1" } });
    expect(await streamsOf(stage)).toEqual([]);
    await stage.close();
  });

  it("logs nothing with another log driver", async () => {
    const stage = await givenStage();
    await stage.launch({ container: { logConfiguration: undefined } });
    expect(await streamsOf(stage)).toEqual([]);
    await stage.close();
  });

  it("loses its log events if its role may not write them", async () => {
    const stage = await givenStage();
    await stage.aws.iam.send(
      new iam.PutRolePolicyCommand({
        RoleName: "execution",
        PolicyName: "no-events",
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Deny", Action: "logs:PutLogEvents", Resource: "*" }],
        }),
      }),
    );
    await stage.launch({ service: { desiredCount: 1 } });
    expect(await streamsOf(stage)).toHaveLength(1);
    expect(await messagesOf(stage)).toEqual([]);
    await stage.close();
  });

  it("has a bounded number of log events, and keeps those of other clients", async () => {
    const stage = await givenStage("nat", { listenerPorts: true });
    await stage.launch({ service: { desiredCount: 1 } });
    const [logStreamName] = await streamsOf(stage);
    await stage.aws.logs.send(
      new logs.PutLogEventsCommand({
        ...GROUP,
        logStreamName,
        logEvents: [{ timestamp: Date.now() - 60_000, message: "from a client" }],
      }),
    );
    const [{ url } = { url: "" }] = stage.sandbox.listenerPorts();
    for (let count = 0; count < MAX_SIMULATED_EVENTS; count++) await fetch(`${url}/${count}`);
    const messages = await messagesOf(stage);
    expect(messages).toHaveLength(MAX_SIMULATED_EVENTS + 1);
    expect(messages.slice(0, 2)).toEqual(["from a client", "GET /0 200"]);
    expect(messages.at(-1)).toBe(`GET /${MAX_SIMULATED_EVENTS - 1} 200`);
    await stage.close();
  });
});
