import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { AwsClient } from "../../src/aws-client/index.ts";
import { removeRemains } from "../../src/deployment/index.ts";
import { callError, CLUSTER, definition, fakeClient, taskArn, TestClock } from "./fake-client.ts";

const WORKLOAD = { cluster: CLUSTER, family: "shop-web" };
const ids = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** A client without errors that `callUnless` handles. */
function clientOf(
  responses: Parameters<typeof fakeClient>[0],
): Pick<AwsClient, "call" | "callUnless"> {
  const { call } = fakeClient(responses);
  return {
    call,
    callUnless: (_codes, service, operation, input) => call(service, operation, input),
  };
}

/** Counts the calls of operations, and how many of them run at the same time. */
class CallCounter {
  readonly calls: Record<string, number> = {};
  readonly most: Record<string, number> = {};
  readonly #running: Record<string, number> = {};

  async count<Result>(operation: string, response: () => Result): Promise<Result> {
    this.calls[operation] = (this.calls[operation] ?? 0) + 1;
    const running = (this.#running[operation] ?? 0) + 1;
    this.#running[operation] = running;
    this.most[operation] = Math.max(this.most[operation] ?? 0, running);
    await setImmediate();
    this.#running[operation] = running - 1;
    return response();
  }
}

describe("removeRemains", () => {
  it("reads revisions and stops tasks four at a time, and deregisters one after the other", async () => {
    const counter = new CallCounter();
    const revisions = ids(30).map(definition);
    const tasks = ids(9).map((id) => taskArn(String(id)));
    const client = clientOf({
      ListTasks: () => ({ taskArns: tasks }),
      DescribeTasks: () => ({
        tasks: tasks.map((task) => ({ taskArn: task, taskDefinitionArn: revisions[0] })),
      }),
      ListTaskDefinitions: () => ({ taskDefinitionArns: revisions }),
      DescribeTaskDefinition: () =>
        counter.count("read", () => ({
          taskDefinition: { taskRoleArn: "arn:aws:iam::111122223333:role/shop-web-task" },
        })),
      StopTask: () => counter.count("stop", () => ({})),
      DeregisterTaskDefinition: () => counter.count("deregister", () => ({})),
    });
    await removeRemains(client, WORKLOAD);
    expect(counter.calls).toEqual({ read: 30, stop: 9, deregister: 30 });
    expect(counter.most).toEqual({ read: 4, stop: 4, deregister: 1 });
  });

  it("repeats a deregistration that is throttled", async () => {
    const clock = new TestClock();
    const deregistered: unknown[] = [];
    let attempts = 0;
    const client = clientOf({
      ListTasks: () => ({}),
      ListTaskDefinitions: () => ({ taskDefinitionArns: ids(3).map(definition) }),
      DescribeTaskDefinition: () => ({
        taskDefinition: { executionRoleArn: "arn:aws:iam::111122223333:role/shop-web-execution" },
      }),
      DeregisterTaskDefinition: ({ taskDefinition }) => {
        attempts += 1;
        if (attempts % 3 !== 0) throw callError("ThrottlingException", true);
        deregistered.push(taskDefinition);
        return {};
      },
    });
    await removeRemains(client, WORKLOAD, clock);
    expect(deregistered).toEqual(ids(3).map(definition));
    expect(attempts).toBe(9);
  });

  it("starts no further call after an error", async () => {
    const counter = new CallCounter();
    const client = clientOf({
      ListTasks: () => ({}),
      ListTaskDefinitions: () => ({ taskDefinitionArns: ids(30).map(definition) }),
      DescribeTaskDefinition: () =>
        counter.count("read", () => {
          throw callError("AccessDeniedException", false);
        }),
    });
    await expect(removeRemains(client, WORKLOAD)).rejects.toMatchObject({
      code: "AccessDeniedException",
    });
    await setImmediate();
    expect(counter.calls).toEqual({ read: 4 });
  });
});
