import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-eventbridge";
import { ListTasksCommand } from "@aws-sdk/client-ecs";
import { CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { afterEach, beforeEach, expect, it } from "vitest";
import { inspect } from "../../../src/sandbox/inspection/index.ts";
import { type Sandbox, startSandbox } from "../../../src/sandbox/server.ts";
import { clientOptions } from "../../support/clients.ts";
import { account, allow, givenStage, trust } from "../failures/stage.ts";

const cluster = "arn:aws:ecs:us-east-1:111122223333:cluster/nightly";
const Name = "nightly";

let sandbox: Sandbox;
let events: EventBridgeClient;

beforeEach(async () => {
  sandbox = await startSandbox();
  events = new EventBridgeClient(clientOptions(sandbox.url, "us-east-1"));
});
afterEach(() => sandbox.close());

const schedule = (ScheduleExpression: string): Promise<unknown> =>
  events.send(new PutRuleCommand({ Name, ScheduleExpression }));

it("stores a rule and its targets, and deletes the rule only without targets", async () => {
  const { RuleArn } = await events.send(
    new PutRuleCommand({
      Name,
      ScheduleExpression: "rate(1 day)",
      Tags: [{ Key: "a", Value: "1" }],
    }),
  );
  expect(RuleArn).toBe("arn:aws:events:us-east-1:111122223333:rule/nightly");
  const target = {
    Id: "task",
    Arn: cluster,
    RoleArn: "arn:aws:iam::111122223333:role/events",
    EcsParameters: { TaskDefinitionArn: "arn:aws:ecs:us-east-1:111122223333:task-definition/x:1" },
  };
  await events.send(new PutTargetsCommand({ Rule: Name, Targets: [target] }));
  expect((await events.send(new ListTargetsByRuleCommand({ Rule: Name }))).Targets).toEqual([
    target,
  ]);
  await expect(events.send(new DeleteRuleCommand({ Name }))).rejects.toThrow(
    "Rule can't be deleted since it has targets.",
  );
  const removed = await events.send(
    new RemoveTargetsCommand({ Rule: Name, Ids: ["task", "other"] }),
  );
  expect(removed.FailedEntries).toMatchObject([
    { TargetId: "other", ErrorCode: "ResourceNotFoundException" },
  ]);
  await events.send(new DeleteRuleCommand({ Name }));
  await expect(events.send(new DescribeRuleCommand({ Name }))).rejects.toThrow(
    "Rule nightly does not exist on EventBus default.",
  );
  // Deleting a rule that does not exist succeeds.
  await events.send(new DeleteRuleCommand({ Name }));
});

it("changes a rule, its state and its tags", async () => {
  await schedule("rate(5 minutes)");
  await events.send(new DisableRuleCommand({ Name }));
  expect(await events.send(new DescribeRuleCommand({ Name }))).toMatchObject({
    State: "DISABLED",
    ScheduleExpression: "rate(5 minutes)",
  });
  const ResourceARN = "arn:aws:events:us-east-1:111122223333:rule/nightly";
  await events.send(
    new TagResourceCommand({
      ResourceARN,
      Tags: [
        { Key: "b", Value: "2" },
        { Key: "c", Value: "3" },
      ],
    }),
  );
  await events.send(new UntagResourceCommand({ ResourceARN, TagKeys: ["c"] }));
  expect((await events.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags).toEqual([
    { Key: "b", Value: "2" },
  ]);
  expect((await events.send(new ListRulesCommand({ NamePrefix: "nig" }))).Rules).toHaveLength(1);
  expect((await events.send(new ListRulesCommand({ NamePrefix: "day" }))).Rules).toHaveLength(0);
});

it.each([
  "rate(1 days)",
  "rate(0 days)",
  "rate(5 minute)",
  "cron(15 2 * * * *)",
  "cron(15 2 ? * ? *)",
  "every day",
])("rejects the schedule %s", async (expression) => {
  await expect(schedule(expression)).rejects.toThrow("Parameter ScheduleExpression is not valid.");
});

it("rejects a rule without schedule and pattern, an invalid pattern, a target without role and a custom event bus", async () => {
  const put = (input: object): Promise<unknown> =>
    events.send(new PutRuleCommand({ Name, ...input }));
  await expect(put({})).rejects.toThrow("EventPattern or ScheduleExpression must be specified");
  await expect(put({ EventPattern: "[]" })).rejects.toThrow("Event pattern is not valid");
  await expect(put({ EventPattern: '{"source":"aws.s3"}' })).rejects.toThrow(
    'Event pattern is not valid. Reason: "source" must be an object or an array at [Source: (String)"{"source":"aws.s3"}"]',
  );
  await expect(put({ EventPattern: '{"detail":{"a":[]}}' })).rejects.toThrow(
    "Reason: Empty arrays are not allowed",
  );
  await put({ EventPattern: '{"source":[{"exactly":"aws.s3"}]}' });
  await expect(put({ EventPattern: '{"$or":[{"a":[{"is":1}]},{"a":[1]}]}' })).rejects.toThrow(
    "Reason: Unrecognized match type is",
  );
  await expect(put({ ScheduleExpression: "rate(1 day)", EventBusName: "own" })).rejects.toThrow(
    "Berth's sandbox does not implement custom event buses",
  );
  await schedule("rate(1 day)");
  const target = (input: object): Promise<unknown> =>
    events.send(
      new PutTargetsCommand({ Rule: Name, Targets: [{ Id: "a", Arn: cluster, ...input }] }),
    );
  await expect(target({})).rejects.toThrow("EcsParameters must be specified for target: a");
  await expect(target({ EcsParameters: { TaskDefinitionArn: "x" } })).rejects.toThrow(
    "RoleArn is required",
  );
  await expect(target({ Input: "env:dev" })).rejects.toThrow(
    'JSON syntax error in input for target a: [Source: (String)"env:dev"]',
  );
  await expect(target({ Arn: "cluster" })).rejects.toThrow("Provided Arn is not in correct format");
});

it("starts the tasks of a rule when its schedule is due, and shows why a target was not invoked", async () => {
  let now = Date.parse("2026-03-01T02:00:00Z");
  const stage = await givenStage("nat", { now: () => new Date(now) });
  await stage.register({ container: { portMappings: [] } });
  const RoleName = "events";
  await stage.aws.iam.send(
    new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust("events.amazonaws.com") }),
  );
  await stage.aws.iam.send(
    new PutRolePolicyCommand({
      RoleName,
      PolicyName: "run",
      PolicyDocument: allow(["ecs:RunTask", "iam:PassRole"]),
    }),
  );
  const client = new EventBridgeClient(stage.options(account));
  await client.send(new PutRuleCommand({ Name, ScheduleExpression: "rate(1 hour)" }));
  await client.send(
    new PutTargetsCommand({
      Rule: Name,
      Targets: [
        {
          Id: "task",
          Arn: "arn:aws:ecs:us-east-1:111122223333:cluster/app",
          RoleArn: "arn:aws:iam::111122223333:role/events",
          Input: '{"containerOverrides":[{"name":"app","command":["close"]}]}',
          EcsParameters: {
            TaskDefinitionArn: "arn:aws:ecs:us-east-1:111122223333:task-definition/app",
            LaunchType: "FARGATE",
            NetworkConfiguration: { awsvpcConfiguration: { Subnets: [...stage.ids.privates] } },
          },
        },
        { Id: "queue", Arn: "arn:aws:sqs:us-east-1:111122223333:jobs" },
      ],
    }),
  );
  const started = async (): Promise<number | undefined> =>
    (
      await stage.aws.ecs.send(
        // A task with another command ends after its start.
        new ListTasksCommand({
          cluster: "app",
          startedBy: `events-rule/${Name}`,
          desiredStatus: "STOPPED",
        }),
      )
    ).taskArns?.length;
  const hour = 3_600_000;
  now += hour - 1000;
  stage.sandbox.runBackgroundWork();
  expect(await started()).toBe(0);
  now += 1000;
  stage.sandbox.runBackgroundWork();
  expect(await started()).toBe(1);
  expect(inspect(stage.sandbox).invocations()).toMatchObject([
    { targetId: "task", state: "succeeded" },
    {
      targetId: "queue",
      state: "failed",
      rejection: {
        reason: expect.stringContaining(
          "does not implement the invocation of arn:aws:sqs",
        ) as string,
      },
    },
  ]);
  await client.send(new DisableRuleCommand({ Name }));
  now += hour;
  stage.sandbox.runBackgroundWork();
  expect(await started()).toBe(1);
  stage.sandbox.simulate("events", "InvokeRule", { Name });
  expect(await started()).toBe(2);
  await stage.close();
});

it("does not run schedules by the clock if they are manual", async () => {
  let now = Date.parse("2026-03-01T02:00:00Z");
  const stage = await givenStage("nat", { now: () => new Date(now), schedules: "manual" });
  const client = new EventBridgeClient(stage.options(account));
  await client.send(new PutRuleCommand({ Name, ScheduleExpression: "rate(1 hour)" }));
  await client.send(
    new PutTargetsCommand({
      Rule: Name,
      Targets: [{ Id: "a", Arn: "arn:aws:sqs:us-east-1:111122223333:jobs" }],
    }),
  );
  now += 7_200_000;
  stage.sandbox.runBackgroundWork();
  expect(inspect(stage.sandbox).invocations()).toEqual([]);
  await stage.close();
});
