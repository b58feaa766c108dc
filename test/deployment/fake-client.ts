import { AwsCallError } from "../../src/aws-client/index.ts";
import type { Clock, DeploymentClient } from "../../src/deployment/index.ts";

/** A call that a test has observed. */
export interface ObservedCall {
  readonly operation: string;
  readonly input: unknown;
  /** Milliseconds of the test's clock. */
  readonly at: number;
}

/** Responses by operation. */
type Responses = Readonly<Record<string, (input: Readonly<Record<string, unknown>>) => unknown>>;

/** A clock whose time passes only during a sleep. */
export class TestClock implements Clock {
  time: number = Date.UTC(2026, 10, 28, 12);
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
    call: async (_service, operation: string, input: unknown) => {
      calls.push({ operation, input, at: clock.now() });
      const respond = responses[operation];
      if (!respond) throw new Error(`unexpected call of ${operation}`);
      // The input of each operation is an object, and each test gives a response of AWS's shape.
      return respond(input as Readonly<Record<string, unknown>>);
    },
  };
}

/** An error as the AWS client throws it. */
export const callError = (code: string, isRetryable: boolean): AwsCallError =>
  new AwsCallError(
    { service: "ecs", operation: "DescribeServiceDeployments" },
    { kind: "service", code, message: `${code}: the message of AWS`, isRetryable },
  );

export const REGION = "us-east-1";
export const CLUSTER = "arn:aws:ecs:us-east-1:111122223333:cluster/shop";
const ARN = "arn:aws:ecs:us-east-1:111122223333";
export const definition = (revision: number): string =>
  `${ARN}:task-definition/shop-web:${revision}`;
export const revisionArn = (id: number): string => `${ARN}:service-revision/shop/web/${id}`;
export const deploymentArn = (id: string): string => `${ARN}:service-deployment/shop/web/${id}`;
export const taskArn = (id: string): string => `${ARN}:task/shop/${id}`;
