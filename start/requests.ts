import { setTimeout as sleep } from "node:timers/promises";
import type { Sandbox } from "../src/sandbox/index.ts";
import { inspect } from "../src/sandbox/inspection/index.ts";
import { countOf } from "../src/shared/index.ts";

/** The answers to requests: how many requests failed, and how many each revision of the service answered. */
export class Answers {
  /** Why requests failed: without an answer, or with another status than 200. */
  readonly failures: string[] = [];
  /** Answers by the revision of the task that answered. */
  readonly revisions: Map<string, number> = new Map();

  get count(): number {
    return (
      this.failures.length + [...this.revisions.values()].reduce((sum, count) => sum + count, 0)
    );
  }

  toString(): string {
    const answered = [...this.revisions].map(
      ([revision, count]) => `${count} answered by ${revision}`,
    );
    return [`${countOf(this.count, "request")}, ${this.failures.length} failed`, ...answered].join(
      ", ",
    );
  }
}

/** The URL at which a program on this machine reaches the load balancer. */
function loadBalancerUrl(sandbox: Sandbox): string {
  const [listener] = sandbox.listenerPorts();
  if (listener === undefined) throw new Error("the sandbox has no load balancer");
  return listener.url;
}

/** Sends a request to the load balancer. Every status except 200, and a lost connection, is a failure. */
export async function sendRequest(
  sandbox: Sandbox,
  answers: Answers = new Answers(),
): Promise<Answers> {
  try {
    const response = await fetch(loadBalancerUrl(sandbox));
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    // The simulated program answers with the ARN of its task.
    const { task: arn } = (await response.json()) as { readonly task?: string };
    const task = inspect(sandbox)
      .tasks()
      .find((candidate) => candidate.arn === arn);
    if (task === undefined) throw new Error("the answer is not that of a task");
    const revision = task.taskDefinition.replace(/^.*\//, "");
    answers.revisions.set(revision, (answers.revisions.get(revision) ?? 0) + 1);
  } catch (error) {
    answers.failures.push(error instanceof Error ? error.message : String(error));
  }
  return answers;
}

/** Sends requests, one after the other, while something happens. */
export async function sendRequestsDuring<Result>(
  sandbox: Sandbox,
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly answers: Answers }> {
  const answers = new Answers();
  let isDone = false;
  const loop = (async () => {
    while (!isDone) {
      await sendRequest(sandbox, answers);
      await sleep(100);
    }
  })();
  let result: Result;
  try {
    result = await work();
  } finally {
    isDone = true;
    await loop;
  }
  // The last request is after the end of the work.
  return { result, answers: await sendRequest(sandbox, answers) };
}
