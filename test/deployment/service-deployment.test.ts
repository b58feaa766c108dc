import { describe, expect, it } from "vitest";
import type { ServiceDeployment } from "../../src/deployment/aws-types.ts";
import {
  type DeploymentStatus,
  isCompleted,
  outcomeOf,
  progressOf,
  triggerOf,
} from "../../src/deployment/index.ts";
import { deploymentArn, revisionArn } from "./fake-client.ts";

/** Source: Amazon ECS API Reference, "DescribeServiceDeployments", Examples; Amazon ECS Developer Guide, "View service history". */
const IN_PROGRESS: ServiceDeployment = {
  serviceDeploymentArn: deploymentArn("NCWGC2ZR-taawPAYrIaU5"),
  status: "IN_PROGRESS",
  lifecycleStage: "SCALE_UP",
  sourceServiceRevisions: [
    { arn: revisionArn(1), requestedTaskCount: 2, runningTaskCount: 2, pendingTaskCount: 0 },
  ],
  targetServiceRevision: {
    arn: revisionArn(2),
    requestedTaskCount: 2,
    runningTaskCount: 1,
    pendingTaskCount: 1,
  },
  deploymentCircuitBreaker: { status: "MONITORING", failureCount: 1, threshold: 3 },
  alarms: { status: "MONITORING", alarmNames: ["shop-web-5xx"], triggeredAlarmNames: [] },
};

describe("progressOf", () => {
  it("has the stage, the counts of the new revision and the circuit breaker", () => {
    expect(progressOf(IN_PROGRESS, { healthy: 2, initial: 1, unhealthy: 0, draining: 0 })).toEqual({
      status: "IN_PROGRESS",
      stage: "SCALE_UP",
      desired: 2,
      running: 1,
      pending: 1,
      failed: 1,
      failureThreshold: 3,
      earlierRunning: 2,
      targets: { healthy: 2, initial: 1, unhealthy: 0, draining: 0 },
    });
  });

  it("is complete for a deployment that has not started, without a circuit breaker", () => {
    expect(
      progressOf({
        status: "PENDING",
        deploymentCircuitBreaker: { status: "DISABLED", threshold: 0 },
      }),
    ).toEqual({
      status: "PENDING",
      desired: 0,
      running: 0,
      pending: 0,
      failed: 0,
      earlierRunning: 0,
    });
  });
});

describe("the status of a deployment", () => {
  it.each<[DeploymentStatus, string | undefined]>([
    ["PENDING", undefined],
    ["IN_PROGRESS", undefined],
    ["STOP_REQUESTED", undefined],
    ["ROLLBACK_REQUESTED", undefined],
    ["ROLLBACK_IN_PROGRESS", undefined],
    ["SUCCESSFUL", "successful"],
    ["STOPPED", "stopped"],
    ["ROLLBACK_SUCCESSFUL", "rolled-back"],
    ["ROLLBACK_FAILED", "rollback-failed"],
  ])("%s has the outcome %s", (status, outcome) => {
    expect([outcomeOf(status), isCompleted(status)]).toEqual([outcome, outcome !== undefined]);
  });
});

describe("triggerOf", () => {
  it("distinguishes the circuit breaker, alarms and other reasons", () => {
    expect([
      triggerOf({
        ...IN_PROGRESS,
        deploymentCircuitBreaker: { status: "TRIGGERED", failureCount: 3, threshold: 3 },
      }),
      triggerOf({
        ...IN_PROGRESS,
        alarms: {
          status: "TRIGGERED",
          alarmNames: ["shop-web-5xx", "other"],
          triggeredAlarmNames: ["shop-web-5xx"],
        },
      }),
      triggerOf(IN_PROGRESS),
    ]).toEqual([
      { kind: "circuit-breaker", failed: 3, threshold: 3 },
      { kind: "alarm", alarms: ["shop-web-5xx"] },
      { kind: "other" },
    ]);
  });
});
