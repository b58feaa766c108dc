import {
  DescribeServicesCommand,
  ListTaskDefinitionsCommand,
  type Service,
} from "@aws-sdk/client-ecs";
import { GetParameterCommand } from "@aws-sdk/client-ssm";
import { join } from "node:path";
import { describe, it } from "vitest";
import {
  apply,
  deploy,
  type DeployOptions,
  destroy,
  type OperationEvent,
  planService,
  rollback,
  scale,
  type ServiceResult,
} from "../../../src/app/index.ts";
import { startSandbox } from "../../../src/sandbox/server.ts";
import { berth } from "../../support/berth.ts";
import { clientsFor } from "../../support/clients.ts";
import { writeConfig } from "../../support/config-folder.ts";
import { testFolder } from "../../support/folder.ts";
import { pushImage } from "../../support/push-image.ts";

const REPOSITORY = "111122223333.dkr.ecr.us-east-1.amazonaws.com/hello";

/** Calls Berth's listener: a real signal would end the test process. */
const interrupt = (): void => process.listeners("SIGINT").at(-1)?.("SIGINT");

describe("a service, with real Terraform in the sandbox", () => {
  it("is deployed, updated, rolled back, scaled and destroyed, and the plan is empty after each deployment", async ({
    expect,
    onTestFinished,
  }) => {
    const folder = testFolder();
    const configure = (web: string): void =>
      writeConfig(
        folder,
        `zones: 1, egress: "public", loadBalancer: false, repository: { forceDelete: true },
        services: { web: { image: { build: "." }, count: 1, ${web} } },
        jobs: { nightly: { image: { build: "." }, schedule: "rate(1 day)" } }`,
      );
    const before = 'before: { command: ["migrate"], timeout: 60 }';
    configure(before);
    const sandbox = await startSandbox();
    onTestFinished(() => sandbox.close());
    const scope = { config: join(folder, "berth.config.ts"), sandbox: sandbox.url };
    const clients = clientsFor(sandbox.url, "us-east-1");
    const service = async (): Promise<Service | undefined> =>
      (await clients.ecs.send(new DescribeServicesCommand({ cluster: "hello", services: ["web"] })))
        .services?.[0];
    const recordedImage = async (): Promise<string | undefined> =>
      (await clients.ssm.send(new GetParameterCommand({ Name: "/berth/hello/web/image" })))
        .Parameter?.Value;
    const deployed = async (
      options: DeployOptions = {},
      interruptAt?: OperationEvent["type"],
    ): Promise<{ readonly result: ServiceResult | undefined; readonly types: string[] }> => {
      const types: string[] = [];
      const { services } = await deploy(
        { ...scope, services: ["web"], yes: true, build: false, ...options },
        {
          event: (event) => {
            const { type } = event;
            if (type !== "resource-finished") types.push(type);
            else if (event.address.startsWith("aws_ecs_service.")) types.push("service-created");
            if (type === interruptAt) interrupt();
          },
        },
      );
      return { result: services[0], types };
    };
    const changesNothing = async (image: string | undefined): Promise<void> => {
      const { result, types } = await deployed();
      expect(types).toContain("no-changes");
      expect(result).toMatchObject({ outcome: "unchanged", image });
    };

    // Without a foundation, and without an image. Only a preview can be planned before the foundation exists.
    const preview = { ...scope, service: "web", preview: true };
    expect(await planService(preview)).toEqual({
      outcome: "foundation-pending",
      name: "hello/web",
      reason: "the foundation hello has not published its outputs",
    });
    await expect(deployed()).rejects.toMatchObject({
      code: "BERTH-E3101",
      message: "the foundation hello has not published its outputs",
    });
    await apply({ ...scope, yes: true });
    await expect(deployed()).rejects.toMatchObject({ code: "BERTH-E3103" });
    await expect(deployed({ image: ":missing" })).rejects.toMatchObject({ code: "BERTH-E3103" });

    // The foundation was applied before the service needed a secret.
    configure('secrets: { TOKEN: { secret: "shop/token" } }');
    await expect(deployed({ image: ":v1" })).rejects.toMatchObject({
      code: "BERTH-E3101",
      message:
        "the foundation hello does not have what the config requires: endpoint secretsmanager",
    });
    configure(before);

    const digests: Record<string, string> = {};
    for (const [tag, architecture] of [
      ["v1", "arm64"],
      ["v2", "arm64"],
      ["bad", "amd64"],
    ] as const) {
      const { image } = await pushImage(clients.ecr, "hello", tag, { architecture, note: tag });
      digests[tag] = `${REPOSITORY}@${image?.imageId?.imageDigest}`;
    }
    const { v1, v2 } = digests;

    // The preview has a placeholder for the image. A plan with the image has another fingerprint, which the deployment requires.
    const previewed = await planService(preview);
    const planned = await planService({ ...scope, service: "web", image: ":v1" });
    if (previewed.outcome !== "planned" || planned.outcome !== "planned")
      throw new Error("the service was not planned");
    expect(previewed.report.text).toContain(`${REPOSITORY}:not-built-yet`);
    const { fingerprint } = planned.report;
    const rejected = await deployed({ image: ":v1", approved: previewed.report.fingerprint ?? "" });
    expect(rejected.result).toMatchObject({ outcome: "not-approved", fingerprint });
    expect(await service()).toBeUndefined();

    // The first deployment: the task runs before Terraform creates the service.
    const first = await deployed({ image: ":v1", approved: fingerprint ?? "" });
    expect(first.result).toMatchObject({
      service: "web",
      outcome: "deployed",
      image: v1,
      deployment: { outcome: "successful", causes: [] },
    });
    expect(
      first.types.filter((type) => ["before-task-started", "service-created"].includes(type)),
    ).toEqual(["before-task-started", "service-created"]);
    await changesNothing(v1);
    const original = await service();

    // An interrupted deployment of another image: the next command continues it.
    await expect(deployed({ image: ":v2" }, "task-status")).rejects.toMatchObject({
      code: "BERTH-E3004",
    });
    expect((await service())?.taskDefinition).toBe(original?.taskDefinition);
    expect(await recordedImage()).toBe(v1);
    const update = await deployed({ image: ":v2" });
    expect(update.types).toContain("no-changes");
    expect(update.result).toMatchObject({ outcome: "deployed", image: v2 });
    expect(await recordedImage()).toBe(v2);

    // Back to the first image.
    expect(await rollback({ ...scope, service: "web", yes: true })).toMatchObject({
      outcome: "rolled-back",
      to: original?.taskDefinition,
    });
    expect(await recordedImage()).toBe(v1);
    await changesNothing(v1);

    // Another environment: with the image that runs. ECS completes the interrupted deployment.
    configure('environment: { LOG_LEVEL: "debug" }');
    await expect(deployed({}, "deployment-started")).rejects.toMatchObject({ code: "BERTH-E3004" });
    await changesNothing(v1);
    const healthy = await service();

    // An image for another architecture: ECS rolls back.
    const bad = await berth(
      ["deploy", "web", "--image", ":bad", "--yes", "--sandbox-url", sandbox.url],
      { cwd: folder },
    );
    expect([bad.code, bad.stdout]).toEqual([1, ""]);
    const revision = healthy?.taskDefinition?.split("/").at(-1);
    expect(bad.stderr).toContain(
      `was rolled back: the circuit breaker counted 3 failed tasks of 3; 1 task of ${revision} runs (${v1})`,
    );
    expect(bad.stderr).toMatch(/tasks? stopped: ECR-05 Image architecture does not match/);
    expect((await service())?.taskDefinition).toBe(healthy?.taskDefinition);
    expect(await recordedImage()).toBe(v1);
    await changesNothing(v1);

    // The next plan shows the count that was set by hand, and nothing else.
    expect(await scale({ ...scope, service: "web", count: 2 })).toMatchObject({
      from: 1,
      to: 2,
      isAutomatic: false,
    });
    expect(await service()).toMatchObject({ desiredCount: 2, runningCount: 2 });
    const plans: string[] = [];
    const declined = await deploy(
      { ...scope, services: ["web"], build: false },
      {
        confirm: (confirmation) => {
          if (confirmation.kind === "apply") plans.push(confirmation.plan);
          return Promise.resolve(false);
        },
      },
    );
    expect(declined.services).toEqual([{ service: "web", outcome: "declined" }]);
    expect(
      plans
        .join("\n")
        .match(/^ {6}[~+-] \S+/gm)
        ?.map((line) => line.trim()),
    ).toEqual(["~ desired_count"]);

    // A job has its image as soon as it is applied.
    const job = await deployed({ services: ["nightly"], image: ":v1" });
    expect(job.result).toMatchObject({ service: "nightly", outcome: "applied", image: v1 });

    // Services and jobs are destroyed before their foundation.
    const destroying: string[] = [];
    expect(
      await destroy(
        { ...scope, yes: true },
        {
          event: (event) => {
            if (event.type === "service-destroying") destroying.push(event.service);
          },
        },
      ),
    ).toMatchObject({ outcome: "destroyed", hasPendingKey: true });
    expect(destroying).toEqual(["nightly", "web"]);
    expect(sandbox.contents()).toEqual([]);
    const { taskDefinitionArns } = await clients.ecs.send(
      new ListTaskDefinitionsCommand({ status: "ACTIVE" }),
    );
    expect(taskDefinitionArns).toEqual([]);
  });
});
