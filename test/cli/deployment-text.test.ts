import { describe, expect, it } from "vitest";
import { causeProblem, deploymentProblems, progressLine } from "../../src/cli/deployment-text.ts";
import type { CompletedDeployment, DeploymentCause } from "../../src/deployment/index.ts";

const definition = (revision: number): string =>
  `arn:aws:ecs:us-east-1:111122223333:task-definition/shop-web:${revision}`;

const UNREACHABLE: DeploymentCause = {
  failure: {
    id: "NET-10",
    title: "No VPC endpoint for the Amazon ECR registry (ecr.dkr)",
    fix: "Add the interface endpoint com.amazonaws.us-east-1.ecr.dkr with private DNS",
  },
  alternatives: ["NET-19", "NET-24"],
  message: "CannotPullContainerError: i/o timeout",
  hop: {
    host: "111122223333.dkr.ecr.us-east-1.amazonaws.com",
    address: "44.1.2.3",
    port: 443,
    problem: "timeout",
  },
  tasks: ["c", "b", "a"],
  containers: [],
};

const FAILED: CompletedDeployment = {
  outcome: "rolled-back",
  deploymentArn: "arn:aws:ecs:us-east-1:111122223333:service-deployment/shop/web/1",
  reason: "the text of ECS",
  trigger: { kind: "circuit-breaker", failed: 3, threshold: 3 },
  running: { taskDefinition: definition(7), images: ["shop@sha256:old"], running: 2 },
  causes: [UNREACHABLE],
  seconds: 90,
};

describe("progressLine", () => {
  it("has the stage, the counts and the target health", () => {
    expect([
      progressLine({
        status: "PENDING",
        desired: 0,
        running: 0,
        pending: 0,
        failed: 0,
        earlierRunning: 2,
      }),
      progressLine({
        status: "IN_PROGRESS",
        stage: "SCALE_UP",
        desired: 4,
        running: 1,
        pending: 2,
        failed: 1,
        failureThreshold: 3,
        earlierRunning: 2,
        targets: { healthy: 2, initial: 1, unhealthy: 0, draining: 1 },
      }),
      progressLine({
        status: "ROLLBACK_IN_PROGRESS",
        stage: "SCALE_UP",
        desired: 2,
        running: 0,
        pending: 0,
        failed: 3,
        earlierRunning: 0,
      }),
    ]).toEqual([
      "pending, 0 of 0 running, 2 of earlier revisions running",
      "scale up, 1 of 4 running, 2 pending, 2 of earlier revisions running, 1 failed (stops at 3), targets: 2 healthy, 1 initial, 1 draining",
      "rolling back, 0 of 2 running, 3 failed",
    ]);
  });
});

describe("deploymentProblems", () => {
  it("names the revision that runs, the trigger, and each cause with its hop and fix", () => {
    expect(deploymentProblems("web", definition(8), FAILED)).toEqual([
      {
        what: "web: the deployment of shop-web:8 was rolled back: the circuit breaker counted 3 failed tasks of 3; 2 tasks of shop-web:7 run (shop@sha256:old)",
        code: "BERTH-E3104",
        where: "web",
      },
      {
        what: "3 tasks stopped: NET-10 No VPC endpoint for the Amazon ECR registry (ecr.dkr): CannotPullContainerError: i/o timeout",
        where:
          "task to 111122223333.dkr.ecr.us-east-1.amazonaws.com port 443 (44.1.2.3): no response",
        fix: "Add the interface endpoint com.amazonaws.us-east-1.ecr.dkr with private DNS; if this is not the reason, see NET-19, NET-24 (berth explain)",
      },
    ]);
  });

  it.each<[Partial<CompletedDeployment>, string]>([
    [
      { trigger: { kind: "alarm", alarms: ["shop-web-5xx"] } },
      "was rolled back: the alarm shop-web-5xx is in the state ALARM; 2 tasks of shop-web:7 run (shop@sha256:old)",
    ],
    [
      {
        outcome: "stopped",
        trigger: { kind: "other" },
        running: { taskDefinition: definition(8), images: [], running: 0 },
      },
      "was stopped: the text of ECS; no task runs",
    ],
    [
      {
        outcome: "stopped",
        trigger: { kind: "other" },
        replacedBy: definition(9),
        running: { taskDefinition: definition(9), images: [], running: 1 },
      },
      "was replaced by another deployment, of shop-web:9: the text of ECS; 1 task of shop-web:9 runs",
    ],
    [
      {
        outcome: "rollback-failed",
        trigger: { kind: "other" },
        running: { taskDefinition: definition(7), images: [], running: 1 },
      },
      "failed, and ECS could not return to an earlier revision: the text of ECS; 1 task of shop-web:7 runs",
    ],
  ])("states how the deployment ended: %o", (given, text) => {
    expect(deploymentProblems("web", definition(8), { ...FAILED, ...given })[0]?.what).toBe(
      `web: the deployment of shop-web:8 ${text}`,
    );
  });
});

describe("causeProblem", () => {
  it("has the exit code and the reason of a container", () => {
    expect(
      causeProblem({
        failure: {
          id: "TD-09",
          title: "Essential container exits",
          fix: "Read the container's log",
        },
        alternatives: [],
        message: "Essential container in task exited",
        tasks: ["a"],
        containers: [{ name: "web", exitCode: 137, reason: "OutOfMemoryError" }],
      }),
    ).toEqual({
      what: "1 task stopped: TD-09 Essential container exits: Essential container in task exited; web exited with code 137; web: OutOfMemoryError",
      fix: "Read the container's log",
    });
  });
});
