import type * as ecs from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AwsClient } from "../../src/aws-client/index.ts";
import { findService, startDeployment, waitForDeployment } from "../../src/deployment/index.ts";
import { AddressIndex } from "../../src/rehearsal/diagnosis/address-index.ts";
import { PAUSE_MS, resultOfGood } from "../../src/rehearsal/phases/deploy.ts";
import { resultOfBad } from "../../src/rehearsal/phases/update.ts";
import { RequestMonitor } from "../../src/rehearsal/probes/request-monitor.ts";
import { SimulatedClock, withSimulatedTime } from "../../src/rehearsal/services/simulated-clock.ts";
import {
  badChangesOf,
  expectedFailures,
  imageOf,
  VARIANT_IMAGES,
} from "../../src/rehearsal/services/variants.ts";
import type { Deployed } from "../../src/rehearsal/services/workload-run.ts";
import { sandboxEnvironment } from "../../src/sandbox/client.ts";
import { inspect } from "../../src/sandbox/inspection/index.ts";
import { type DeployedService, givenDeployedService } from "../support/deployed-service.ts";
import { IMAGE, region } from "../sandbox/failures/stage.ts";

const NAME = { cluster: "app", service: "app" };
const BREAKER = { enable: true, rollback: true };

/** A service with two tasks behind a load balancer, and requests to it. */
class Scene {
  readonly project: DeployedService;
  readonly clock: SimulatedClock;
  readonly monitor: RequestMonitor;
  readonly #client: AwsClient;

  constructor(project: DeployedService, clock: SimulatedClock) {
    this.project = project;
    this.clock = clock;
    const { sandbox } = project.stage;
    this.monitor = new RequestMonitor(inspect(sandbox), new AddressIndex());
    this.#client = new AwsClient({ region, env: sandboxEnvironment({}, sandbox.url, undefined) });
  }

  static async create(service: Partial<ecs.CreateServiceRequest> = {}): Promise<Scene> {
    const clock = new SimulatedClock();
    const project = await givenDeployedService(
      {
        now: () => new Date(clock.now()),
        apps: { images: { ...VARIANT_IMAGES, "*": { exists: true } } },
      },
      {
        deploymentConfiguration: { deploymentCircuitBreaker: BREAKER },
        healthCheckGracePeriodSeconds: 60,
        ...service,
      },
    );
    return new Scene(project, clock);
  }

  async runningRevision(): Promise<string> {
    return (await findService(this.#client, NAME))?.taskDefinition ?? "";
  }

  /** Deploys an image, while requests are sent. */
  async deploy(image: string): Promise<Deployed> {
    const { clock, monitor: requestMonitor, project } = this;
    const { sandbox } = project.stage;
    const taskDefinition = await project.register("app", { image });
    const current = await findService(this.#client, NAME);
    if (current === undefined) throw new TypeError("there is no service");
    clock.advance(PAUSE_MS);
    requestMonitor.start({ phase: "update", service: "app", change: "update" }, clock.now());
    const deployed = await withSimulatedTime({ sandbox, clock, requestMonitor }, async () => {
      const started = await startDeployment(this.#client, {
        ...NAME,
        taskDefinition,
        current,
        clock,
      });
      if (started.kind === "unchanged") throw new TypeError("the revision already runs");
      return waitForDeployment(this.#client, {
        ...NAME,
        deploymentArn: started.arn,
        taskDefinition,
        region,
        clock,
      });
    });
    requestMonitor.stop();
    return { ...deployed, taskDefinition };
  }
}

describe("updates of a service with a route", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.create();
  });
  afterAll(() => scene.project.close());

  it("take as long as on AWS by the clock of the sandbox, without a failed request", async () => {
    const result = resultOfGood(await scene.deploy(imageOf("update", IMAGE)));
    expect(result).toMatchObject({ outcome: "pass", ended: "successful", findings: [] });
    // The exact time depends on the clock of this machine.
    expect(result.seconds).toBeGreaterThan(30);
    expect(scene.monitor.sent).toBeGreaterThan(30);
    expect(scene.monitor.failures).toEqual([]);
  });

  const service = { image: IMAGE, route: { path: "/*" } };
  it.each(badChangesOf(service))("are rolled back: %s", async (change) => {
    const previous = await scene.runningRevision();
    const deployed = await scene.deploy(imageOf(change, IMAGE));
    const expected = expectedFailures(change, service);
    expect(resultOfBad(deployed, previous, expected)).toMatchObject({
      outcome: "pass",
      ended: "rolled-back",
      explainedBy: expected[0],
      findings: [],
    });
    expect(scene.monitor.failures).toEqual([]);
    // The same deployment does not pass with other expectations.
    expect(resultOfBad(deployed, "another revision", ["ECR-05"])).toMatchObject({
      outcome: "fail",
      findings: [
        { step: "the rollback", message: expect.stringMatching(/, and not the revision before$/) },
        { step: "the rollback", message: "the failure was not explained by ECR-05" },
        { id: expected[0] },
      ],
    });
  });
});

it("lists the failed requests of a service whose tasks stop before new ones start", async ({
  onTestFinished,
}) => {
  const scene = await Scene.create({
    deploymentConfiguration: {
      minimumHealthyPercent: 0,
      maximumPercent: 100,
      deploymentCircuitBreaker: BREAKER,
    },
  });
  onTestFinished(() => scene.project.close());
  await scene.deploy(imageOf("update", IMAGE));
  const [failure, ...others] = scene.monitor.failures;
  expect(others).toEqual([]);
  expect(failure).toMatchObject({
    phase: "update",
    service: "app",
    change: "update",
    status: 503,
    message: "503 from the load balancer, and not from the service",
  });
  expect(failure?.untilSecond).toBeGreaterThan(failure?.fromSecond ?? Infinity);
  expect(failure?.count).toBeGreaterThan(1);
});

it("does not pass a bad update that ECS does not roll back", () => {
  const deployed: Deployed = {
    outcome: "stopped",
    deploymentArn: "arn",
    taskDefinition: "app:2",
    running: { taskDefinition: "app:2", images: [], running: 0 },
    causes: [],
    seconds: 10,
  };
  expect(resultOfBad(deployed, "app:1", ["TD-09"])).toMatchObject({
    outcome: "fail",
    ended: "stopped",
    findings: [
      { message: "ECS did not roll the update back: stopped" },
      { message: "the failure was not explained by TD-09" },
    ],
  });
  expect(resultOfGood(deployed)).toMatchObject({
    outcome: "fail",
    findings: [{ message: "the service does not run the new revision" }],
  });
});

it("tests what a service has", () => {
  expect(badChangesOf({ image: IMAGE })).toEqual(["program-exits", "image-missing"]);
  expect(
    badChangesOf({
      image: IMAGE,
      containerHealthCheck: { command: ["CMD", "check"] },
      secrets: { TOKEN: { parameter: "/token" } },
    }),
  ).toEqual(["program-exits", "health-check-fails", "secret-missing", "image-missing"]);
});
