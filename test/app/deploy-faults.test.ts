import * as ecs from "@aws-sdk/client-ecs";
import { GetParameterCommand } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Fault } from "../../src/sandbox/index.ts";
import { IMAGE } from "../sandbox/failures/stage.ts";
import {
  type DeployProject,
  givenUpdate,
  IMAGE_PARAMETER,
  putParameter,
  type Revisions,
} from "../support/deploy-project.ts";

/** The faults of the next calls, by operation. */
const faults = new Map<string, Fault[]>();
/** The calls of Berth that the sandbox has received. */
const calls: string[] = [];
let project: DeployProject & Revisions;
let revisions = 0;

beforeAll(async () => {
  project = await givenUpdate({
    faultInjector: ({ operation }) => {
      calls.push(operation);
      return faults.get(operation)?.shift();
    },
  });
  await project.deploy();
}, 60_000);
afterAll(() => project.close());

/** Registers a revision that was not deployed yet. */
let revision: string;
beforeEach(async () => {
  revisions += 1;
  const environment = [{ name: "REVISION", value: String(revisions) }];
  revision = await project.register("app", { image: "other", environment });
  project.setRevision(revision);
  await putParameter(project, IMAGE_PARAMETER, "earlier");
  faults.clear();
  calls.length = 0;
});

const THROTTLED: Fault = { kind: "error", code: "ThrottlingException", message: "Rate exceeded" };
const LOST: Fault = { kind: "disconnect", isExecuted: false };
const LOST_RESPONSE: Fault = { kind: "disconnect", isExecuted: true };

/** What a deployment does exactly once: the task before it, the change of the service, and the record of the image. */
async function state(): Promise<unknown> {
  const { stage } = project;
  const { aws } = stage;
  const { taskArns = [] } = await aws.ecs.send(
    new ecs.ListTasksCommand({ cluster: "app", family: "app-app", desiredStatus: "STOPPED" }),
  );
  const { tasks = [] } = await aws.ecs.send(
    new ecs.DescribeTasksCommand({ cluster: "app", tasks: taskArns }),
  );
  const { serviceDeployments = [] } = await aws.ecs.send(
    new ecs.ListServiceDeploymentsCommand({ cluster: "app", service: "app" }),
  );
  const service = await stage.describe();
  return {
    beforeTasks: tasks.filter(
      ({ taskDefinitionArn, startedBy }) =>
        taskDefinitionArn === revision && startedBy === "berth-deploy",
    ).length,
    unfinished: serviceDeployments.filter(({ status }) => status !== "SUCCESSFUL").length,
    taskDefinition: service?.taskDefinition,
    image: (await aws.ssm.send(new GetParameterCommand({ Name: IMAGE_PARAMETER }))).Parameter
      ?.Value,
  };
}

const complete = (): unknown => ({
  beforeTasks: 1,
  unfinished: 0,
  taskDefinition: revision,
  image: IMAGE,
});

/** The calls of each phase of a deployment. */
const CALLS = {
  "task before the deployment": ["RunTask", "DescribeTasks"],
  start: ["UpdateService", "DescribeServices", "ListServiceDeployments"],
  wait: ["DescribeServiceDeployments", "ListTasks"],
  record: ["PutParameter"],
} as const;

describe.each(Object.entries(CALLS))("during the phase: %s", (_, operations) => {
  it.each(operations)(
    "a deployment whose %s is throttled, gets no connection and gets no response is completed",
    async (operation) => {
      faults.set(operation, [THROTTLED, LOST, LOST_RESPONSE]);
      const { services } = await project.deploy();
      expect(services).toMatchObject([{ outcome: "deployed", taskDefinition: revision }]);
      expect(faults.get(operation)).toEqual([]);
      expect(await state()).toEqual(complete());
    },
  );
});

describe("the next deployment after a lost connection", () => {
  const ATTEMPTS = 6;

  it.each([
    ["RunTask", LOST, "deployed"],
    ["UpdateService", LOST, "deployed"],
    ["UpdateService", LOST_RESPONSE, "unchanged"],
  ] as const)("at %s (%j) continues: %s", async (operation, fault, outcome) => {
    faults.set(
      operation,
      Array.from({ length: ATTEMPTS }, () => fault),
    );
    await expect(project.deploy()).rejects.toMatchObject({ code: "BERTH-E9013" });
    faults.clear();
    expect((await project.deploy()).services).toMatchObject([
      { outcome, taskDefinition: revision },
    ]);
    const isRepeated = operation === "UpdateService" && outcome === "deployed";
    expect(await state()).toEqual({ ...(complete() as object), beforeTasks: isRepeated ? 2 : 1 });
    await expectNothingToDo();
  });

  it.each([LOST, LOST_RESPONSE])("at PutParameter (%j) records the image", async (fault) => {
    faults.set(
      "PutParameter",
      Array.from({ length: ATTEMPTS }, () => fault),
    );
    expect((await project.deploy()).services).toMatchObject([
      {
        outcome: "deployed",
        taskDefinition: revision,
        recordError: {
          code: "BERTH-E9013",
          message: expect.stringMatching(
            /^app has app-app:\d+, but its image could not be recorded for the next deployment: ssm:PutParameter: /,
          ) as string,
          fix: expect.stringMatching(/; then run .*deploy .*app --no-build$/) as string,
        },
      },
    ]);
    faults.clear();
    expect((await project.deploy()).services).toMatchObject([{ outcome: "unchanged" }]);
    expect(await state()).toEqual(complete());
    await expectNothingToDo();
  });

  async function expectNothingToDo(): Promise<void> {
    calls.length = 0;
    expect((await project.deploy()).services).toMatchObject([{ outcome: "unchanged" }]);
    expect(calls.filter((call) => /^(RunTask|UpdateService|PutParameter)$/.test(call))).toEqual([]);
  }
});
