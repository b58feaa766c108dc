import { describe, expect, it } from "vitest";
import type { Service, ServiceDeployment, Task } from "../../src/deployment/aws-types.ts";
import {
  type CompletedDeployment,
  type DeploymentStatus,
  waitForDeployment,
  type WaitEvent,
} from "../../src/deployment/index.ts";
import {
  callError,
  CLUSTER,
  definition,
  deploymentArn,
  fakeClient,
  REGION,
  revisionArn,
  taskArn,
  TestClock,
} from "./fake-client.ts";

const ARN = deploymentArn("new");
const TARGETS =
  "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/shop-web/0123456789abcdef";

/** The service deployment of a rolling update at a time. Source: Amazon ECS API Reference, "ServiceDeployment". */
const deployment = (
  status: DeploymentStatus,
  running: number,
  given: Partial<ServiceDeployment> = {},
): ServiceDeployment => ({
  serviceDeploymentArn: ARN,
  status,
  targetServiceRevision: {
    arn: revisionArn(2),
    requestedTaskCount: 2,
    runningTaskCount: running,
    pendingTaskCount: 2 - running,
  },
  sourceServiceRevisions: [{ arn: revisionArn(1), runningTaskCount: 2 }],
  deploymentCircuitBreaker: { status: "MONITORING", failureCount: 0, threshold: 3 },
  ...given,
});

interface Situation {
  /** The deployment by the milliseconds since its start. */
  readonly at: (milliseconds: number) => ServiceDeployment;
  readonly stoppedTasks?: readonly Task[];
  readonly service?: Partial<Service>;
  /** Throws to reject a call of DescribeServiceDeployments, by its number. */
  readonly reject?: (call: number) => void;
}

function given({ at, stoppedTasks = [], service = {}, reject }: Situation): {
  readonly clock: TestClock;
  readonly events: WaitEvent[];
  readonly wait: (signal?: AbortSignal) => Promise<CompletedDeployment>;
  readonly client: ReturnType<typeof fakeClient>;
} {
  const clock = new TestClock();
  const start = clock.now();
  let describes = 0;
  const client = fakeClient(
    {
      DescribeServiceDeployments: () => {
        reject?.(++describes);
        return {
          serviceDeployments: [{ ...at(clock.now() - start), createdAt: new Date(start) }],
        };
      },
      DescribeServices: () => ({
        services: [
          {
            status: "ACTIVE",
            taskDefinition: definition(8),
            runningCount: 2,
            loadBalancers: [{ targetGroupArn: TARGETS }],
            ...service,
          },
        ],
      }),
      DescribeTargetHealth: () => ({
        TargetHealthDescriptions: [{ TargetHealth: { State: "healthy" } }],
      }),
      ListTasks: () => ({ taskArns: stoppedTasks.map((task) => task.taskArn) }),
      DescribeTasks: (input) => ({
        tasks: stoppedTasks.filter((task) =>
          (input["tasks"] as string[]).includes(task.taskArn ?? ""),
        ), // the input of DescribeTasks
      }),
      DescribeServiceRevisions: (input) => {
        const isNew = (input["serviceRevisionArns"] as string[])[0] === revisionArn(2); // the input of DescribeServiceRevisions
        return {
          serviceRevisions: [
            {
              taskDefinition: definition(isNew ? 8 : 7),
              containerImages: [
                { containerName: "web", image: `repository@sha256:${isNew ? "new" : "old"}` },
              ],
            },
          ],
        };
      },
    },
    clock,
  );
  const events: WaitEvent[] = [];
  return {
    clock,
    events,
    client,
    wait: (signal) =>
      waitForDeployment(client, {
        cluster: CLUSTER,
        service: "web",
        deploymentArn: ARN,
        taskDefinition: definition(8),
        region: REGION,
        clock,
        signal,
        listener: (event) => events.push(event),
      }),
  };
}

const stoppedTask = (id: string, taskDefinitionArn: string, createdAt: number): Task => ({
  taskArn: taskArn(id),
  taskDefinitionArn,
  createdAt: new Date(createdAt),
  stoppedAt: new Date(createdAt + 1000),
  lastStatus: "STOPPED",
  stopCode: "EssentialContainerExited",
  stoppedReason: "Essential container in task exited",
  containers: [{ name: "web", exitCode: 1 }],
});

const START = new TestClock().now();

describe("waitForDeployment", () => {
  it("ends within a second of the deployment, at every time at which it may end", async () => {
    for (let end = 100; end < 12_000; end += 370) {
      const { clock, wait } = given({
        at: (milliseconds) =>
          milliseconds < end
            ? deployment("IN_PROGRESS", milliseconds < end / 2 ? 1 : 2)
            : deployment("SUCCESSFUL", 2, { finishedAt: new Date(START + end) }),
      });
      const result = await wait();
      expect(result).toMatchObject({ outcome: "successful", seconds: end / 1000 });
      expect(clock.now() - START - end).toBeLessThan(1000);
    }
  });

  it("makes at most three calls of a kind per second", async () => {
    const { client, wait } = given({
      at: (milliseconds) =>
        milliseconds < 60_000 ? deployment("IN_PROGRESS", 2) : deployment("SUCCESSFUL", 2),
    });
    await wait();
    const counts = new Map<string, number>();
    for (const { operation, at } of client.calls) {
      const key = `${operation} ${Math.floor(at / 1000)}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(Math.max(...counts.values())).toBe(3);
  });

  it("reports each change of the progress once, and the revision that runs", async () => {
    const { events, wait } = given({
      at: (milliseconds) => {
        if (milliseconds < 5000) return deployment("PENDING", 0);
        return milliseconds < 15_000 ? deployment("IN_PROGRESS", 1) : deployment("SUCCESSFUL", 2);
      },
    });
    const result = await wait();
    expect(
      events.map(
        (event) => event.type === "progress" && [event.progress.status, event.progress.running],
      ),
    ).toEqual([
      ["PENDING", 0],
      ["IN_PROGRESS", 1],
      ["SUCCESSFUL", 2],
    ]);
    expect(result.running).toEqual({
      taskDefinition: definition(8),
      images: ["repository@sha256:new"],
      running: 2,
    });
    expect(result.trigger).toBeUndefined();
  });

  it("explains a rollback: the revision that runs, what triggered it, and why tasks of the new revision stopped", async () => {
    const { events, wait } = given({
      at: (milliseconds) =>
        milliseconds < 6000
          ? deployment("IN_PROGRESS", 0)
          : deployment("ROLLBACK_SUCCESSFUL", 0, {
              statusReason:
                "Service deployment rolled back because the circuit breaker threshold was exceeded.",
              rollback: { serviceRevisionArn: revisionArn(1), startedAt: new Date(START + 5000) },
              deploymentCircuitBreaker: { status: "TRIGGERED", failureCount: 3, threshold: 3 },
            }),
      service: { taskDefinition: definition(7) },
      stoppedTasks: [
        stoppedTask("a", definition(8), START + 1000),
        stoppedTask("b", definition(8), START + 2000),
        // Tasks of an earlier deployment, and of the revision that runs, explain nothing.
        stoppedTask("earlier", definition(8), START - 60_000),
        stoppedTask("old", definition(7), START + 1000),
      ],
    });
    const result = await wait();
    expect(result).toMatchObject({
      outcome: "rolled-back",
      reason: "Service deployment rolled back because the circuit breaker threshold was exceeded.",
      trigger: { kind: "circuit-breaker", failed: 3, threshold: 3 },
      running: { taskDefinition: definition(7), images: ["repository@sha256:old"] },
    });
    expect(result.causes).toMatchObject([
      { failure: { id: "TD-09" }, tasks: ["b", "a"], containers: [{ name: "web", exitCode: 1 }] },
    ]);
    expect(events.filter(({ type }) => type === "cause")).toHaveLength(1);
  });

  it("continues after throttling and lost connections", async () => {
    const { events, wait } = given({
      at: (milliseconds) =>
        milliseconds < 3000 ? deployment("IN_PROGRESS", 1) : deployment("SUCCESSFUL", 2),
      reject: (call) => {
        if (call === 2) throw callError("ThrottlingException", true);
        if (call === 3) throw callError("ECONNRESET", true);
      },
    });
    expect((await wait()).outcome).toBe("successful");
    expect(events.flatMap((event) => (event.type === "retry" ? [event.message] : []))).toEqual([
      "ThrottlingException: the message of AWS",
      "ECONNRESET: the message of AWS",
    ]);
  });

  it("ends with the error of AWS if a call is rejected and not retryable, or if AWS does not respond for ten minutes", async () => {
    const rejected = given({
      at: () => deployment("IN_PROGRESS", 1),
      reject: () => {
        throw callError("AccessDeniedException", false);
      },
    });
    await expect(rejected.wait()).rejects.toMatchObject({ code: "AccessDeniedException" });
    expect(rejected.clock.now()).toBe(START);
    const lost = given({
      at: () => deployment("IN_PROGRESS", 1),
      reject: () => {
        throw callError("ECONNREFUSED", true);
      },
    });
    await expect(lost.wait()).rejects.toMatchObject({ code: "ECONNREFUSED" });
    expect((lost.clock.now() - START) / 60_000).toBeCloseTo(10, 0);
  });

  it("ends at a signal and changes nothing", async () => {
    const controller = new AbortController();
    const { client, wait } = given({
      at: (milliseconds) => {
        if (milliseconds > 2000) controller.abort(new Error("stopped by the test"));
        return deployment("IN_PROGRESS", 1);
      },
    });
    await expect(wait(controller.signal)).rejects.toThrow("stopped by the test");
    expect([...new Set(client.calls.map(({ operation }) => operation))].sort()).toEqual([
      "DescribeServiceDeployments",
      "DescribeServices",
      "DescribeTargetHealth",
      "ListTasks",
    ]);
  });
});
