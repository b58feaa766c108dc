import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateRepositoryCommand, DescribeImagesCommand } from "@aws-sdk/client-ecr";
import * as ecs from "@aws-sdk/client-ecs";
import { DeleteParameterCommand, GetParameterCommand } from "@aws-sdk/client-ssm";
import { describe, expect, it } from "vitest";
import { type FaultInjector, startSandbox } from "../../src/sandbox/index.ts";
import {
  type Confirmation,
  deploy,
  destroy,
  type DestroyResult,
  rollback,
  scale,
} from "../../src/index.ts";
import { IMAGE } from "../sandbox/failures/stage.ts";
import { clientsFor } from "../support/clients.ts";
import { writeConfig } from "../support/config-folder.ts";
import {
  type DeployProject,
  givenUpdate,
  IMAGE_PARAMETER,
  planCommand,
  publish,
  putParameter,
  type Revisions,
  withTerraform,
} from "../support/deploy-project.ts";
import { type DeployedService, givenProject } from "../support/deployed-service.ts";
import type { FakeCommands } from "../support/engine.ts";
import { addBuilder, givenBuildProject } from "../support/fake-builders.ts";
import { testFolder } from "../support/folder.ts";
import { testArchive } from "../support/oci-archive.ts";

const currentService = async ({ stage }: DeployedService): Promise<ecs.Service> =>
  (await stage.describe()) ?? {};

const recordedImage = async ({ stage }: DeployedService): Promise<string | undefined> =>
  (await stage.aws.ssm.send(new GetParameterCommand({ Name: IMAGE_PARAMETER }))).Parameter?.Value;

describe("deploy()", () => {
  it("changes nothing if the foundation was not applied", async () => {
    const project = withTerraform(await givenProject());
    await expect(project.deploy()).rejects.toMatchObject({
      code: "BERTH-E3101",
      where: "/berth/app",
      fix: expect.stringContaining("apply") as string,
    });
    expect(project.engine.calls()).toEqual([]);
    await project.close();
  });

  it("changes nothing if the foundation lacks a requirement of the service", async () => {
    const project = withTerraform(await givenProject());
    await publish(project, { without: ["log group /ecs/app/app"] });
    await expect(project.deploy()).rejects.toMatchObject({
      code: "BERTH-E3101",
      message: "the foundation app does not have what the config requires: log group /ecs/app/app",
    });
    expect(project.engine.calls()).toEqual([]);
    await project.close();
  });

  it("changes nothing if the image does not exist", async () => {
    const project = withTerraform(await givenProject());
    await publish(project);
    const image = IMAGE.replace(":1", ":missing");
    await expect(project.deploy({ image })).rejects.toMatchObject({
      code: "BERTH-E3103",
      message: `the image ${image} does not exist`,
    });
    expect(project.engine.calls()).toEqual([]);
    await project.close();
  });

  it("changes nothing if the service has no image yet", async () => {
    const project = withTerraform(await givenProject());
    await publish(project);
    await expect(project.deploy()).rejects.toMatchObject({
      code: "BERTH-E3103",
      message: "no image of app was deployed yet",
    });
    expect(project.engine.calls()).toEqual([]);
    await project.close();
  });

  it("deploys the revision after its task, and records the image", async () => {
    const project = await givenUpdate();
    await putParameter(project, IMAGE_PARAMETER, "earlier");
    const { services } = await project.deploy();
    expect(services).toMatchObject([
      { service: "app", outcome: "deployed", taskDefinition: project.second, image: IMAGE },
    ]);
    expect((await currentService(project)).taskDefinition).toBe(project.second);
    expect(await recordedImage(project)).toBe(IMAGE);
    await project.close();
  });

  it("does not change the service if the task before the deployment fails", async () => {
    const project = await givenUpdate({
      apps: { containers: { app: { commands: { migrate: 4 } } } },
    });
    await putParameter(project, IMAGE_PARAMETER, "earlier");
    const { services } = await project.deploy();
    expect(services).toMatchObject([
      {
        outcome: "before-failed",
        taskDefinition: project.second,
        task: { exitCode: 4, hasTimedOut: false },
      },
    ]);
    expect((await currentService(project)).taskDefinition).toBe(project.first);
    expect(await recordedImage(project)).toBe("earlier");
    await project.close();
  });

  it.each([
    ["before-failed", 4],
    ["failed", 0],
  ])(
    "has the result %s, also if the earlier image cannot be restored",
    async (outcome, migrate) => {
      let isDenied = false;
      const project = await givenUpdate({
        apps: { images: { other: { program: { exitCode: 1, commands: { migrate } } } } },
        service: {
          deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
        },
        faultInjector: ({ operation }) =>
          isDenied && operation === "GetParameter"
            ? { kind: "error", code: "AccessDeniedException", message: "no" }
            : undefined,
      });
      project.onEvent = ({ type }) => {
        isDenied ||= type === "before-task-started";
      };
      const { services } = await project.deploy({ image: "registry.example/app:2" });
      expect(services).toMatchObject([
        {
          outcome,
          taskDefinition: project.second,
          restoreError: {
            code: "BERTH-E9004",
            message:
              "app: Terraform still has the image of the failed deployment: ssm:GetParameter: AccessDeniedException: no",
          },
        },
      ]);
      await project.close();
    },
  );

  it.each([
    [
      "deployment-started",
      "DescribeServiceDeployments",
      "the deployment of app continues in Amazon ECS, but it cannot be observed",
      "to wait for it",
    ],
    [
      "before-task-started",
      "DescribeTasks",
      "the task before the deployment of app continues in Amazon ECS, but it cannot be observed; the service was not changed",
      ", which waits for the task",
    ],
  ])("states at %s what continues if %s is denied", async (event, denied, what, fix) => {
    let isDenied = false;
    const project = await givenUpdate({
      faultInjector: ({ operation }) =>
        isDenied && operation === denied
          ? { kind: "error", code: "AccessDeniedException", message: "no" }
          : undefined,
    });
    project.onEvent = ({ type }) => {
      isDenied ||= type === event;
    };
    await expect(project.deploy()).rejects.toMatchObject({
      code: "BERTH-E9004",
      message: `${what}: ecs:${denied}: AccessDeniedException: no`,
      fix: expect.stringMatching(
        new RegExp(`; then run .*deploy .*app --no-build ?${fix}$`),
      ) as string,
    });
    await project.close();
  });

  it("reports that another deployment has replaced it, and does not change what the other run has applied", async () => {
    // Without a circuit breaker, the deployment of this program does not end.
    const project = await givenUpdate({
      apps: { images: { other: { program: { exitCode: 1, commands: { migrate: 0 } } } } },
    });
    const third = await project.register("app", { image: "third" });
    project.onEvent = ({ type }) => {
      if (type !== "deployment-started") return;
      // Another run, in another folder with the same state.
      project.setRevision(third);
      const change = { cluster: "app", service: "app", taskDefinition: third };
      project.stage.sandbox.invoke("ecs", "UpdateService", change);
    };
    const { services } = await project.deploy({ image: "registry.example/app:2" });
    expect(services).toMatchObject([
      {
        outcome: "failed",
        taskDefinition: project.second,
        deployment: { outcome: "stopped", replacedBy: third },
      },
    ]);
    expect(services[0]).not.toHaveProperty("restoreError");
    expect(project.engine.calls().filter((call) => call.startsWith("plan"))).toHaveLength(1);
    expect((await currentService(project)).taskDefinition).toBe(third);
    expect(await recordedImage(project)).toBe(IMAGE);
    await project.close();
  });

  it("does not deploy a revision with the content of the running one", async () => {
    const project = await givenUpdate({ container: {} });
    const { services } = await project.deploy();
    expect(services).toMatchObject([{ outcome: "unchanged", taskDefinition: project.first }]);
    expect(project.events.map(({ type }) => type)).not.toContain("before-task-started");
    await project.close();
  });

  it.each([
    ["task-status", "the task before the deployment of app has ended", "deployed"],
    ["deployment-started", "the deployment of app continues in Amazon ECS", "unchanged"],
  ] as const)("continues after an interruption at %s", async (type, message, outcome) => {
    const project = await givenUpdate();
    // Calls Berth's listener: a real signal would end the test process.
    project.onEvent = (event) => {
      if (event.type === type) process.listeners("SIGINT").at(-1)?.("SIGINT");
    };
    await expect(project.deploy()).rejects.toMatchObject({
      code: "BERTH-E3004",
      message: expect.stringContaining(message) as string,
      fix: expect.stringMatching(/deploy .*app/) as string,
      exitCode: 130,
    });
    project.onEvent = () => undefined;
    expect((await project.deploy()).services).toMatchObject([
      { outcome, taskDefinition: project.second },
    ]);
    await project.close();
  });

  it("builds and pushes the image of the commit, if the repository does not have it", async () => {
    const project = await givenUpdate();
    const { folder, options } = project;
    const { ecr } = clientsFor(options.sandbox, "us-east-1");
    await ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
    const config = readFileSync(options.config, "utf8");
    writeFileSync(options.config, config.replaceAll('build: "."', 'build: "web"'));
    const source = givenBuildProject(folder);
    source.write("web/Dockerfile", "FROM scratch\n");
    const { digest } = addBuilder(source, "podman");
    const tag = `app-${source.commit().slice(0, 12)}`;
    const env = { ...process.env, ...source.env, PATH: `${source.env["PATH"]}:/bin:/usr/bin` };
    const image = `111122223333.dkr.ecr.us-east-1.amazonaws.com/app@${digest}`;
    const imageEvents = (): unknown[] =>
      project.events.flatMap((event) => (event.type === "image" ? [event.event.type] : []));
    const plans = (): string[] => project.engine.calls().filter((call) => call.startsWith("plan "));

    await project.deploy({ build: true, env: { ...env, BERTH_BUILDER: "podman" } });
    expect(plans().at(-1)).toContain(`-var image=${image}`);
    expect(imageEvents()).toEqual([
      "build-started",
      "attestations-unsupported",
      "build-output",
      "push-started",
      "blob-pushed",
      "blob-pushed",
    ]);
    expect(
      (
        await ecr.send(
          new DescribeImagesCommand({ repositoryName: "app", imageIds: [{ imageTag: tag }] }),
        )
      ).imageDetails?.[0]?.imageDigest,
    ).toBe(digest);

    // The repository has it: neither a builder nor an archive is needed.
    await project.deploy({ build: true, env: { ...env, BERTH_BUILDER: "finch" } });
    expect(imageEvents().at(-1)).toBe("found");
    expect(plans().at(-1)).toContain(`-var image=${image}`);

    // Uncommitted changes are always built.
    source.write("web/Dockerfile", "FROM scratch\nUSER 1\n");
    const other = addBuilder(source, "podman", testArchive({ layer: "other" }));
    await project.deploy({ build: true, env: { ...env, BERTH_BUILDER: "podman" } });
    expect(plans().at(-1)).toContain(`@${other.digest}`);
    await project.close();
  });

  it("deploys nothing if an image cannot be built", async () => {
    const project = await givenUpdate();
    const count = project.engine.calls().length;
    const build = project.deploy({ build: true, env: { PATH: "" } });
    await expect(build).rejects.toMatchObject({ code: "BERTH-E3205" });
    expect(project.engine.calls()).toHaveLength(count);
    await project.close();
  });

  it("deploys the other services after an error", async () => {
    const project = await givenUpdate();
    await publish(project, { jobs: ["nightly"] });
    const { services } = await project.deploy({ services: ["nightly", "app"] });
    expect(services).toMatchObject([
      { service: "nightly", outcome: "error", error: { code: "BERTH-E3103" } },
      { service: "app", outcome: "deployed" },
    ]);
    await project.close();
  });

  it.each([
    // The job has failed: it has no image yet.
    [["nightly", "app"], / nightly app --no-build to wait for it$/],
    [["app", "nightly"], / app nightly --no-build to wait for it$/],
    [undefined, /--sandbox-url \S+ --no-build to wait for it$/],
  ])("suggests the command that deploys the rest of %j", async (services, command) => {
    const project = await givenUpdate();
    await publish(project, { jobs: ["nightly"] });
    const { options, engine } = project;
    const interrupt = (type: string): void => {
      // Calls Berth's listener: a real signal would end the test process.
      if (type === "deployment-started") process.listeners("SIGINT").at(-1)?.("SIGINT");
    };
    await expect(
      deploy(
        {
          ...options,
          terraformBin: engine.path,
          yes: true,
          build: false,
          ...(services && { services }),
        },
        { event: ({ type }) => interrupt(type) },
      ),
    ).rejects.toMatchObject({
      code: "BERTH-E3004",
      fix: expect.stringMatching(command) as string,
    });
    await project.close();
  });

  it("suggests the command that deploys the rest if Terraform fails", async () => {
    const project = await givenUpdate();
    await publish(project, { jobs: ["nightly"] });
    project.engine.setCommands({ plan: planCommand({ remove: 1 }), apply: "exit 1" });
    const { services } = await project.deploy({ services: ["app", "nightly"] });
    expect(services).toMatchObject([
      {
        outcome: "error",
        error: { retryCommand: expect.stringMatching(/ app nightly --no-build$/) as string },
      },
      { outcome: "error" },
    ]);
    await project.close();
  });

  it.each(["", ":", "@", "app latest", ":v1 ", "@sha256:1"])(
    "rejects %j as an image",
    async (image) => {
      const project = withTerraform(await givenProject());
      await expect(project.deploy({ image })).rejects.toMatchObject({
        code: "BERTH-E6001",
        message: `--image "${image}" is not an image`,
        exitCode: 64,
      });
      await project.close();
    },
  );

  it("rejects an image for several services", async () => {
    const project = withTerraform(await givenProject());
    await expect(
      project.deploy({ services: ["app", "nightly"], image: ":v1" }),
    ).rejects.toMatchObject({
      code: "BERTH-E6001",
      fix: "name one of app, nightly",
    });
    await project.close();
  });
});

describe("rollback()", () => {
  const rollBack = ({ options, engine, host }: DeployProject, service: string): Promise<unknown> =>
    rollback({ ...options, terraformBin: engine.path, service, yes: true }, host);

  it("needs an earlier deployment", async () => {
    const project = await givenUpdate();
    await expect(rollBack(project, "app")).rejects.toMatchObject({ code: "BERTH-E3106" });
    await project.close();
  });

  it("returns to the earlier revision, and records its image", async () => {
    const project = await givenUpdate();
    await project.deploy();
    await putParameter(project, IMAGE_PARAMETER, "other");
    expect(await rollBack(project, "app")).toMatchObject({
      outcome: "rolled-back",
      from: project.second,
      to: project.first,
    });
    expect(await recordedImage(project)).toBe(IMAGE);
    await project.close();
  });

  it.each([
    [
      "AWS",
      "its image could not be recorded for the next deployment: ssm:PutParameter: AccessDeniedException: no",
    ],
    ["Terraform", "Terraform could not register a revision with its image: terraform plan failed"],
  ])("has its result, also if %s cannot record the image", async (failing, message) => {
    let isDenied = false;
    const project = await givenUpdate({
      faultInjector: ({ operation }) =>
        isDenied && operation === "PutParameter"
          ? { kind: "error", code: "AccessDeniedException", message: "no" }
          : undefined,
    });
    await project.deploy();
    await putParameter(project, IMAGE_PARAMETER, "other");
    if (failing === "AWS") isDenied = true;
    else project.setRevision(project.second, { plan: "exit 1" });
    expect(await rollBack(project, "app")).toMatchObject({
      outcome: "rolled-back",
      to: project.first,
      deployment: { outcome: "successful" },
      recordError: { message: `app runs app-app:1, but ${message}` },
    });
    expect((await currentService(project)).taskDefinition).toBe(project.first);
    await project.close();
  });

  it("is continued by the next run after an interruption", async () => {
    const project = await givenUpdate();
    await project.deploy();
    await putParameter(project, IMAGE_PARAMETER, "other");
    const events = project.onEvent;
    project.onEvent = ({ type }) => {
      // Calls Berth's listener: a real signal would end the test process.
      if (type === "deployment-started") process.listeners("SIGINT").at(-1)?.("SIGINT");
    };
    await expect(rollBack(project, "app")).rejects.toMatchObject({
      code: "BERTH-E3004",
      fix: expect.stringMatching(/ rollback .*app to wait for it$/) as string,
    });
    project.onEvent = events;
    const confirmations: Confirmation[] = [];
    const confirm = (confirmation: Confirmation): Promise<boolean> => {
      confirmations.push(confirmation);
      return Promise.resolve(true);
    };
    const { options, engine } = project;
    expect(
      await rollback({ ...options, terraformBin: engine.path, service: "app" }, { confirm }),
    ).toMatchObject({ outcome: "rolled-back", from: project.second, to: project.first });
    expect(confirmations).toMatchObject([
      { kind: "rollback", from: "app-app:2", to: "app-app:1", isContinued: true },
    ]);
    expect((await currentService(project)).taskDefinition).toBe(project.first);
    expect(await recordedImage(project)).toBe(IMAGE);
    await project.close();
  });

  it("needs a service that was deployed", async () => {
    const project = withTerraform(await givenProject());
    await expect(rollBack(project, "app")).rejects.toMatchObject({ code: "BERTH-E6012" });
    await expect(rollBack(project, "nightly")).rejects.toMatchObject({ code: "BERTH-E6011" });
    await project.close();
  });
});

describe("scale()", () => {
  it("reports that the service is not deployed if the foundation was not applied", async () => {
    const sandbox = await startSandbox();
    const folder = testFolder();
    writeConfig(folder, 'loadBalancer: false, services: { web: { image: { tag: "1" } } }');
    const options = { config: join(folder, "berth.config.ts"), sandbox: sandbox.url };
    await expect(scale({ ...options, service: "web", count: 2 })).rejects.toMatchObject({
      code: "BERTH-E6012",
      message: "the service web is not deployed",
    });
    await sandbox.close();
  });

  it("states that the desired count has changed if the tasks cannot be observed", async () => {
    let isDenied = false;
    const project = await givenUpdate({
      faultInjector: ({ operation }) => {
        if (isDenied && operation === "DescribeServices")
          return { kind: "error", code: "AccessDeniedException", message: "no" };
        isDenied ||= operation === "UpdateService";
        return undefined;
      },
    });
    await expect(scale({ ...project.options, service: "app", count: 2 })).rejects.toMatchObject({
      code: "BERTH-E9004",
      message:
        "app has the desired count 2, but its tasks cannot be observed: ecs:DescribeServices: AccessDeniedException: no",
      fix: expect.stringMatching(/; then run .* status .*app$/) as string,
    });
    await project.close();
  });

  it.each([
    ["app", 9, "BERTH-E3107"],
    ["app", -1, "BERTH-E6001"],
    ["app", 2, "BERTH-E6012"],
    ["nightly", 2, "BERTH-E6011"],
  ])("rejects %s %d with %s", async (service, count, code) => {
    const project = withTerraform(await givenProject());
    await expect(scale({ ...project.options, service, count })).rejects.toMatchObject({ code });
    await project.close();
  });
});

describe("destroy()", () => {
  /** Each state has a resource, and each plan deletes three. */
  const givenResources = async (
    commands: FakeCommands = {},
    faultInjector: FaultInjector = () => undefined,
  ): Promise<DeployProject & Revisions> => {
    const project = await givenUpdate({ faultInjector });
    project.engine.setCommands({
      pull: `printf '%s' '{"resources":[{"mode":"managed"}]}'`,
      plan: planCommand({ remove: 3 }),
      ...commands,
    });
    return project;
  };
  const destroyed = (
    { options, engine }: DeployProject,
    services: readonly string[] | "all",
    confirm: (confirmation: Confirmation) => boolean,
  ): Promise<DestroyResult> =>
    destroy(
      { ...options, terraformBin: engine.path, ...(services === "all" ? {} : { services }) },
      { confirm: (confirmation) => Promise.resolve(confirm(confirmation)) },
    );
  const revisions = async (
    { stage }: DeployProject,
    familyPrefix: string = "app-app",
  ): Promise<readonly string[] | undefined> =>
    (
      await stage.aws.ecs.send(
        new ecs.ListTaskDefinitionsCommand({ familyPrefix, status: "ACTIVE" }),
      )
    ).taskDefinitionArns;
  /** Starts a task of the job, as a schedule does. */
  const runJob = async (
    project: DeployProject,
    definition: Partial<ecs.RegisterTaskDefinitionRequest> = {},
  ): Promise<void> => {
    await project.register("nightly", {}, definition);
    const { aws, ids } = project.stage;
    const awsvpcConfiguration = { subnets: [...ids.privates], securityGroups: [ids.taskGroup] };
    await aws.ecs.send(
      new ecs.RunTaskCommand({
        cluster: "app",
        taskDefinition: "app-nightly",
        launchType: "FARGATE",
        networkConfiguration: { awsvpcConfiguration },
      }),
    );
  };
  const runningJobs = async ({ stage }: DeployProject): Promise<number | undefined> =>
    (await stage.aws.ecs.send(new ecs.ListTasksCommand({ cluster: "app", family: "app-nightly" })))
      .taskArns?.length;

  it("destroys jobs, services and the foundation after one confirmation of all plans", async () => {
    const project = await givenResources();
    const confirmations: Confirmation[] = [];
    const result = await destroyed(project, "all", (confirmation) => {
      confirmations.push(confirmation);
      return true;
    });
    expect(result).toEqual({
      outcome: "destroyed",
      destroyed: 9,
      stoppedTasks: 1,
      deregisteredRevisions: 2,
      hasPendingKey: true,
    });
    expect(confirmations).toMatchObject([
      {
        kind: "destroy",
        counts: { remove: 9 },
        plan: "job nightly\nthe plan\n\nservice app\nthe plan\n\nthe plan",
      },
    ]);
    expect(await revisions(project)).toEqual([]);
    await project.close();
  });

  it("destroys nothing if a service exists that was removed from the config", async () => {
    const project = await givenResources();
    await putParameter(project, "/berth/app/old/image", IMAGE);
    await putParameter(project, "/berth/app/old/logo/image", "other");
    await expect(destroyed(project, "all", () => true)).rejects.toMatchObject({
      code: "BERTH-E3109",
      message:
        "the service or job old exists, but the config does not contain it; nothing was destroyed",
      where: "/berth/app/old/image",
    });
    expect(project.engine.calls()).toEqual([]);
    await project.stage.aws.ssm.send(new DeleteParameterCommand({ Name: "/berth/app/old/image" }));
    expect(await destroyed(project, "all", () => true)).toMatchObject({ outcome: "destroyed" });
    await project.close();
  });

  it.each([
    ["all", / destroy --config \S+ --terraform-bin \S+ --sandbox-url \S+$/],
    [
      ["app", "nightly"],
      / destroy --config \S+ --terraform-bin \S+ --sandbox-url \S+ app nightly$/,
    ],
  ] as const)("suggests the same command after a failure: %j", async (services, command) => {
    const project = await givenResources({ apply: "exit 1" });
    await expect(destroyed(project, services, () => true)).rejects.toMatchObject({
      retryCommand: expect.stringMatching(command) as string,
    });
    await project.close();
  });

  it("destroys only the named service", async () => {
    const project = await givenResources();
    expect(await destroyed(project, ["app"], () => true)).toEqual({
      outcome: "destroyed",
      destroyed: 3,
      stoppedTasks: 1,
      deregisteredRevisions: 2,
      hasPendingKey: false,
    });
    await project.close();
  });

  it.each(["ListTasks", "StopTask", "DeregisterTaskDefinition"])(
    "stops tasks and deregisters revisions at the next run, if %s fails after Terraform",
    async (failing) => {
      let isDenied = false;
      const project = await givenResources({}, ({ operation }) =>
        isDenied && operation === failing
          ? { kind: "error", code: "AccessDeniedException", message: "no" }
          : undefined,
      );
      await runJob(project);
      await expect(
        destroyed(project, ["nightly"], () => {
          isDenied = true;
          return true;
        }),
      ).rejects.toMatchObject({
        code: "BERTH-E9004",
        message: `Terraform has destroyed the resources of nightly, but its tasks and revisions remain: ecs:${failing}: AccessDeniedException: no`,
        fix: expect.stringMatching(/; then run .* destroy .* nightly$/) as string,
      });
      isDenied = false;
      // Terraform has destroyed everything.
      project.engine.setCommands({
        pull: `printf '%s' '{"serial":2,"resources":[]}'`,
        plan: planCommand({ remove: 0 }),
      });
      const confirmations: Confirmation[] = [];
      const again = await destroyed(project, ["nightly"], (confirmation) => {
        confirmations.push(confirmation);
        return true;
      });
      expect(again).toMatchObject({ outcome: "destroyed", destroyed: 0 });
      expect(confirmations).toMatchObject([
        {
          counts: { remove: 0 },
          plan: expect.stringContaining("job nightly\nan earlier run") as string,
        },
      ]);
      expect(await runningJobs(project)).toBe(0);
      expect(await revisions(project, "app-nightly")).toEqual([]);
      expect(await destroyed(project, ["nightly"], () => true)).toMatchObject({
        outcome: "nothing-to-destroy",
      });
      await project.close();
    },
  );

  it("does not deregister the revisions of another program, if the service was never deployed", async () => {
    const project = await givenResources({ pull: "exit 0" });
    expect(await destroyed(project, ["app"], () => true)).toMatchObject({
      outcome: "nothing-to-destroy",
    });
    expect(await revisions(project)).toEqual([project.first, project.second]);
    await project.close();
  });

  it("stops the tasks of a job", async () => {
    const project = await givenResources();
    await runJob(project);
    expect(await runningJobs(project)).toBe(1);
    expect(await destroyed(project, ["nightly"], () => true)).toMatchObject({
      stoppedTasks: 1,
      deregisteredRevisions: 1,
    });
    expect(await runningJobs(project)).toBe(0);
    await project.close();
  });

  it("keeps the tasks and revisions of another program that uses the same family", async () => {
    const project = await givenResources();
    await runJob(project);
    await runJob(project, { taskRoleArn: project.stage.ids.taskRole });
    const [, other] = (await revisions(project, "app-nightly")) ?? [];
    expect(await destroyed(project, ["nightly"], () => true)).toMatchObject({
      stoppedTasks: 1,
      deregisteredRevisions: 1,
    });
    expect(await runningJobs(project)).toBe(1);
    expect(await revisions(project, "app-nightly")).toEqual([other]);
    await project.close();
  });

  it("changes nothing without a confirmation", async () => {
    const project = await givenResources();
    expect(await destroyed(project, "all", () => false)).toMatchObject({ outcome: "declined" });
    expect(project.engine.calls().filter((call) => call.startsWith("apply"))).toEqual([]);
    expect(await revisions(project)).toEqual([project.first, project.second]);
    await project.close();
  });
});
