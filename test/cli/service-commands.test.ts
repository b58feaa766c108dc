import * as ecs from "@aws-sdk/client-ecs";
import { describe, expect, it } from "vitest";
import { parseSince } from "../../src/cli/parse-since.ts";
import { berth, startBerth } from "../support/berth.ts";
import { givenUpdate, IMAGE_PARAMETER, putParameter } from "../support/deploy-project.ts";
import {
  type DeployedService,
  givenDeployedService,
  givenProject,
} from "../support/deployed-service.ts";

const run = (
  { folder, options }: DeployedService,
  ...args: readonly string[]
): ReturnType<typeof berth> => {
  const separator = args.indexOf("--");
  const flags = ["--sandbox-url", options.sandbox];
  return berth(args.toSpliced(separator === -1 ? args.length : separator, 0, ...flags), {
    cwd: folder,
  });
};

const typesOf = (stdout: string): unknown[] =>
  stdout
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { type: unknown }).type); // of Berth's JSON host

describe("berth status", () => {
  it("prints the services of the config", async () => {
    const project = await givenDeployedService();
    const { stdout, code } = await run(project, "status");
    expect(code).toBe(0);
    const lines = stdout
      .split("\n")
      .map((line) => line.replaceAll(/\d{4}-[\d-]+T[\d:]+Z/g, "TIME"));
    expect(lines.slice(0, 5)).toEqual([
      "app  service, 2 of 2 running",
      "  revision    app-app:1",
      "  image       111122223333.dkr.ecr.us-east-1.amazonaws.com/app:1",
      expect.stringMatching(/^ {2}deployment {2}TIME {2}[\w-]+ SUCCESSFUL/) as string,
      expect.stringMatching(/^ {2}tasks {7}app-app:1 COMPLETED, 2 of 2 running/) as string,
    ]);
    expect(lines).toContain("  events      TIME  (service app) has reached a steady state.");
    expect(lines.at(-2)).toBe("nightly  not deployed");
    await project.close();
  });

  it("prints JSON", async () => {
    const project = await givenProject();
    const { stdout } = await run(project, "status", "nightly", "--json");
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({
      type: "result",
      data: [{ name: "nightly", kind: "job", exists: false }],
    });
    await project.close();
  });
});

describe("berth rollback", () => {
  it("states that another program has returned the service to the earlier revision", async () => {
    const project = await givenUpdate();
    await project.deploy();
    await project.stage.aws.ecs.send(
      new ecs.UpdateServiceCommand({
        cluster: "app",
        service: "app",
        taskDefinition: project.first,
      }),
    );
    await putParameter(project, IMAGE_PARAMETER, "other");
    const rollback = (): ReturnType<typeof berth> =>
      run(project, "rollback", "app", "--yes", "--terraform-bin", project.engine.path);
    expect(await rollback()).toMatchObject({
      stdout:
        "app already runs app-app:1, after app-app:2: no deployment was started, and the next deploy starts from the image of app-app:1; another rollback returns to app-app:2\n",
      code: 0,
    });
    expect((await rollback()).stdout).toBe("app runs app-app:2 again, after app-app:1\n");
    await project.close();
  });
});

describe("berth logs", () => {
  it("prints time, container and task of each event, and escapes control characters", async () => {
    const project = await givenDeployedService();
    const { taskArns = [] } = await project.stage.aws.ecs.send(
      new ecs.ListTasksCommand({ cluster: "app", serviceName: "app" }),
    );
    const task = taskArns[0]?.split("/").at(-1) ?? "";
    const at = new Date();
    project.log("app", task, "hello\u001B[2Jworld\n", at);
    const { stdout, code } = await run(project, "logs", "app");
    expect([code, stdout]).toEqual([
      0,
      `${at.toISOString()} app/${task.slice(0, 8)}  hello\\u001b[2Jworld\n`,
    ]);
    const json = await run(project, "logs", "app", "--json");
    expect(typesOf(json.stdout).slice(-2)).toEqual(["log", "result"]);
    await project.close();
  });
});

describe("an interruption", () => {
  it("ends berth logs --follow with exit code 0", async () => {
    const project = await givenDeployedService();
    const { options, folder, stage } = project;
    let requests = 0;
    const running = startBerth(["logs", "app", "-f", "--sandbox-url", options.sandbox], {
      cwd: folder,
    });
    while (requests < 2) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      requests = stage.sandbox.calls.filter(
        ({ operation }) => operation === "FilterLogEvents",
      ).length;
    }
    running.interrupt();
    expect(await running.done).toMatchObject({ code: 0, stdout: "" });
    await project.close();
  });

  it("stops the task of berth run, with exit code 130", async () => {
    const project = await givenDeployedService();
    const running = startBerth(["run", "app", "--sandbox-url", project.options.sandbox], {
      cwd: project.folder,
    });
    await running.waitForOutput("RUNNING");
    running.interrupt();
    const { code, stderr } = await running.done;
    expect(code).toBe(130);
    expect(stderr).toMatch(/error: interrupted: task [0-9a-f]{32} was stopped\n/);
    const { taskArns } = await project.stage.aws.ecs.send(
      new ecs.ListTasksCommand({ cluster: "app", family: "app-app", startedBy: "berth-run" }),
    );
    expect(taskArns).toEqual([]);
    await project.close();
  });
});

describe("berth run", () => {
  it("exits with the exit code of the container", async () => {
    const project = await givenProject({ apps: { containers: { app: { exitCode: 3 } } } });
    await project.register("app");
    await project.stage.create({ taskDefinition: "app-app", desiredCount: 0 });
    const { code, stderr } = await run(project, "run", "app", "--", "node", "migrate.js", "--all");
    expect(code).toBe(3);
    expect(stderr).toMatch(/task [0-9a-f]{32} of app-app:1 ended with exit code 3\n$/);
    const { taskArns = [] } = await project.stage.aws.ecs.send(
      new ecs.ListTasksCommand({ cluster: "app", desiredStatus: "STOPPED" }),
    );
    const { tasks = [] } = await project.stage.aws.ecs.send(
      new ecs.DescribeTasksCommand({ cluster: "app", tasks: taskArns }),
    );
    expect(tasks[0]?.overrides?.containerOverrides).toEqual([
      { name: "app", command: ["node", "migrate.js", "--all"] },
    ]);
    await project.close();
  });
});

describe("--since", () => {
  const now = new Date("2026-11-28T12:00:00Z");
  it.each([
    ["90s", "2026-11-28T11:58:30.000Z"],
    ["10m", "2026-11-28T11:50:00.000Z"],
    ["2h", "2026-11-28T10:00:00.000Z"],
    ["7d", "2026-11-21T12:00:00.000Z"],
    ["2026-11-28T09:00:00Z", "2026-11-28T09:00:00.000Z"],
    ["2026-11-28", "2026-11-28T00:00:00.000Z"],
  ])("%s is %s", (text, expected) => {
    expect(parseSince(text, now).toISOString()).toBe(expected);
  });

  it.each(["", "10", "m", "10 m", "1w", "-5m", "yesterday", "2026-13-01", "2026-11-29"])(
    "%j is invalid",
    (text) => {
      expect(() => parseSince(text, now)).toThrow(`invalid --since ${text}`);
    },
  );
});
