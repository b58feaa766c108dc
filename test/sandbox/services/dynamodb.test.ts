import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  ListTablesCommand,
  ListTagsOfResourceCommand,
  type Projection,
  PutItemCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "vitest";
import { useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

const ARN = "arn:aws:dynamodb:us-east-1:111122223333:table/orders";
const client = (): DynamoDBClient => new DynamoDBClient(fixture.clientOptions);
const attribute = (AttributeName: string) => ({ AttributeName, AttributeType: "S" as const });
const key = (AttributeName: string, KeyType: "HASH" | "RANGE" = "HASH") => ({
  AttributeName,
  KeyType,
});

const orders = {
  TableName: "orders",
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [attribute("id")],
  KeySchema: [key("id")],
} as const satisfies CreateTableCommandInput;

const globalIndex = (Projection: Projection, position = 0) => ({
  IndexName: `byId${position}`,
  KeySchema: [key("id")],
  Projection,
});
const create = (changes: Partial<CreateTableCommandInput> = {}) =>
  client().send(new CreateTableCommand({ ...orders, ...changes }));
const table = async () =>
  (await client().send(new DescribeTableCommand({ TableName: "orders" }))).Table;

describe("DynamoDB", () => {
  it.each([
    [{ Enabled: true, SSEType: "AES256" }, "SSEType AES256 is not supported"],
    [
      { Enabled: false, KMSMasterKeyId: "alias/app" },
      "KMSMasterKeyId can not be specified if Enabled is false",
    ],
    [
      { Enabled: true, KMSMasterKeyId: "alias/app" },
      "SSEType KMS is required if KMSMasterKeyId is specified",
    ],
  ] as const)("rejects the encryption %j", async (SSESpecification, message) => {
    expect(await fixture.errorOf(() => create({ SSESpecification }))).toBe(
      `ValidationException: One or more parameter values were invalid: ${message}`,
    );
  });

  it("creates a table, keeps every accepted member, and deletes it", async () => {
    const { TableDescription } = await create({
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
      SSESpecification: { Enabled: true },
      AttributeDefinitions: [attribute("id"), attribute("customer")],
      GlobalSecondaryIndexes: [
        {
          IndexName: "by-customer",
          KeySchema: [key("customer")],
          Projection: { ProjectionType: "ALL" },
        },
      ],
    });
    expect(TableDescription?.TableStatus).toBe("CREATING");
    expect(await table()).toMatchObject({
      TableStatus: "ACTIVE",
      TableArn: ARN,
      KeySchema: [key("id")],
      BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
      ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
      LatestStreamArn: expect.stringContaining(`${ARN}/stream/`) as string,
      SSEDescription: { Status: "ENABLED", SSEType: "KMS" },
      TableClassSummary: { TableClass: "STANDARD" },
      GlobalSecondaryIndexes: [
        { IndexName: "by-customer", IndexStatus: "ACTIVE", IndexArn: `${ARN}/index/by-customer` },
      ],
    });
    expect((await client().send(new ListTablesCommand({}))).TableNames).toEqual(["orders"]);
    await client().send(new DeleteTableCommand({ TableName: ARN }));
    expect(await fixture.errorOf(table)).toBe(
      "ResourceNotFoundException: Requested resource not found: Table: orders not found",
    );
  });

  it("updates billing, indexes and protection", async () => {
    await create();
    const update = (changes: object) =>
      client().send(new UpdateTableCommand({ TableName: "orders", ...changes }));
    await update({
      BillingMode: "PROVISIONED",
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 2 },
      DeletionProtectionEnabled: true,
    });
    expect(await table()).toMatchObject({
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 2 },
      DeletionProtectionEnabled: true,
    });
    const index = {
      IndexName: "by-customer",
      KeySchema: [key("customer")],
      Projection: { ProjectionType: "KEYS_ONLY" },
      ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
    };
    await update({
      AttributeDefinitions: [attribute("id"), attribute("customer")],
      GlobalSecondaryIndexUpdates: [{ Create: index }],
    });
    expect((await table())?.GlobalSecondaryIndexes).toMatchObject([index]);
    await update({ GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: "by-customer" } }] });
    const { AttributeDefinitions, GlobalSecondaryIndexes } = (await table()) ?? {};
    expect({ AttributeDefinitions, GlobalSecondaryIndexes }).toEqual({
      AttributeDefinitions: [attribute("id")],
      GlobalSecondaryIndexes: undefined,
    });
    expect(await fixture.errorOf(() => update({}))).toContain(
      "ValidationException: At least one of ProvisionedThroughput, BillingMode,",
    );
    expect(
      await fixture.errorOf(() =>
        update({ ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 2 } }),
      ),
    ).toContain("ValidationException: The provisioned throughput for the table will not change.");
    const remove = () => client().send(new DeleteTableCommand({ TableName: "orders" }));
    expect(await fixture.errorOf(remove)).toBe(
      "ValidationException: Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.",
    );
    await update({ DeletionProtectionEnabled: false });
    await remove();
  });

  it("keeps time to live, point-in-time recovery and tags", async () => {
    await create({ Tags: [{ Key: "team", Value: "a" }] });
    await client().send(
      new UpdateTimeToLiveCommand({
        TableName: "orders",
        TimeToLiveSpecification: { Enabled: true, AttributeName: "expires" },
      }),
    );
    expect(
      (await client().send(new DescribeTimeToLiveCommand({ TableName: "orders" })))
        .TimeToLiveDescription,
    ).toEqual({ TimeToLiveStatus: "ENABLED", AttributeName: "expires" });
    await client().send(
      new UpdateContinuousBackupsCommand({
        TableName: "orders",
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      }),
    );
    expect(
      (await client().send(new DescribeContinuousBackupsCommand({ TableName: "orders" })))
        .ContinuousBackupsDescription?.PointInTimeRecoveryDescription,
    ).toMatchObject({ PointInTimeRecoveryStatus: "ENABLED", RecoveryPeriodInDays: 35 });
    await client().send(
      new TagResourceCommand({ ResourceArn: ARN, Tags: [{ Key: "stage", Value: "b" }] }),
    );
    await client().send(new UntagResourceCommand({ ResourceArn: ARN, TagKeys: ["team"] }));
    expect((await client().send(new ListTagsOfResourceCommand({ ResourceArn: ARN }))).Tags).toEqual(
      [{ Key: "stage", Value: "b" }],
    );
  });

  it.each([
    [
      { KeySchema: [key("id"), key("id", "RANGE")] },
      "ValidationException: Both the Hash Key and the Range Key element in the KeySchema have the same name",
    ],
    [{ TableName: "a" }, "TableName must have 3 to 255 characters: 'a' has 1"],
    [
      { KeySchema: [key("other")] },
      "Key attributes without a definition: [other]. AttributeDefinitions: [id]",
    ],
    [
      { AttributeDefinitions: [attribute("id"), attribute("other")] },
      "Number of attributes in KeySchema does not exactly match",
    ],
    [
      { BillingMode: "PROVISIONED" as const },
      "ReadCapacityUnits and WriteCapacityUnits must both be specified",
    ],
    [
      {
        SSESpecification: { Enabled: true, SSEType: "KMS" as const, KMSMasterKeyId: "alias/none" },
      },
      "KMS validation error",
    ],
    [
      { StreamSpecification: { StreamEnabled: false, StreamViewType: "KEYS_ONLY" as const } },
      "Table is being created with a stream disabled, UpdateViewType should not be specified",
    ],
    [
      { GlobalSecondaryIndexes: [globalIndex({ ProjectionType: "INCLUDE" })] },
      "ProjectionType is INCLUDE, but NonKeyAttributes is not specified",
    ],
    [
      { GlobalSecondaryIndexes: [globalIndex({ ProjectionType: "ALL", NonKeyAttributes: ["a"] })] },
      "ProjectionType is ALL, but NonKeyAttributes is specified",
    ],
    [{ GlobalSecondaryIndexes: [globalIndex({})] }, "The index byId0 has no ProjectionType"],
    [
      {
        GlobalSecondaryIndexes: Array.from({ length: 21 }, (_, position) =>
          globalIndex({ ProjectionType: "ALL" }, position),
        ),
      },
      "A table can have 20 global and 5 local secondary indexes",
    ],
    [
      { LocalSecondaryIndexes: [globalIndex({ ProjectionType: "ALL" })] },
      "A table with local secondary indexes needs a range key",
    ],
  ])("rejects %j", async (changes, message) => {
    expect(await fixture.errorOf(() => create(changes))).toContain(message);
  });

  it("rejects a second table with the name, and what it does not implement", async () => {
    await create();
    expect(await fixture.errorOf(create)).toBe(
      "ResourceInUseException: Table already exists: orders",
    );
    expect(
      await fixture.errorOf(() => create({ TableName: "global", ResourcePolicy: "{}" })),
    ).toContain("NotImplemented");
    expect(
      await fixture.errorOf(() =>
        client().send(new PutItemCommand({ TableName: "orders", Item: { id: { S: "1" } } })),
      ),
    ).toContain("NotImplemented");
  });
});
