import * as ecs from "@aws-sdk/client-ecs";
import { describe, expect, it } from "vitest";
import { readLogs } from "../../src/app/logs.ts";
import { logs } from "../../src/index.ts";
import {
  type DeployedService,
  givenDeployedService,
  givenProject,
} from "../support/deployed-service.ts";

const POLL_MS = 5;

const messagesOf = ({ events }: DeployedService): string[] =>
  events.flatMap((event) => (event.type === "log-event" ? [event.message] : []));

async function runningTasks({ stage }: DeployedService): Promise<string[]> {
  const { taskArns = [] } = await stage.aws.ecs.send(
    new ecs.ListTasksCommand({ cluster: "app", serviceName: "app" }),
  );
  return taskArns.map((arn) => arn.split("/").at(-1) ?? "");
}

describe("logs()", () => {
  it("reports the events of all tasks in the order of their times", async () => {
    const project = await givenDeployedService();
    const [first = "", second = ""] = await runningTasks(project);
    const now = Date.now();
    project.log("app", first, "one", new Date(now - 3000));
    project.log("app", second, "two", new Date(now - 2000));
    project.log("app", first, "three", new Date(now - 1000));
    const result = await logs({ ...project.options, service: "app" }, project.host);
    expect(result).toMatchObject({ events: 3, logGroup: "/ecs/app/app" });
    expect(project.events.filter(({ type }) => type === "log-event")).toEqual(
      [
        ["one", first, 3000],
        ["two", second, 2000],
        ["three", first, 1000],
      ].map(([message, task, age]) => ({
        type: "log-event",
        task,
        container: "app",
        timestamp: new Date(now - Number(age)),
        message,
      })),
    );
    await project.close();
  });

  it("starts ten minutes ago for a service, and at `since`", async () => {
    const project = await givenDeployedService();
    const [task = ""] = await runningTasks(project);
    project.log("app", task, "old", new Date(Date.now() - 20 * 60_000));
    project.log("app", task, "new");
    await logs({ ...project.options, service: "app" }, project.host);
    expect(messagesOf(project)).toEqual(["new"]);
    await logs(
      { ...project.options, service: "app", since: new Date(Date.now() - 30 * 60_000) },
      project.host,
    );
    expect(messagesOf(project)).toEqual(["new", "old", "new"]);
    await project.close();
  });

  it("reports only events that match the filter", async () => {
    const project = await givenDeployedService();
    const [task = ""] = await runningTasks(project);
    project.log("app", task, "GET /");
    project.log("app", task, "ERROR no database");
    await logs({ ...project.options, service: "app", filter: "ERROR" }, project.host);
    expect(messagesOf(project)).toEqual(["ERROR no database"]);
    await project.close();
  });

  it("follows new events, and reports each once, until the signal is aborted", async () => {
    const project = await givenDeployedService();
    const [task = ""] = await runningTasks(project);
    project.log("app", task, "one");
    const controller = new AbortController();
    project.onEvent = (event) => {
      if (event.type !== "log-event") return;
      if (event.message === "one") project.log("app", task, "two");
      if (event.message === "two")
        project.log("app", task, "late", new Date(event.timestamp.getTime() - 500));
      if (event.message === "late") setTimeout(() => controller.abort(), 5 * POLL_MS);
    };
    const result = await readLogs(
      { ...project.options, service: "app", follow: true, signal: controller.signal },
      project.host,
      POLL_MS,
    );
    expect(messagesOf(project)).toEqual(["one", "two", "late"]);
    expect(result.events).toBe(3);
    await project.close();
  });

  it("continues after throttling and a lost connection", async () => {
    let calls = 0;
    const project = await givenDeployedService({
      faultInjector: ({ operation }) => {
        if (operation !== "FilterLogEvents") return undefined;
        calls++;
        if (calls === 1)
          return { kind: "error", code: "ThrottlingException", message: "Rate exceeded" };
        return calls === 2 ? { kind: "disconnect", isExecuted: false } : undefined;
      },
    });
    const [task = ""] = await runningTasks(project);
    project.log("app", task, "one");
    await logs({ ...project.options, service: "app" }, project.host);
    expect([messagesOf(project), calls]).toEqual([["one"], 3]);
    await project.close();
  });

  it("reports only tasks of the previous revision and stopped tasks with `previous`", async () => {
    const project = await givenDeployedService();
    const before = await runningTasks(project);
    for (const task of before) project.log("app", task, "old revision");
    await project.register("app");
    await project.stage.aws.ecs.send(
      new ecs.UpdateServiceCommand({ cluster: "app", service: "app", taskDefinition: "app-app" }),
    );
    await project.stage.poll(3);
    for (const task of await runningTasks(project)) project.log("app", task, "new revision");
    await logs({ ...project.options, service: "app", previous: true }, project.host);
    expect(messagesOf(project)).toEqual(["old revision", "old revision"]);
    await project.close();
  });

  it("reports no events with `previous` if no task has stopped", async () => {
    const project = await givenDeployedService();
    const [task = ""] = await runningTasks(project);
    project.log("app", task, "current");
    const result = await logs({ ...project.options, service: "app", previous: true }, project.host);
    expect([result.events, messagesOf(project)]).toEqual([0, []]);
    await project.close();
  });

  it("rejects `previous` with `follow`", async () => {
    const project = await givenProject();
    await expect(
      logs({ ...project.options, service: "app", previous: true, follow: true }),
    ).rejects.toMatchObject({ code: "BERTH-E6001", exitCode: 64 });
    await project.close();
  });

  it("reports a missing log group", async () => {
    const project = await givenProject();
    project.stage.sandbox.invoke("logs", "DeleteLogGroup", { logGroupName: "/ecs/app/app" });
    await expect(logs({ ...project.options, service: "app" })).rejects.toMatchObject({
      code: "BERTH-E6012",
      message: "the service app has no log group /ecs/app/app",
    });
    await project.close();
  });
});
