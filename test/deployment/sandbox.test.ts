import type * as ecs from "@aws-sdk/client-ecs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AwsClient } from "../../src/aws-client/index.ts";
import {
  type CompletedDeployment,
  findRollback,
  findService,
  resolveImage,
  revisionName,
  runTaskOnce,
  startDeployment,
  systemClock,
  waitForCount,
  waitForDeployment,
  type WaitEvent,
} from "../../src/deployment/index.ts";
import {
  account,
  givenStage,
  IMAGE,
  region,
  type ServiceOverrides,
  type Stage,
} from "../sandbox/failures/stage.ts";

const isRecorded = (): Promise<boolean> => Promise.resolve(true);
const NAME = { cluster: "app", service: "app" };
const CIRCUIT_BREAKER: ServiceOverrides = {
  service: {
    desiredCount: 2,
    deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
  },
};
const MISSING = `${account}.dkr.ecr.${region}.amazonaws.com/app:missing`;

let stage: Stage;
let client: AwsClient;

beforeEach(async () => {
  stage = await givenStage("nat", {
    apps: {
      images: { [MISSING]: { exists: false }, [IMAGE]: { exists: true } },
      containers: { app: { commands: { "migrate *": 3 } } },
    },
  });
  client = new AwsClient({
    region,
    endpoint: stage.sandbox.url,
    credentials: { accessKeyId: account, secretAccessKey: "sandbox" },
  });
});
afterEach(() => stage.close());

/** Registers a revision and returns its ARN. */
async function register(container: Partial<ecs.ContainerDefinition> = {}): Promise<string> {
  const { taskDefinition } = await stage.register({ container });
  return taskDefinition?.taskDefinitionArn ?? "";
}

async function deploy(
  taskDefinition: string,
  events: WaitEvent[] = [],
): Promise<CompletedDeployment | undefined> {
  const current = await findService(client, NAME);
  const started = await startDeployment(client, {
    ...NAME,
    taskDefinition,
    current: current ?? {},
    clock: systemClock,
  });
  if (started.kind === "unchanged") return undefined;
  return waitForDeployment(client, {
    ...NAME,
    deploymentArn: started.arn,
    taskDefinition,
    region,
    clock: systemClock,
    listener: (event) => events.push(event),
  });
}

describe("a deployment in the sandbox", () => {
  it("is successful, and is not repeated", async () => {
    await stage.launch(CIRCUIT_BREAKER);
    const revision = await register({ environment: [{ name: "VERSION", value: "2" }] });
    const events: WaitEvent[] = [];
    const result = await deploy(revision, events);
    expect(result).toMatchObject({
      outcome: "successful",
      causes: [],
      running: { taskDefinition: revision, images: [IMAGE], running: 2 },
    });
    const last = events.at(-1);
    expect(last?.type === "progress" && last.progress).toMatchObject({
      status: "SUCCESSFUL",
      running: 2,
      targets: { healthy: 2 },
    });
    expect(await deploy(revision)).toBeUndefined();
    expect((await findRollback(client, NAME, revision, isRecorded))?.to).toMatch(
      /task-definition\/app:1$/,
    );
  });

  it("is rolled back and explained: the image does not exist", async () => {
    await stage.launch(CIRCUIT_BREAKER);
    const revision = await register({ image: MISSING });
    const result = await deploy(revision);
    expect(result).toMatchObject({
      outcome: "rolled-back",
      // Two tasks fail at the same time.
      trigger: { kind: "circuit-breaker", failed: 4, threshold: 3 },
      running: { images: [IMAGE], running: 2 },
      causes: [{ failure: { id: "ECR-01" } }],
    });
    expect(revisionName(result?.running?.taskDefinition ?? "")).toBe("app:1");
    // The revision of a failed deployment is deployed again.
    expect((await deploy(revision))?.outcome).toBe("rolled-back");
    expect(
      await findRollback(client, NAME, result?.running?.taskDefinition ?? "", isRecorded),
    ).toBeUndefined();
  });
});

describe("a task in the sandbox", () => {
  it.each([
    [["migrate", "down"], 3, [{ name: "app", exitCode: 3 }]],
    [["other"], 0, undefined],
  ])(
    "has its exit code and the last lines of its log: %s",
    async (command, exitCode, containers) => {
      const result = await runTaskOnce(
        client,
        {
          cluster: "app",
          taskDefinition: await register(),
          container: "app",
          command,
          subnetIds: stage.ids.privates,
          securityGroupIds: [stage.ids.taskGroup],
          assignPublicIp: false,
          logGroup: "/ecs/app",
          region,
        },
        { clock: systemClock },
      );
      expect(result).toMatchObject({
        exitCode,
        hasTimedOut: false,
        ...(containers && { cause: { failure: { id: "TD-09" }, containers } }),
      });
      expect("logLines" in result && result.logLines[0]).toMatch(/\S/);
    },
  );
});

describe("a count of tasks in the sandbox", () => {
  it("is reached", async () => {
    await stage.launch();
    await client.call("ecs", "UpdateService", { ...NAME, desiredCount: 3 });
    expect(await waitForCount(client, { ...NAME, count: 3, region, clock: systemClock })).toEqual({
      running: 3,
      pending: 0,
      causes: [],
    });
  });
});

describe("an image in the sandbox", () => {
  it("is resolved, or does not exist", async () => {
    await expect(resolveImage(() => client, MISSING)).rejects.toMatchObject({
      code: "BERTH-E3103",
    });
  });
});
