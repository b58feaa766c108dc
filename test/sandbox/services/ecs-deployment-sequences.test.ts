import type * as ecs from "@aws-sdk/client-ecs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { account, givenStage, region } from "../failures/stage.ts";

const FINAL = new Set(["SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"]);

/** A step of a user, of time, or of an alarm. */
const step = fc.oneof(
  fc.record({
    kind: fc.constant("update" as const),
    // The image of app:2 does not exist.
    revision: fc.constantFrom(1, 2, 3),
    force: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("scale" as const), count: fc.integer({ min: 0, max: 4 }) }),
  fc.record({
    kind: fc.constant("stop" as const),
    stopType: fc.constantFrom("ROLLBACK" as const, "ABORT" as const),
  }),
  fc.record({
    kind: fc.constant("breaker" as const),
    enable: fc.boolean(),
    rollback: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("alarm" as const), state: fc.constantFrom("ALARM", "OK") }),
  fc.record({ kind: fc.constant("time" as const), seconds: fc.constantFrom(20, 40, 120, 900) }),
);

/** The outputs of the operations that the test reads with. */
interface Outputs {
  readonly DescribeServices: { readonly services: [ecs.Service] };
  readonly ListServiceDeployments: { readonly serviceDeployments: ecs.ServiceDeploymentBrief[] };
  readonly DescribeServiceDeployments: { readonly serviceDeployments: ecs.ServiceDeployment[] };
  readonly DescribeServiceRevisions: { readonly serviceRevisions: ecs.ServiceRevision[] };
  readonly ListTasks: { readonly taskArns: string[] };
  readonly DescribeTasks: { readonly tasks: ecs.Task[] };
}

describe("a sequence of deployments", () => {
  it("keeps service, deployments, service deployments and tasks consistent", async () => {
    let now = Date.parse("2026-05-01T12:00:00Z");
    const stage = await givenStage("nat", {
      pace: "real",
      now: () => new Date(now),
      apps: { images: { "gone:*": { exists: false } } },
    });
    const { sandbox } = stage;
    const call = (service: string, operation: string, input: object): object =>
      sandbox.invoke(service, operation, { ...input }, { account, region });
    const read = <Name extends keyof Outputs>(operation: Name, input: object): Outputs[Name] =>
      call("ecs", operation, input) as Outputs[Name];
    await stage.register();
    await stage.register({ container: { image: "gone:1" } });
    await stage.register({ container: { environment: [{ name: "A", value: "3" }] } });
    call("monitoring", "PutMetricAlarm", {
      AlarmName: "errors",
      MetricName: "Errors",
      Namespace: "App",
      Statistic: "Sum",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: "GreaterThanThreshold",
    });
    await stage.create({
      taskDefinition: "app:1",
      deploymentConfiguration: {
        alarms: { alarmNames: ["errors"], enable: true, rollback: true },
      },
    });
    const passTime = (seconds: number): void => {
      for (let passed = 0; passed < seconds; passed += 20) {
        now += 20_000;
        sandbox.runBackgroundWork();
      }
    };
    passTime(600);
    const start = sandbox.snapshot();

    const target = { cluster: "app", service: "app" };
    const service = (): ecs.Service =>
      read("DescribeServices", {
        cluster: "app",
        services: ["app"],
      }).services[0];
    const history = (): ecs.ServiceDeployment[] => {
      const { serviceDeployments: briefs } = read("ListServiceDeployments", {
        ...target,
        maxResults: 100,
      });
      return briefs
        .map(({ serviceDeploymentArn }) => serviceDeploymentArn)
        .flatMap(
          (arn) =>
            read("DescribeServiceDeployments", { serviceDeploymentArns: [arn] }).serviceDeployments,
        );
    };
    const definitionOf = (revision: string | undefined): string | undefined =>
      read("DescribeServiceRevisions", {
        serviceRevisionArns: [revision],
      }).serviceRevisions[0]?.taskDefinition;
    const runningTasks = (): number => {
      const { taskArns } = read("ListTasks", {
        cluster: "app",
        serviceName: "app",
      });
      if (taskArns.length === 0) return 0;
      return read("DescribeTasks", {
        cluster: "app",
        tasks: taskArns,
      }).tasks.filter(({ lastStatus }) => lastStatus === "RUNNING").length;
    };
    const sum = (values: readonly (number | undefined)[]): number =>
      values.reduce<number>((total, value) => total + (value ?? 0), 0);

    const check = (finished: Map<string, string>): void => {
      const row = service();
      const deployments = history();
      const ongoing = deployments.filter(({ status = "" }) => !FINAL.has(status));
      expect(ongoing.map(({ serviceDeploymentArn }) => serviceDeploymentArn)).toEqual(
        ongoing.length === 0 ? [] : [row.currentServiceDeployment],
      );
      expect(deployments[0]?.serviceDeploymentArn).toBe(row.currentServiceDeployment);
      for (const { serviceDeploymentArn = "", status = "", finishedAt } of deployments) {
        expect(finishedAt !== undefined).toBe(FINAL.has(status));
        // A finished service deployment never changes.
        expect(status).toBe(finished.get(serviceDeploymentArn) ?? status);
        if (FINAL.has(status)) finished.set(serviceDeploymentArn, status);
      }
      const [current] = deployments;
      expect(row.taskDefinition).toBe(
        definitionOf(current?.rollback?.serviceRevisionArn ?? current?.targetServiceRevision?.arn),
      );
      const primaries = row.deployments?.filter(({ status }) => status === "PRIMARY") ?? [];
      expect(primaries.map(({ taskDefinition }) => taskDefinition)).toEqual([row.taskDefinition]);
      const running = runningTasks();
      expect(row.runningCount).toBe(running);
      expect(sum((row.deployments ?? []).map(({ runningCount }) => runningCount))).toBe(running);
      expect(
        sum((row.currentServiceRevisions ?? []).map(({ runningTaskCount }) => runningTaskCount)),
      ).toBe(running);
      const reached = deployments
        .slice(0, 1)
        .filter(({ status }) => status === "SUCCESSFUL")
        .map(({ targetServiceRevision }) => targetServiceRevision);
      expect(reached.map((revision) => revision?.runningTaskCount)).toEqual(
        reached.map((revision) => revision?.requestedTaskCount),
      );
    };

    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        await sandbox.restore(start);
        const finished = new Map<string, string>();
        for (const entry of steps) {
          switch (entry.kind) {
            case "update":
              call("ecs", "UpdateService", {
                ...target,
                taskDefinition: `app:${entry.revision}`,
                forceNewDeployment: entry.force,
              });
              break;
            case "scale":
              call("ecs", "UpdateService", { ...target, desiredCount: entry.count });
              break;
            case "stop": {
              const [current] = history();
              if (current && !FINAL.has(current.status ?? ""))
                call("ecs", "StopServiceDeployment", {
                  serviceDeploymentArn: current.serviceDeploymentArn,
                  stopType: entry.stopType,
                });
              break;
            }
            case "breaker":
              call("ecs", "UpdateService", {
                ...target,
                deploymentConfiguration: {
                  deploymentCircuitBreaker: { enable: entry.enable, rollback: entry.rollback },
                },
              });
              break;
            case "alarm":
              call("monitoring", "SetAlarmState", {
                AlarmName: "errors",
                StateValue: entry.state,
                StateReason: "test",
              });
              break;
            case "time":
              passTime(entry.seconds);
              break;
          }
          check(finished);
        }
        passTime(900);
        check(finished);
      }),
      { numRuns: 25 },
    );
    await stage.close();
  });
});
