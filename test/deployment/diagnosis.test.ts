import { describe, expect, it } from "vitest";
import type {
  TargetHealth,
  TargetReason,
  TargetState,
  Task,
} from "../../src/deployment/aws-types.ts";
import { causesOf, type DeploymentEvidence } from "../../src/deployment/index.ts";
import { definition, REGION, taskArn } from "./fake-client.ts";

const evidence = (given: Partial<DeploymentEvidence>): DeploymentEvidence => ({
  stoppedTasks: [],
  events: [],
  targets: [],
  region: REGION,
  ...given,
});

const task = (id: string, given: Partial<Task>): Task => ({
  taskArn: taskArn(id),
  taskDefinitionArn: definition(8),
  lastStatus: "STOPPED",
  ...given,
});

const failedStart = (id: string, stoppedReason: string): Task =>
  task(id, { stopCode: "TaskFailedToStart", stoppedReason, containers: [{ name: "web" }] });

const target = (State: TargetState, Reason: TargetReason, Description: string): TargetHealth => ({
  Target: { Id: "10.0.1.7", Port: 8080 },
  TargetHealth: { State, Reason, Description },
});

const TARGETS =
  "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/shop-web/0123456789abcdef";
const UNHEALTHY = `Task failed ELB health checks in (target-group ${TARGETS})`;

describe("causesOf", () => {
  it("groups tasks that stopped for the same reason, the most frequent first", () => {
    const missing =
      "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref 111122223333.dkr.ecr.us-east-1.amazonaws.com/shop:v2: 111122223333.dkr.ecr.us-east-1.amazonaws.com/shop:v2: not found";
    const causes = causesOf(
      evidence({
        stoppedTasks: [
          {
            ...task("c", {
              stopCode: "EssentialContainerExited",
              stoppedReason: "Essential container in task exited",
              containers: [
                {
                  name: "web",
                  exitCode: 137,
                  reason: "OutOfMemoryError: Container killed due to memory usage",
                },
                { name: "proxy", exitCode: 0 },
              ],
            }),
            stoppedAt: new Date(3000),
          },
          { ...failedStart("a", missing), stoppedAt: new Date(1000) },
          { ...failedStart("b", missing), stoppedAt: new Date(2000) },
        ],
      }),
    );
    expect(
      causes.map(({ failure, tasks, containers }) => [failure?.id, tasks, containers]),
    ).toEqual([
      ["ECR-01", ["b", "a"], []],
      [
        "TD-09",
        ["c"],
        [
          {
            name: "web",
            exitCode: 137,
            reason: "OutOfMemoryError: Container killed due to memory usage",
          },
        ],
      ],
    ]);
    expect(causes[0]?.failure?.fix).toBe("Push the image, or correct its name and tag");
  });

  it("names the connection at which the task failed, and replaces the region in the fix", () => {
    const [cause] = causesOf(
      evidence({
        stoppedTasks: [
          failedStart(
            "a",
            'ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry auth from Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task network configuration. operation error ECR: GetAuthorizationToken, request send failed, Post "https://api.ecr.us-east-1.amazonaws.com/": dial tcp 44.213.79.50:443: i/o timeout',
          ),
        ],
      }),
    );
    expect([cause?.failure?.id, cause?.failure?.fix, cause?.hop]).toEqual([
      "NET-09",
      "Add the interface endpoint com.amazonaws.us-east-1.ecr.api with private DNS",
      {
        host: "api.ecr.us-east-1.amazonaws.com",
        address: "44.213.79.50",
        port: 443,
        problem: "timeout",
      },
    ]);
    expect(cause?.alternatives).toEqual([
      "NET-19",
      "NET-24",
      "NET-26",
      "NET-01",
      "NET-02",
      "NET-03",
      "NET-04",
      "NET-05",
      "NET-06",
      "NET-08",
    ]);
  });

  // Source: Elastic Load Balancing API Reference, "TargetHealth", member Reason.
  it.each([
    ["Target.Timeout", "Request timed out", "ALB-11"],
    ["Target.ResponseCodeMismatch", "Health checks failed with these codes: [404]", "ALB-12"],
    ["Target.FailedHealthChecks", "Health checks failed", "ALB-12"],
  ] as const)("explains an unhealthy task by the health of its target: %s", (reason, text, id) => {
    const stoppedTasks = [
      task("a", {
        stopCode: "ServiceSchedulerInitiated",
        stoppedReason: UNHEALTHY,
        containers: [{ name: "web", exitCode: 143 }],
      }),
    ];
    const event = `(service web) (port 8080) is unhealthy in (target-group ${TARGETS}) due to (reason ${text})`;
    // The target was deregistered, and its task has not stopped yet.
    expect(causesOf(evidence({ events: [event, event] }))).toMatchObject([
      { failure: { id }, targetHealth: reason, message: event, tasks: [] },
    ]);
    const byTarget = causesOf(
      evidence({ stoppedTasks, targets: [target("unhealthy", reason, text)] }),
    );
    const byEvent = causesOf(evidence({ stoppedTasks, events: [event] }));
    expect(byTarget).toEqual(byEvent);
    expect(byTarget).toMatchObject([
      {
        failure: { id },
        targetHealth: reason,
        message: `${UNHEALTHY}: ${text}`,
        tasks: ["a"],
        containers: [],
      },
    ]);
  });

  it("does not report tasks that scaling or a user stopped", () => {
    expect(
      causesOf(
        evidence({
          stoppedTasks: [
            task("a", {
              stopCode: "ServiceSchedulerInitiated",
              stoppedReason: "Scaling activity initiated by (deployment ecs-svc/1)",
              containers: [{ name: "web", exitCode: 143 }],
            }),
            task("b", { stopCode: "UserInitiated", stoppedReason: "Task stopped by user" }),
          ],
        }),
      ),
    ).toEqual([]);
  });

  it("keeps the text of AWS for a reason that it does not know", () => {
    expect(
      causesOf(evidence({ stoppedTasks: [failedStart("a", "SomethingNewError: x")] })),
    ).toEqual([
      { alternatives: [], message: "SomethingNewError: x", tasks: ["a"], containers: [] },
    ]);
  });

  // Source: Amazon ECS Developer Guide, "Amazon ECS service event messages".
  it.each([
    [
      "(service web) was unable to place a task. Reason: You've reached the limit on the number of vCPUs you can run concurrently.",
      "Q-01",
    ],
    [
      "(service web) was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or in a different availability zone.",
      "SVC-08",
    ],
    [
      "(service web) was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.",
      "SVC-06",
    ],
  ])("explains a service without tasks by its events: %s", (event, id) => {
    expect(causesOf(evidence({ events: [event] }))).toMatchObject([
      { failure: { id }, message: event, tasks: [] },
    ]);
  });

  it("explains unused targets while no task has stopped", () => {
    expect(
      causesOf(
        evidence({
          targets: [
            target("healthy", "Elb.InternalError", ""),
            target(
              "unused",
              "Target.NotInUse",
              "Target is in an Availability Zone that is not enabled for the load balancer",
            ),
          ],
        }),
      ),
    ).toMatchObject([{ failure: { id: "ALB-18" }, targetHealth: "Target.NotInUse" }]);
  });
});
