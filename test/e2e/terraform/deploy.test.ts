import { DescribeServicesCommand, type Service } from "@aws-sdk/client-ecs";
import { join } from "node:path";
import { describe, it } from "vitest";
import {
  apply,
  deploy,
  type DeployOptions,
  type OperationEvent,
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

describe("a service, with real Terraform in the sandbox", () => {
  it("is deployed, updated, rolled back and scaled, and the plan is empty after each deployment", async ({
    expect,
    onTestFinished,
  }) => {
    const folder = testFolder();
    writeConfig(
      folder,
      `zones: 1, loadBalancer: false, services: {
        web: { image: { build: "." }, count: 1, before: { command: ["migrate"], timeout: 60 } },
      }`,
    );
    const sandbox = await startSandbox();
    onTestFinished(() => sandbox.close());
    const scope = { config: join(folder, "berth.config.ts"), sandbox: sandbox.url };
    const clients = clientsFor(sandbox.url, "us-east-1");
    const service = async (): Promise<Service | undefined> =>
      (await clients.ecs.send(new DescribeServicesCommand({ cluster: "hello", services: ["web"] })))
        .services?.[0];
    const deployed = async (
      options: DeployOptions = {},
    ): Promise<{
      readonly result: ServiceResult | undefined;
      readonly events: OperationEvent[];
    }> => {
      const events: OperationEvent[] = [];
      const { services } = await deploy(
        { ...scope, yes: true, ...options },
        { event: (event) => events.push(event) },
      );
      return { result: services[0], events };
    };
    const revisionOf = (arn = ""): string => arn.split("/").at(-1) ?? "";

    await expect(deployed()).rejects.toMatchObject({ code: "BERTH-E3101" });
    await apply({ ...scope, yes: true });
    await expect(deployed()).rejects.toMatchObject({ code: "BERTH-E3103" });
    await expect(deployed({ image: ":missing" })).rejects.toMatchObject({ code: "BERTH-E3103" });

    const digests: Record<string, string> = {};
    for (const [tag, architecture] of [
      ["v1", "arm64"],
      ["v2", "arm64"],
      ["bad", "amd64"],
    ] as const) {
      const { image } = await pushImage(clients.ecr, "hello", tag, { architecture, note: tag });
      digests[tag] = `${REPOSITORY}@${image?.imageId?.imageDigest}`;
    }

    // The first deployment: the task runs before Terraform creates the service.
    const first = await deployed({ image: ":v1" });
    expect(first.result).toMatchObject({
      service: "web",
      outcome: "deployed",
      image: digests["v1"],
      deployment: { outcome: "successful", causes: [] },
    });
    const order = first.events.flatMap((event) =>
      event.type === "before-task-started" ||
      (event.type === "resource-finished" && event.address.startsWith("aws_ecs_service."))
        ? [event.type]
        : [],
    );
    expect(order).toEqual(["before-task-started", "resource-finished"]);
    const again = await deployed();
    expect(again.result).toMatchObject({ outcome: "unchanged", image: digests["v1"] });
    expect(again.events.map(({ type }) => type)).toContain("no-changes");

    expect((await deployed({ image: ":v2" })).result).toMatchObject({
      outcome: "deployed",
      image: digests["v2"],
    });
    const healthy = await service();

    // The image is for another architecture: ECS rolls back.
    const bad = await berth(
      ["deploy", "web", "--image", ":bad", "--yes", "--sandbox-url", sandbox.url],
      { cwd: folder },
    );
    expect([bad.code, bad.stdout]).toEqual([1, ""]);
    expect(bad.stderr).toContain(
      `was rolled back: the circuit breaker counted 3 failed tasks of 3; 1 task of ${revisionOf(healthy?.taskDefinition)} runs (${digests["v2"]})`,
    );
    expect(bad.stderr).toMatch(/tasks? stopped: ECR-05 Image architecture does not match/);
    expect((await service())?.taskDefinition).toBe(healthy?.taskDefinition);
    // The newest revision has the image of the last successful deployment again.
    const afterFailure = await deployed();
    expect(afterFailure.events.map(({ type }) => type)).toContain("no-changes");
    expect(afterFailure.result).toMatchObject({ image: digests["v2"] });

    const returned = await rollback({ ...scope, service: "web", yes: true });
    expect(returned).toMatchObject({ outcome: "rolled-back" });
    const afterRollback = await deployed();
    expect(afterRollback.events.map(({ type }) => type)).toContain("no-changes");

    expect(await scale({ ...scope, service: "web", count: 2 })).toMatchObject({
      from: 1,
      to: 2,
      isAutomatic: false,
    });
    expect(await service()).toMatchObject({ desiredCount: 2, runningCount: 2 });
    const plans: string[] = [];
    const { services } = await deploy(scope, {
      confirm: (confirmation) => {
        if (confirmation.kind === "apply") plans.push(confirmation.plan);
        return Promise.resolve(false);
      },
    });
    expect(services).toEqual([{ service: "web", outcome: "declined" }]);
    expect(
      plans
        .join("\n")
        .match(/^ +[~+-] (?!resource)\S+/gm)
        ?.map((line) => line.trim()),
    ).toEqual(["~ desired_count"]);
  });
});
