import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as ecs from "@aws-sdk/client-ecs";
import * as iam from "@aws-sdk/client-iam";
import * as kms from "@aws-sdk/client-kms";
import * as scheduler from "@aws-sdk/client-scheduler";
import * as secretsmanager from "@aws-sdk/client-secrets-manager";
import * as ssm from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { synthJobJson, synthServiceJson } from "../../src/constructs/synth/index.ts";
import { inspect } from "../../src/sandbox/inspection/index.ts";
import { account, givenStage, IMAGE, region, type Stage } from "../sandbox/failures/stage.ts";
import { requireValue } from "../support/named.ts";
import { settingsOf } from "../support/settings.ts";

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

/** Arguments of the resources in a root module. */
interface RootModule {
  readonly resource: {
    readonly aws_iam_role: Readonly<Record<string, { readonly assume_role_policy: string }>>;
    readonly aws_iam_role_policy: Readonly<
      Record<string, { readonly name: string; readonly policy: string }>
    >;
    readonly aws_ecs_task_definition: {
      readonly task_definition: { readonly container_definitions: string };
    };
  };
}

const ARN = `arn:aws:iam::${account}:role`;

/** Milliseconds until the preparation fails: the first sandbox of a worker loads its services. */
const SETUP_TIMEOUT = 60_000;

let stage: Stage;
/** The values of references in the root modules of the service "web" and the job "nightly". */
let values: Readonly<Record<string, string>>;
let web: RootModule;
let nightly: RootModule;

beforeAll(async () => {
  stage = await givenStage("nat", { schedules: "manual" });
  const { aws } = stage;
  const { KeyMetadata } = await aws.kms.send(new kms.CreateKeyCommand({}));
  const kmsKeyArn = KeyMetadata?.Arn ?? "";
  const { ARN: secretArn = "" } = await aws.secrets.send(
    new secretsmanager.CreateSecretCommand({
      Name: "password",
      SecretString: "hunter2",
      KmsKeyId: kmsKeyArn,
    }),
  );
  await aws.ssm.send(
    new ssm.PutParameterCommand({
      Name: "/app/token",
      Type: "SecureString",
      Value: "x",
      KeyId: kmsKeyArn,
    }),
  );
  const settings = settingsOf({
    name: "app",
    account,
    egress: "nat",
    loadBalancer: false,
    services: {
      web: {
        image: { tag: "1" },
        secrets: {
          PASSWORD: { secret: "password", kmsKeyArn },
          TOKEN: { parameter: "/app/token", kmsKeyArn },
        },
      },
    },
    jobs: { nightly: { image: { tag: "1" }, command: ["report"], schedule: "rate(1 day)" } },
  });
  web = JSON.parse(synthServiceJson(settings, "web")) as RootModule;
  nightly = JSON.parse(synthJobJson(settings, "nightly")) as RootModule;
  values = {
    "data.aws_secretsmanager_secret.secrets_password.arn": secretArn,
    "local.image_uri": IMAGE,
    "local.foundation_outputs.cluster_arn": `arn:aws:ecs:${region}:${account}:cluster/app`,
    "local.foundation_outputs.cluster_name": "app",
  };
}, SETUP_TIMEOUT);
afterAll(() => stage.close());

/** A text of a root module with the values of its references. */
function withValues(text: string, name: string): string {
  const valueOf: Readonly<Record<string, string>> = {
    ...values,
    "aws_cloudwatch_log_group.logs.name": `/ecs/app/${name}`,
    "aws_cloudwatch_log_group.logs.arn": `arn:aws:logs:${region}:${account}:log-group:/ecs/app/${name}`,
    "aws_iam_role.execution_role.arn": `${ARN}/app-${name}-execution`,
    "aws_iam_role.task_role.arn": `${ARN}/app-${name}-task`,
  };
  return text.replaceAll(/\$\{([^}]+)\}/g, (_, reference: string) => {
    const value = valueOf[reference];
    if (value === undefined) throw new Error(`no value for ${reference}`);
    return value;
  });
}

/** Creates a role of a root module. */
async function createRole({ resource }: RootModule, id: string, name: string): Promise<void> {
  await stage.aws.iam.send(
    new iam.CreateRoleCommand({
      RoleName: name,
      AssumeRolePolicyDocument: requireValue(resource.aws_iam_role, id).assume_role_policy,
    }),
  );
}

const putPolicy = (role: string, statements: readonly Statement[]): Promise<unknown> =>
  stage.aws.iam.send(
    new iam.PutRolePolicyCommand({
      RoleName: role,
      PolicyName: role,
      PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
    }),
  );

/** The statements of a role's policy. */
function statementsOf({ resource }: RootModule, id: string, name: string): readonly Statement[] {
  const { policy } = requireValue(resource.aws_iam_role_policy, `${id}_policy`);
  return (JSON.parse(withValues(policy, name)) as { Statement: Statement[] }).Statement;
}

/** The policies that lack one action, or one of several resources, with the name of what they lack. */
function reducedPolicies(
  statements: readonly Statement[],
): readonly (readonly [missing: string, statements: readonly Statement[]])[] {
  const replaced = (index: number, statement: Statement | undefined): readonly Statement[] =>
    statements.toSpliced(index, 1, ...(statement === undefined ? [] : [statement]));
  return statements.flatMap((statement, index) => {
    const actions = [statement.Action].flat();
    const resources = [statement.Resource].flat();
    const without = (list: readonly string[], entry: string): readonly string[] =>
      list.filter((other) => other !== entry);
    const text = (entry: string): string => `${entry} on ${resources.join(", ")}`;
    return [
      ...actions.map((action): [string, readonly Statement[]] => {
        const Action = without(actions, action);
        return [
          text(action),
          replaced(index, Action.length === 0 ? undefined : { ...statement, Action }),
        ];
      }),
      ...(resources.length < 2 ? [] : resources).map((resource): [string, readonly Statement[]] => [
        `${actions.join(", ")} on ${resource}`,
        replaced(index, { ...statement, Resource: without(resources, resource) }),
      ]),
    ];
  });
}

/** Registers the task definition of a root module, with its roles and its log group. */
async function givenTaskDefinition(rootModule: RootModule, name: string): Promise<void> {
  await createRole(rootModule, "execution_role", `app-${name}-execution`);
  await createRole(rootModule, "task_role", `app-${name}-task`);
  await putPolicy(`app-${name}-execution`, statementsOf(rootModule, "execution_role", name));
  await stage.aws.logs.send(new logs.CreateLogGroupCommand({ logGroupName: `/ecs/app/${name}` }));
  const { container_definitions: containers } =
    rootModule.resource.aws_ecs_task_definition.task_definition;
  await stage.register({
    definition: {
      family: `app-${name}`,
      executionRoleArn: `${ARN}/app-${name}-execution`,
      taskRoleArn: `${ARN}/app-${name}-task`,
      containerDefinitions: JSON.parse(withValues(containers, name)) as ecs.ContainerDefinition[],
    },
  });
}

/** Runs a task of the service. Its program ends at once. */
async function runTask(): Promise<"runs and logs" | "does not start" | "logs nothing"> {
  const { aws, ids } = stage;
  const { tasks = [] } = await aws.ecs.send(
    new ecs.RunTaskCommand({
      cluster: "app",
      taskDefinition: "app-web",
      launchType: "FARGATE",
      networkConfiguration: {
        awsvpcConfiguration: { subnets: [ids.privates[0]], securityGroups: [ids.taskGroup] },
      },
    }),
  );
  const arn = tasks[0]?.taskArn ?? "";
  const { tasks: [task] = [] } = await aws.ecs.send(
    new ecs.DescribeTasksCommand({ cluster: "app", tasks: [arn] }),
  );
  if (task?.stopCode !== "EssentialContainerExited") return "does not start";
  const { events = [] } = await aws.logs.send(
    new logs.GetLogEventsCommand({
      logGroupName: "/ecs/app/web",
      logStreamName: `web/web/${arn.split("/").at(-1)}`,
    }),
  );
  return events.length > 0 ? "runs and logs" : "logs nothing";
}

describe("the permissions of a service are minimal", () => {
  it("without any action of its execution role, tasks do not start or do not log", async () => {
    await givenTaskDefinition(web, "web");
    const statements = statementsOf(web, "execution_role", "web");
    expect(await runTask()).toBe("runs and logs");
    const results: string[][] = [];
    for (const [missing, reduced] of reducedPolicies(statements)) {
      await putPolicy("app-web-execution", reduced);
      results.push([missing.replace(/ on .*/, ""), await runTask()]);
    }
    expect(results).toEqual([
      ["ecr:GetAuthorizationToken", "does not start"],
      ["ecr:BatchGetImage", "does not start"],
      ["ecr:GetDownloadUrlForLayer", "does not start"],
      ["logs:CreateLogStream", "does not start"],
      ["logs:PutLogEvents", "logs nothing"],
      ["secretsmanager:GetSecretValue", "does not start"],
      // Of the secret, and of the parameter.
      ["kms:Decrypt", "does not start"],
      ["ssm:GetParameters", "does not start"],
      ["kms:Decrypt", "does not start"],
    ]);
  });
});

describe("the permissions of a job's schedule are minimal", () => {
  it("without any action or resource of its role, the schedule starts no task", async () => {
    await givenTaskDefinition(nightly, "nightly");
    await createRole(nightly, "schedule_role", "app-nightly-schedule");
    const statements = statementsOf(nightly, "schedule_role", "nightly");
    await putPolicy("app-nightly-schedule", statements);
    const { ids } = stage;
    await new scheduler.SchedulerClient(stage.options(account)).send(
      new scheduler.CreateScheduleCommand({
        Name: "app-nightly",
        ScheduleExpression: "rate(1 day)",
        FlexibleTimeWindow: { Mode: "OFF" },
        Target: {
          Arn: values["local.foundation_outputs.cluster_arn"],
          RoleArn: `${ARN}/app-nightly-schedule`,
          RetryPolicy: { MaximumRetryAttempts: 0 },
          // As the construct ScheduledTask sets them.
          EcsParameters: {
            TaskDefinitionArn: `arn:aws:ecs:${region}:${account}:task-definition/app-nightly:1`,
            LaunchType: "FARGATE",
            EnableECSManagedTags: true,
            PropagateTags: "TASK_DEFINITION",
            NetworkConfiguration: {
              awsvpcConfiguration: { Subnets: [...ids.privates], SecurityGroups: [ids.taskGroup] },
            },
          },
        },
      }),
    );
    const invoked = (): string | undefined => {
      stage.sandbox.simulate("scheduler", "InvokeSchedule", { Name: "app-nightly" });
      return inspect(stage.sandbox).invocations().at(-1)?.state;
    };
    expect(invoked()).toBe("succeeded");
    const results: string[][] = [];
    for (const [missing, reduced] of reducedPolicies(statements)) {
      await putPolicy("app-nightly-schedule", reduced);
      results.push([missing, String(invoked())]);
    }
    const roles = ["execution", "task"].map((role) => `${ARN}/app-nightly-${role}`);
    expect(results).toEqual(
      [
        `ecs:RunTask on arn:aws:ecs:${region}:${account}:task-definition/app-nightly:*`,
        `ecs:TagResource on arn:aws:ecs:${region}:${account}:task/app/*`,
        `iam:PassRole on ${roles.join(", ")}`,
        ...roles.map((role) => `iam:PassRole on ${role}`),
      ].map((missing) => [missing, "failed"]),
    );
  });
});
