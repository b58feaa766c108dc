import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as iam from "@aws-sdk/client-iam";
import * as kms from "@aws-sdk/client-kms";
import { describe, expect, it } from "vitest";
import { createKey, REGION, useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

const statementForLogGroup = (name: string): object => ({
  Effect: "Allow",
  Principal: { Service: `logs.${REGION}.amazonaws.com` },
  Action: ["kms:Encrypt*", "kms:Decrypt*", "kms:GenerateDataKey*"],
  Resource: "*",
  Condition: {
    ArnEquals: {
      "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:${REGION}:111122223333:log-group:${name}`,
    },
  },
});
const create = (logGroupName: string, kmsKeyId: string) =>
  fixture.aws.logs.send(new logs.CreateLogGroupCommand({ logGroupName, kmsKeyId }));
const denied = (name: string): string =>
  `AccessDeniedException: The specified KMS key does not exist or is not allowed to be used with Arn 'arn:aws:logs:${REGION}:111122223333:log-group:${name}'`;

describe("CloudWatch Logs", () => {
  it("rejects a log group if the key policy does not allow CloudWatch Logs for that log group", async () => {
    const closed = await createKey(fixture);
    expect(await fixture.errorOf(() => create("/ecs/hello", closed))).toBe(denied("/ecs/hello"));
    const other = await createKey(fixture, [statementForLogGroup("/ecs/other")]);
    expect(await fixture.errorOf(() => create("/ecs/hello", other))).toBe(denied("/ecs/hello"));
    const open = await createKey(fixture, [statementForLogGroup("/ecs/hello")]);
    await create("/ecs/hello", open);
    expect(await fixture.errorOf(() => create("/ecs/hello", open))).toBe(
      "ResourceAlreadyExistsException: The specified log group already exists",
    );
  });

  it("rejects a key that is disabled or pending deletion", async () => {
    const arn = await createKey(fixture, [statementForLogGroup("/ecs/hello")]);
    await fixture.aws.kms.send(new kms.DisableKeyCommand({ KeyId: arn }));
    expect(await fixture.errorOf(() => create("/ecs/hello", arn))).toBe(denied("/ecs/hello"));
    await fixture.aws.kms.send(
      new kms.ScheduleKeyDeletionCommand({ KeyId: arn, PendingWindowInDays: 7 }),
    );
    expect(
      await fixture.errorOf(() => fixture.aws.kms.send(new kms.EnableKeyCommand({ KeyId: arn }))),
    ).toBe(`KMSInvalidStateException: ${arn} is pending deletion.`);
  });

  it("describes log groups by a pattern with three members", async () => {
    const send = fixture.aws.logs.send.bind(fixture.aws.logs);
    await send(new logs.CreateLogGroupCommand({ logGroupName: "/app/web" }));
    const { logGroups = [] } = await send(
      new logs.DescribeLogGroupsCommand({ logGroupNamePattern: "web" }),
    );
    expect(logGroups.map((group) => Object.keys(group).sort())).toEqual([
      ["arn", "creationTime", "logGroupName"],
    ]);
    const both = new logs.DescribeLogGroupsCommand({
      logGroupNamePattern: "web",
      logGroupNamePrefix: "/app",
    });
    expect(await fixture.errorOf(() => send(both))).toBe(
      "InvalidParameterException: LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
    );
  });

  it("rejects events of more than 24 hours in one request", async () => {
    const names = { logGroupName: "/app/web", logStreamName: "one" };
    await fixture.aws.logs.send(new logs.CreateLogGroupCommand(names));
    await fixture.aws.logs.send(new logs.CreateLogStreamCommand(names));
    const now = Date.now();
    const command = new logs.PutLogEventsCommand({
      ...names,
      logEvents: [now - 25 * 3_600_000, now].map((timestamp) => ({ timestamp, message: "x" })),
    });
    expect(await fixture.errorOf(() => fixture.aws.logs.send(command))).toBe(
      "InvalidParameterException: The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
    );
  });

  it("lists log groups in pages, whose token is the name of the last one", async () => {
    const client = new logs.CloudWatchLogsClient(fixture.clientOptions);
    for (const logGroupName of ["/a", "/b", "/c"])
      await client.send(new logs.CreateLogGroupCommand({ logGroupName }));
    const list = async (nextToken?: string) => {
      const answer = await client.send(
        new logs.DescribeLogGroupsCommand({ limit: 2, ...(nextToken ? { nextToken } : {}) }),
      );
      return [answer.logGroups?.map(({ logGroupName }) => logGroupName), answer.nextToken];
    };
    expect(await list()).toEqual([["/a", "/b"], "/b"]);
    expect(await list("/b")).toEqual([["/c"], undefined]);
    expect(await list("/none")).toEqual([[], undefined]);
  });

  it("rejects a retention period that CloudWatch Logs does not support", async () => {
    await fixture.aws.logs.send(new logs.CreateLogGroupCommand({ logGroupName: "plain" }));
    const put = (retentionInDays: number) =>
      fixture.aws.logs.send(
        new logs.PutRetentionPolicyCommand({ logGroupName: "plain", retentionInDays }),
      );
    expect(await fixture.errorOf(() => put(100))).toContain("InvalidParameterException");
    await put(365);
  });
});

const createGroup = (logGroupName: string, logGroupClass?: logs.LogGroupClass) =>
  fixture.aws.logs.send(new logs.CreateLogGroupCommand({ logGroupName, logGroupClass }));
const transformation: logs.MetricTransformation = {
  metricName: "errors",
  metricNamespace: "app",
  metricValue: "1",
};
const putMetricFilter = (overrides: Partial<logs.PutMetricFilterRequest> = {}) =>
  fixture.aws.logs.send(
    new logs.PutMetricFilterCommand({
      logGroupName: "app",
      filterName: "errors",
      filterPattern: "ERROR",
      metricTransformations: [transformation],
      ...overrides,
    }),
  );
const transformed = (overrides: Partial<logs.MetricTransformation>) => ({
  metricTransformations: [{ ...transformation, ...overrides }],
});

describe("metric filters", () => {
  it("are stored, counted, filtered and deleted with their log group", async () => {
    await createGroup("app");
    await putMetricFilter(transformed({ defaultValue: 0, unit: "Count" }));
    await putMetricFilter({ filterName: "other" });
    const list = (input: logs.DescribeMetricFiltersRequest) =>
      fixture.aws.logs.send(new logs.DescribeMetricFiltersCommand(input));
    const { metricFilters = [] } = await list({ logGroupName: "app", filterNamePrefix: "err" });
    expect(metricFilters).toEqual([
      {
        filterName: "errors",
        filterPattern: "ERROR",
        logGroupName: "app",
        creationTime: expect.any(Number),
        applyOnTransformedLogs: false,
        metricTransformations: [{ ...transformation, defaultValue: 0, unit: "Count" }],
      },
    ]);
    const ofMetric = await list({ metricName: "errors", metricNamespace: "app" });
    expect(ofMetric.metricFilters?.map(({ filterName }) => filterName)).toEqual([
      "errors",
      "other",
    ]);
    const { logGroups } = await fixture.aws.logs.send(new logs.DescribeLogGroupsCommand({}));
    expect(logGroups?.map(({ metricFilterCount }) => metricFilterCount)).toEqual([2]);
    await fixture.aws.logs.send(new logs.DeleteLogGroupCommand({ logGroupName: "app" }));
    expect((await list({})).metricFilters).toEqual([]);
  });

  it.each([
    [
      "a default value with dimensions",
      {
        filterPattern: "{ $.level = ERROR }",
        ...transformed({ defaultValue: 0, dimensions: { host: "$.host" } }),
      },
      "InvalidParameterException: Invalid metric transformation: dimensions and default value are mutually exclusive properties",
    ],
    [
      "dimensions with a pattern of terms",
      transformed({ dimensions: { host: "$.host" } }),
      "InvalidParameterException: The specified filter pattern does not support dimensions",
    ],
    [
      "a pattern that is not closed",
      { filterPattern: "{ $.level = ERROR" },
      "InvalidParameterException: Invalid filter pattern",
    ],
    [
      "an unknown log group",
      { logGroupName: "none" },
      "ResourceNotFoundException: The specified log group does not exist.",
    ],
    [
      "two transformations",
      { metricTransformations: [transformation, transformation] },
      "InvalidParameterException: 1 validation error detected: Value at 'metricTransformations' failed to satisfy constraint: Member must have length less than or equal to 1",
    ],
    [
      "transformed logs",
      { applyOnTransformedLogs: true },
      "NotImplemented: Berth's sandbox does not implement applyOnTransformedLogs of a log group",
    ],
  ])("reject %s", async (_title, overrides, message) => {
    await createGroup("app");
    expect(await fixture.errorOf(() => putMetricFilter(overrides))).toBe(message);
  });

  it("are limited to 100 in a log group; replacing one is not limited", async () => {
    await createGroup("app");
    for (let index = 0; index < 100; index++) await putMetricFilter({ filterName: `f${index}` });
    await putMetricFilter({ filterName: "f0", filterPattern: "WARN" });
    expect(await fixture.errorOf(() => putMetricFilter({ filterName: "f100" }))).toBe(
      "LimitExceededException: Resource limit exceeded.",
    );
  });

  it("rejects the deletion of an unknown filter, and a metric name without a namespace", async () => {
    await createGroup("app");
    expect(
      await fixture.errorOf(() =>
        fixture.aws.logs.send(
          new logs.DeleteMetricFilterCommand({ logGroupName: "app", filterName: "none" }),
        ),
      ),
    ).toBe("ResourceNotFoundException: The specified metric filter does not exist.");
    expect(
      await fixture.errorOf(() =>
        fixture.aws.logs.send(new logs.DescribeMetricFiltersCommand({ metricName: "errors" })),
      ),
    ).toBe(
      "InvalidParameterException: 1 validation error detected: Value 'null' at 'metricNamespace' failed to satisfy constraint: If you include the metricName parameter in your request, you must also include the metricNamespace parameter.",
    );
  });
});

const ACCOUNT_ARN = `${REGION}:111122223333`;
const STREAM = `arn:aws:kinesis:${ACCOUNT_ARN}:stream/logs`;
const LAMBDA = `arn:aws:lambda:${ACCOUNT_ARN}:function:logs`;
const ROLE = "arn:aws:iam::111122223333:role/logs";
const putSubscription = (overrides: Partial<logs.PutSubscriptionFilterRequest> = {}) =>
  fixture.aws.logs.send(
    new logs.PutSubscriptionFilterCommand({
      logGroupName: "app",
      filterName: "all",
      filterPattern: "",
      destinationArn: STREAM,
      roleArn: ROLE,
      ...overrides,
    }),
  );
const createRole = (Service: string) =>
  new iam.IAMClient(fixture.clientOptions).send(
    new iam.CreateRoleCommand({
      RoleName: "logs",
      AssumeRolePolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service }, Action: "sts:AssumeRole" }],
      }),
    }),
  );

describe("subscription filters", () => {
  it("are stored, described with their defaults, and deleted", async () => {
    await createGroup("app");
    await createRole("logs.amazonaws.com");
    await putSubscription();
    await putSubscription({
      filterName: "lambda",
      destinationArn: LAMBDA,
      roleArn: undefined,
      distribution: "Random",
    });
    const list = async () =>
      (
        await fixture.aws.logs.send(
          new logs.DescribeSubscriptionFiltersCommand({ logGroupName: "app" }),
        )
      ).subscriptionFilters;
    const common = {
      logGroupName: "app",
      filterPattern: "",
      applyOnTransformedLogs: false,
      creationTime: expect.any(Number),
    };
    expect(await list()).toEqual([
      {
        ...common,
        filterName: "all",
        destinationArn: STREAM,
        roleArn: ROLE,
        distribution: "ByLogStream",
      },
      { ...common, filterName: "lambda", destinationArn: LAMBDA, distribution: "Random" },
    ]);
    expect(await fixture.errorOf(() => putSubscription({ filterName: "third" }))).toBe(
      "LimitExceededException: Resource limit exceeded.",
    );
    const remove = (filterName: string) =>
      fixture.aws.logs.send(
        new logs.DeleteSubscriptionFilterCommand({ logGroupName: "app", filterName }),
      );
    await remove("all");
    expect((await list())?.map(({ filterName }) => filterName)).toEqual(["lambda"]);
    expect(await fixture.errorOf(() => remove("all"))).toBe(
      "ResourceNotFoundException: The specified subscription filter does not exist.",
    );
  });

  it("rejects a role that CloudWatch Logs cannot assume, and another vendor", async () => {
    await createGroup("app");
    const undeliverable =
      "InvalidParameterException: Could not deliver test message to specified Kinesis stream. Check if the given Kinesis stream is in ACTIVE state.";
    expect(await fixture.errorOf(() => putSubscription())).toBe(undeliverable);
    await createRole("ecs.amazonaws.com");
    expect(await fixture.errorOf(() => putSubscription())).toBe(undeliverable);
    expect(
      await fixture.errorOf(() =>
        putSubscription({ destinationArn: `arn:aws:sqs:${ACCOUNT_ARN}:queue` }),
      ),
    ).toBe(
      "InvalidParameterException: PutSubscriptionFilter operation cannot work with destinationArn for vendor sqs",
    );
  });
});

describe("a subscription filter with a role", () => {
  const putAs = async (actions: readonly string[]): Promise<unknown> => {
    const client = new iam.IAMClient(fixture.clientOptions);
    const UserName = "deployer";
    await client.send(new iam.CreateUserCommand({ UserName }));
    await client.send(
      new iam.PutUserPolicyCommand({
        UserName,
        PolicyName: "deploy",
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }],
        }),
      }),
    );
    const { AccessKey } = await client.send(new iam.CreateAccessKeyCommand({ UserName }));
    const { AccessKeyId: accessKeyId = "", SecretAccessKey: secretAccessKey = "" } =
      AccessKey ?? {};
    return new logs.CloudWatchLogsClient({
      ...fixture.clientOptions,
      credentials: { accessKeyId, secretAccessKey },
    }).send(
      new logs.PutSubscriptionFilterCommand({
        logGroupName: "app",
        filterName: "all",
        filterPattern: "",
        destinationArn: STREAM,
        roleArn: ROLE,
      }),
    );
  };

  it("requires iam:PassRole", async () => {
    await createGroup("app");
    await createRole("logs.amazonaws.com");
    await expect(putAs(["logs:*"])).rejects.toThrow(
      `User: arn:aws:iam::111122223333:user/deployer is not authorized to perform: iam:PassRole on resource: ${ROLE} because no identity-based policy allows the iam:PassRole action`,
    );
  });

  it("is accepted from a caller with iam:PassRole", async () => {
    await createGroup("app");
    await createRole("logs.amazonaws.com");
    await expect(putAs(["logs:*", "iam:PassRole"])).resolves.toBeDefined();
  });
});

describe("log classes", () => {
  const retention = (logGroupName: string) =>
    fixture.aws.logs.send(new logs.PutRetentionPolicyCommand({ logGroupName, retentionInDays: 7 }));

  it("keeps a log group of the class DELIVERY for two days", async () => {
    await createGroup("delivery", "DELIVERY");
    const { logGroups } = await fixture.aws.logs.send(new logs.DescribeLogGroupsCommand({}));
    expect(logGroups?.map(({ retentionInDays }) => retentionInDays)).toEqual([2]);
    const message = "ValidationException: This operation is not supported for Delivery log class";
    expect(await fixture.errorOf(() => retention("delivery"))).toBe(message);
    expect(
      await fixture.errorOf(() =>
        fixture.aws.logs.send(new logs.DeleteRetentionPolicyCommand({ logGroupName: "delivery" })),
      ),
    ).toBe(message);
    expect(await fixture.errorOf(() => putMetricFilter({ logGroupName: "delivery" }))).toBe(
      message,
    );
  });

  it("supports filters in the class STANDARD only", async () => {
    await createGroup("rare", "INFREQUENT_ACCESS");
    await retention("rare");
    const message =
      "ValidationException: This operation is only supported on the Standard log class.";
    expect(await fixture.errorOf(() => putMetricFilter({ logGroupName: "rare" }))).toBe(message);
    expect(
      await fixture.errorOf(() =>
        fixture.aws.logs.send(
          new logs.DescribeSubscriptionFiltersCommand({ logGroupName: "rare" }),
        ),
      ),
    ).toBe(message);
    expect(
      await fixture.errorOf(() =>
        fixture.aws.logs.send(new logs.FilterLogEventsCommand({ logGroupName: "rare" })),
      ),
    ).toBe(
      "InvalidOperationException: The log group rare is of log-group-class INFREQUENT_ACCESS. FilterLogEvents is not supported for this log class.",
    );
  });
});

describe("resource policies", () => {
  const document = (Principal: unknown) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal, Action: "logs:PutLogEvents", Resource: "*" }],
    });
  const put = (policyName: string, policyDocument: string) =>
    fixture.aws.logs.send(new logs.PutResourcePolicyCommand({ policyName, policyDocument }));
  const SERVICE = { Service: "delivery.logs.amazonaws.com" };

  it("are stored, replaced, described and deleted", async () => {
    await put("delivery", document(SERVICE));
    await put("delivery", document({ AWS: "111122223333" }));
    const list = async () =>
      (await fixture.aws.logs.send(new logs.DescribeResourcePoliciesCommand({}))).resourcePolicies;
    expect(await list()).toEqual([
      {
        policyName: "delivery",
        policyDocument: document({ AWS: "111122223333" }),
        lastUpdatedTime: expect.any(Number),
        policyScope: "ACCOUNT",
      },
    ]);
    const remove = () =>
      fixture.aws.logs.send(new logs.DeleteResourcePolicyCommand({ policyName: "delivery" }));
    await remove();
    expect(await list()).toEqual([]);
    expect(await fixture.errorOf(remove)).toBe(
      "ResourceNotFoundException: Policy with name [delivery] does not exist",
    );
  });

  it.each([
    ["not JSON", "{"],
    ["without a principal", document(undefined)],
    ["with a service as AWS principal", document({ AWS: "delivery.logs.amazonaws.com" })],
    ["with an ARN as principal", document({ AWS: "arn:aws:iam::111122223333:root" })],
  ])("rejects a document %s", async (_title, policyDocument) => {
    expect(await fixture.errorOf(() => put("p", policyDocument))).toBe(
      "InvalidParameterException: Could not convert to persistable policy.",
    );
  });

  it("are limited to ten in a region", async () => {
    for (let index = 0; index < 10; index++) await put(`p${index}`, document(SERVICE));
    await put("p0", document(SERVICE));
    expect(await fixture.errorOf(() => put("p10", document(SERVICE)))).toBe(
      "LimitExceededException: Resource limit exceeded.",
    );
  });
});

describe("constraints of the model", () => {
  it.each([
    [
      { limit: 51 },
      "1 validation error detected: Value '51' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 50",
    ],
    [
      { limit: 0, logGroupNamePrefix: "!" },
      "2 validation errors detected: Value '!' at 'logGroupNamePrefix' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+; Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
  ])("rejects DescribeLogGroups with %j", async (input, message) => {
    expect(
      await fixture.errorOf(() => fixture.aws.logs.send(new logs.DescribeLogGroupsCommand(input))),
    ).toBe(`InvalidParameterException: ${message}`);
  });

  it.each([
    [
      "orderBy",
      { orderBy: "bad" as logs.OrderBy },
      "Value 'bad' at 'orderBy' failed to satisfy constraint: Member must satisfy enum value set: [LastEventTime, LogStreamName]",
    ],
    [
      "logGroupIdentifier",
      { logGroupIdentifier: "arn:aws:logs:us-east-1:111122223333:log-group:app:*" },
      "Value 'arn:aws:logs:us-east-1:111122223333:log-group:app:*' at 'logGroupIdentifier' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w#+=/:,.@-]*",
    ],
  ])("rejects DescribeLogStreams with an invalid %s", async (_member, input, message) => {
    expect(
      await fixture.errorOf(() => fixture.aws.logs.send(new logs.DescribeLogStreamsCommand(input))),
    ).toBe(`InvalidParameterException: 1 validation error detected: ${message}`);
  });
});
