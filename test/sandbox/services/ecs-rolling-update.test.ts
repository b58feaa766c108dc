import * as ecs from "@aws-sdk/client-ecs";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import { describe, expect, it } from "vitest";
import { inspect } from "../../../src/sandbox/inspection/index.ts";
import { givenStage, type Stage } from "../failures/stage.ts";

const DELAY_SECONDS = 120;

/** A healthy service with two tasks at the pace real, and a function that lets time pass. */
async function givenService(
  deploymentConfiguration: ecs.DeploymentConfiguration,
): Promise<{ readonly stage: Stage; readonly pass: (seconds: number) => void }> {
  let now = Date.parse("2026-05-01T12:00:00Z");
  const stage = await givenStage("nat", { pace: "real", now: () => new Date(now) });
  await stage.aws.elb.send(
    new elb.ModifyTargetGroupAttributesCommand({
      TargetGroupArn: stage.ids.targets,
      Attributes: [{ Key: "deregistration_delay.timeout_seconds", Value: String(DELAY_SECONDS) }],
    }),
  );
  await stage.register();
  await stage.create({ deploymentConfiguration });
  const pass = (seconds: number): void => {
    now += seconds * 1000;
    stage.sandbox.runBackgroundWork();
  };
  for (let count = 0; count < 10; count++) pass(60);
  await stage.register({ container: { environment: [{ name: "A", value: "2" }] } });
  await stage.aws.ecs.send(
    new ecs.UpdateServiceCommand({ cluster: "app", service: "app", taskDefinition: "app" }),
  );
  return { stage, pass };
}

/** The number of healthy targets, and how many targets and tasks are in another state. */
async function stateOf(stage: Stage): Promise<string> {
  const count = (values: readonly string[]): string =>
    [...new Set(values)]
      .sort()
      .map((value) => `${values.filter((other) => other === value).length} ${value}`)
      .join(", ");
  const health = (await stage.health()).map((value) => value.split(" ")[0] ?? "");
  const tasks = inspect(stage.sandbox)
    .tasks()
    .map(({ status }) => status)
    .filter((status) => status !== "STOPPED");
  return `targets: ${count(health)}; tasks: ${count(tasks)}`;
}

describe("a rolling update", () => {
  it("keeps all healthy targets, answers all requests, and drains old targets for the deregistration delay", async () => {
    const { stage, pass } = await givenService({ minimumHealthyPercent: 100, maximumPercent: 200 });
    const states: string[] = [];
    const statuses = new Set<unknown>();
    let drainingSeconds = 0;
    for (let seconds = 0; seconds <= 600; seconds += 5) {
      const state = await stateOf(stage);
      if (states.at(-1) !== state) states.push(state);
      if (state.includes("draining")) drainingSeconds += 5;
      const answer = stage.request();
      statuses.add(answer.kind === "answered" ? answer.status : answer.kind);
      pass(5);
    }
    expect(states).toEqual([
      "targets: 2 healthy; tasks: 2 PROVISIONING, 2 RUNNING",
      "targets: 2 healthy; tasks: 2 PENDING, 2 RUNNING",
      "targets: 2 healthy, 2 initial; tasks: 4 RUNNING",
      "targets: 2 draining, 2 healthy; tasks: 2 DEACTIVATING, 2 RUNNING",
      "targets: 2 healthy; tasks: 2 RUNNING",
    ]);
    expect([...statuses]).toEqual([200]);
    expect(drainingSeconds).toBe(DELAY_SECONDS);
    await stage.close();
  });

  it("ends the service deployment before the old targets are drained, and the deployment afterwards", async () => {
    const { stage, pass } = await givenService({});
    const read = async (): Promise<readonly unknown[]> => {
      const service = await stage.describe();
      const { serviceDeployments } = await stage.aws.ecs.send(
        new ecs.DescribeServiceDeploymentsCommand({
          serviceDeploymentArns: [service?.currentServiceDeployment ?? ""],
        }),
      );
      return [serviceDeployments?.[0]?.status, service?.deployments?.length];
    };
    pass(40);
    expect(await read()).toEqual(["IN_PROGRESS", 2]);
    pass(200);
    expect(await read()).toEqual(["SUCCESSFUL", 2]);
    const { taskArns = [] } = await stage.aws.ecs.send(
      new ecs.ListTasksCommand({ cluster: "app", desiredStatus: "STOPPED" }),
    );
    const { tasks = [] } = await stage.aws.ecs.send(
      new ecs.DescribeTasksCommand({ cluster: "app", tasks: taskArns }),
    );
    expect(tasks.map(({ lastStatus, desiredStatus }) => [lastStatus, desiredStatus])).toEqual([
      ["DEACTIVATING", "STOPPED"],
      ["DEACTIVATING", "STOPPED"],
    ]);
    pass(DELAY_SECONDS - 1);
    expect(await read()).toEqual(["SUCCESSFUL", 2]);
    pass(1);
    expect(await read()).toEqual(["SUCCESSFUL", 1]);
    await stage.close();
  });

  it("deletes a service only when its targets are drained", async () => {
    const { stage, pass } = await givenService({});
    for (let count = 0; count < 10; count++) pass(60);
    await stage.aws.ecs.send(
      new ecs.DeleteServiceCommand({ cluster: "app", service: "app", force: true }),
    );
    expect((await stage.describe())?.status).toBe("DRAINING");
    pass(DELAY_SECONDS - 1);
    expect((await stage.describe())?.status).toBe("DRAINING");
    pass(1);
    expect((await stage.describe())?.status).toBe("INACTIVE");
    await stage.close();
  });
});
