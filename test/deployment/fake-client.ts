import type { Clock, DeploymentCalls, DeploymentClient } from "../../src/deployment/index.ts";

/** A call that a test has observed. */
export interface ObservedCall {
  readonly operation: string;
  readonly input: unknown;
  /** Milliseconds of the test's clock. */
  readonly at: number;
}

type Responses = {
  readonly [Operation in
    | keyof DeploymentCalls["ecs"]
    | keyof DeploymentCalls["ecr"]
    | keyof DeploymentCalls["elasticloadbalancing"]
    | keyof DeploymentCalls["logs"]]?: (input: Readonly<Record<string, unknown>>) => unknown;
};

/** A clock whose time passes only while something sleeps. */
export class TestClock implements Clock {
  time = Date.UTC(2026, 10, 28, 12);
  now(): number {
    return this.time;
  }
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    this.time += milliseconds;
    signal?.throwIfAborted();
    return Promise.resolve();
  }
}

/** A client that responds with the results of functions, by operation. */
export function fakeClient(
  responses: Responses,
  clock: Clock = new TestClock(),
): DeploymentClient & { readonly calls: readonly ObservedCall[] } {
  const calls: ObservedCall[] = [];
  return {
    calls,
    call: async (_service, operation, input) => {
      calls.push({ operation, input, at: clock.now() });
      const respond = responses[operation as keyof Responses];
      if (!respond) throw new Error(`unexpected call of ${operation}`);
      return respond(input as Readonly<Record<string, unknown>>) as never; // each test gives a response of AWS's shape
    },
  };
}

/** An error as the AWS client throws it. */
export class CallError extends Error {
  readonly code: string;
  readonly isRetryable: boolean;
  constructor(code: string, isRetryable: boolean) {
    super(`${code}: Rate exceeded`);
    this.code = code;
    this.isRetryable = isRetryable;
  }
}

export const REGION = "us-east-1";
export const CLUSTER = "arn:aws:ecs:us-east-1:111122223333:cluster/shop";
const ARN = "arn:aws:ecs:us-east-1:111122223333";
export const definition = (revision: number): string => `${ARN}:task-definition/shop-web:${revision}`;
export const revisionArn = (id: number): string => `${ARN}:service-revision/shop/web/${id}`;
export const deploymentArn = (id: string): string => `${ARN}:service-deployment/shop/web/${id}`;
export const taskArn = (id: string): string => `${ARN}:task/shop/${id}`;
