import * as ecs from "@aws-sdk/client-ecs";
import { describe, expect, it } from "vitest";
import { status } from "../../src/index.ts";
import { IMAGE } from "../sandbox/failures/stage.ts";
import { givenDeployedService, givenProject } from "../support/deployed-service.ts";

const update = (taskDefinition: string): ecs.UpdateServiceCommand =>
  new ecs.UpdateServiceCommand({ cluster: "app", service: "app", taskDefinition });

describe("status()", () => {
  it("shows counts, revision, image, deployment, targets and events of a service", async () => {
    const project = await givenDeployedService();
    const [app, ...others] = await status({ ...project.options, services: ["app", "app"] });
    expect(others).toEqual([]);
    expect(app).toMatchObject({
      name: "app",
      kind: "service",
      exists: true,
      revision: "app-app:1",
      image: IMAGE,
      desired: 2,
      running: 2,
      pending: 0,
      lastDeployment: { status: "SUCCESSFUL" },
      deployments: [
        {
          revision: "app-app:1",
          status: "PRIMARY",
          rolloutState: "COMPLETED",
          desired: 2,
          running: 2,
          pending: 0,
          failed: 0,
        },
      ],
      stoppedTasks: [],
    });
    expect(app?.targets.map(({ state, targetGroup }) => [state, targetGroup])).toEqual([
      ["healthy", "app"],
      ["healthy", "app"],
    ]);
    expect(app?.events[0]?.message).toBe("(service app) has reached a steady state.");
    await project.close();
  });

  it("shows why tasks stopped, the newest first", async () => {
    const project = await givenDeployedService({
      apps: { images: { "gone:*": { exists: false } } },
    });
    await project.register("app", { image: "gone:1" });
    await project.stage.aws.ecs.send(update("app-app"));
    await project.stage.poll(3);
    const [app] = await status({ ...project.options, services: ["app"] });
    expect([app?.running, app?.lastDeployment?.status]).toEqual([2, "IN_PROGRESS"]);
    expect(app?.deployments.map(({ revision, status: role }) => [revision, role])).toEqual([
      ["app-app:2", "PRIMARY"],
      ["app-app:1", "ACTIVE"],
    ]);
    expect(app?.stoppedTasks[0]).toMatchObject({
      revision: "app-app:2",
      stopCode: "TaskFailedToStart",
      reason: expect.stringContaining("CannotPullContainerError") as string,
    });
    await project.close();
  });

  it("has no state of a service and a job that are not deployed", async () => {
    const project = await givenProject();
    expect(await status(project.options)).toEqual(
      (["app", "nightly"] as const).map((name) => ({
        name,
        kind: name === "app" ? "service" : "job",
        exists: false,
        running: 0,
        pending: 0,
        deployments: [],
        targets: [],
        events: [],
        stoppedTasks: [],
      })),
    );
    await project.close();
  });

  it("uses the sandbox of the project", async () => {
    const project = await givenProject();
    const { config } = project.options;
    const statuses = await status({ config, sandbox: true, services: ["app"] }, project.host);
    expect(statuses).toMatchObject([{ name: "app", exists: false }]);
    expect(project.events).toEqual([
      { type: "step-started", step: "config" },
      { type: "step-started", step: "sandbox" },
    ]);
    await project.close();
  });

  it("shows the exit codes of the tasks of a job", async () => {
    const project = await givenProject({ apps: { containers: { nightly: { exitCode: 3 } } } });
    await project.register("nightly");
    await project.stage.aws.ecs.send(
      new ecs.RunTaskCommand({
        cluster: "app",
        taskDefinition: "app-nightly",
        launchType: "FARGATE",
        networkConfiguration: {
          awsvpcConfiguration: {
            subnets: [...project.stage.ids.privates],
            securityGroups: [project.stage.ids.taskGroup],
          },
        },
      }),
    );
    const [job] = await status({ ...project.options, services: ["nightly"] });
    expect(job).toMatchObject({
      kind: "job",
      exists: true,
      revision: "app-nightly:1",
      running: 0,
      stoppedTasks: [
        {
          exitCode: 3,
          reason: "Essential container in task exited; nightly exited with code 3",
        },
      ],
    });
    await project.close();
  });

  it("reports an unknown name, and suggests the closest", async () => {
    const project = await givenProject();
    await expect(status({ ...project.options, services: ["nigtly"] })).rejects.toMatchObject({
      code: "BERTH-E6011",
      message: 'the config has no service or job "nigtly"',
      fix: 'did you mean "nightly"?',
      exitCode: 64,
    });
    await project.close();
  });

  it.each([
    ["AccessDeniedException", "BERTH-E9004"],
    ["ExpiredTokenException", "BERTH-E9002"],
    ["UnrecognizedClientException", "BERTH-E9011"],
    ["InvalidParameterException", "BERTH-E9014"],
  ])("reports AWS's error %s as %s", async (code, expected) => {
    const project = await givenProject({
      faultInjector: ({ operation }) =>
        operation === "DescribeServices" ? { kind: "error", code, message: "no" } : undefined,
    });
    await expect(status(project.options)).rejects.toMatchObject({
      code: expected,
      message: `ecs:DescribeServices: ${code}: no`,
    });
    await project.close();
  });

  it("is interrupted by its signal", async () => {
    const project = await givenProject();
    await expect(status({ ...project.options, signal: AbortSignal.abort() })).rejects.toMatchObject(
      { code: "BERTH-E3004", exitCode: 130 },
    );
    await project.close();
  });
});
