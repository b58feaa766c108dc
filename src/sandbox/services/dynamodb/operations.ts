import type * as dynamodb from "@aws-sdk/client-dynamodb";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { AwsError } from "../../protocol/errors.ts";
import { ensureManagedKey, findKey } from "../kms/keys.ts";
import {
  checkIndexes,
  checkProjection,
  checkSchema,
  checkTableName,
  checkThroughput,
  type TableSchema,
} from "./check-table.ts";
import {
  INVALID_PARAMETERS,
  invalid,
  type StoredTable,
  type TableMembers,
  tableType,
} from "./tables.ts";

/** Warm throughput of a new table in the on-demand mode. Source: Amazon DynamoDB Developer Guide, "Understanding DynamoDB warm throughput". */
const ON_DEMAND_WARM = { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 4000 } as const;

type Throughput = dynamodb.ProvisionedThroughput | undefined;

const describeThroughput = (throughput: Throughput): dynamodb.ProvisionedThroughputDescription => ({
  ReadCapacityUnits: throughput?.ReadCapacityUnits ?? 0,
  WriteCapacityUnits: throughput?.WriteCapacityUnits ?? 0,
  NumberOfDecreasesToday: 0,
});

const warmThroughput = (
  throughput: Throughput,
  requested: dynamodb.WarmThroughput | undefined,
): dynamodb.WarmThroughput & { readonly Status: "ACTIVE" } => ({
  ReadUnitsPerSecond: throughput?.ReadCapacityUnits ?? ON_DEMAND_WARM.ReadUnitsPerSecond,
  WriteUnitsPerSecond: throughput?.WriteCapacityUnits ?? ON_DEMAND_WARM.WriteUnitsPerSecond,
  ...requested,
  Status: "ACTIVE",
});

const describeIndex = (
  tableArn: string,
  index: dynamodb.GlobalSecondaryIndex,
): dynamodb.GlobalSecondaryIndexDescription => ({
  ...index,
  IndexStatus: "ACTIVE",
  ProvisionedThroughput: describeThroughput(index.ProvisionedThroughput),
  WarmThroughput: warmThroughput(index.ProvisionedThroughput, index.WarmThroughput),
  IndexArn: `${tableArn}/index/${index.IndexName}`,
  IndexSizeBytes: 0,
  ItemCount: 0,
});

/**
 * The key of a table. Without a key ID, it is the AWS managed key; without encryption, a key that AWS owns.
 *
 * Sources: Amazon DynamoDB API Reference, SSESpecification; of the texts, hashicorp/terraform-provider-aws#5666 (SSEType AES256),
 * awsdocs/aws-cloudformation-user-guide#1228 (key without SSEType). No source of the other texts is known that can be cited.
 */
function encryption(
  context: Context,
  specification: dynamodb.SSESpecification | undefined,
): dynamodb.SSEDescription | undefined {
  const { Enabled: isEnabled = false, SSEType: type, KMSMasterKeyId: id } = specification ?? {};
  if (type !== undefined && type !== "KMS")
    throw invalid(`${INVALID_PARAMETERS}SSEType ${type} is not supported`);
  if (!isEnabled) {
    if (id !== undefined)
      throw invalid(`${INVALID_PARAMETERS}KMSMasterKeyId can not be specified if Enabled is false`);
    return undefined;
  }
  if (id !== undefined && type === undefined)
    throw invalid(`${INVALID_PARAMETERS}SSEType KMS is required if KMSMasterKeyId is specified`);
  const key = id === undefined ? ensureManagedKey(context, "dynamodb") : findKey(context, id);
  if (!key) throw invalid(`KMS validation error: Key '${id}' does not exist`);
  return { Status: "ENABLED", SSEType: "KMS", KMSMasterKeyArn: key.arn };
}

/** The stream of a table. Each activation makes a new stream with another label. */
function stream(
  context: Context,
  tableArn: string,
  specification: dynamodb.StreamSpecification | undefined,
): Partial<TableMembers> {
  // Source of the text: ExtendDB/extenddb#188, which compares with AWS.
  if (specification?.StreamEnabled === false && specification.StreamViewType !== undefined)
    throw invalid(
      `${INVALID_PARAMETERS}Table is being created with a stream disabled, UpdateViewType should not be specified`,
    );
  if (specification?.StreamEnabled !== true) return {};
  if (specification.StreamViewType === undefined)
    throw invalid(
      `${INVALID_PARAMETERS}StreamViewType must be specified when StreamEnabled is true`,
    );
  const label = context.now.toISOString().replace("Z", "");
  return {
    StreamSpecification: specification,
    LatestStreamLabel: label,
    LatestStreamArn: `${tableArn}/stream/${label}`,
  };
}

const billing = (context: Context, mode: dynamodb.BillingMode): Partial<TableMembers> => ({
  BillingModeSummary: {
    BillingMode: mode,
    ...(mode === "PAY_PER_REQUEST" ? { LastUpdateToPayPerRequestDateTime: context.now } : {}),
  },
});

const schemaOf = (members: Partial<TableMembers>): TableSchema => ({
  keys: members.KeySchema ?? [],
  attributes: members.AttributeDefinitions ?? [],
  indexes: [...(members.GlobalSecondaryIndexes ?? []), ...(members.LocalSecondaryIndexes ?? [])],
});

/** The members of a table that a request to create it determines. */
function newTable(
  context: Context,
  input: dynamodb.CreateTableInput,
  name: string,
): Partial<TableMembers> {
  checkTableName(name);
  const arn = tableType.arn(context, name);
  const mode = input.BillingMode ?? "PROVISIONED";
  checkSchema({
    keys: input.KeySchema ?? [],
    attributes: input.AttributeDefinitions ?? [],
    indexes: [...(input.GlobalSecondaryIndexes ?? []), ...(input.LocalSecondaryIndexes ?? [])],
  });
  checkIndexes(
    input.KeySchema ?? [],
    input.GlobalSecondaryIndexes ?? [],
    input.LocalSecondaryIndexes ?? [],
  );
  checkThroughput(mode, input.ProvisionedThroughput, input.GlobalSecondaryIndexes ?? []);
  const sse = encryption(context, input.SSESpecification);
  return {
    TableId: context.uuid(),
    TableClassSummary: { TableClass: input.TableClass ?? "STANDARD" },
    DeletionProtectionEnabled: input.DeletionProtectionEnabled ?? false,
    ProvisionedThroughput: describeThroughput(input.ProvisionedThroughput),
    WarmThroughput: warmThroughput(input.ProvisionedThroughput, input.WarmThroughput),
    ...(mode === "PROVISIONED" ? {} : billing(context, mode)),
    ...(sse && { SSEDescription: sse }),
    ...stream(context, arn, input.StreamSpecification),
    ...(input.GlobalSecondaryIndexes && {
      GlobalSecondaryIndexes: input.GlobalSecondaryIndexes.map((index) =>
        describeIndex(arn, index),
      ),
    }),
    ...(input.LocalSecondaryIndexes && {
      LocalSecondaryIndexes: input.LocalSecondaryIndexes.map((index) => ({
        ...index,
        IndexArn: `${arn}/index/${index.IndexName}`,
        IndexSizeBytes: 0,
        ItemCount: 0,
      })),
    }),
  };
}

/** The global secondary indexes after an update. Source: Amazon DynamoDB API Reference, UpdateTable. */
function updateIndexes(
  { id, arn, members }: StoredTable,
  updates: readonly dynamodb.GlobalSecondaryIndexUpdate[],
): dynamodb.GlobalSecondaryIndexDescription[] {
  const indexes = new Map(
    (members.GlobalSecondaryIndexes ?? []).map((index) => [index.IndexName, index]),
  );
  const requireIndex = (name: string | undefined): dynamodb.GlobalSecondaryIndexDescription => {
    const index = indexes.get(name);
    if (index) return index;
    throw new AwsError(
      "ResourceNotFoundException",
      `Requested resource not found: Table: ${id} does not have the index ${name}`,
    );
  };
  for (const { Create, Update, Delete } of updates) {
    if (Create) {
      const { IndexName, KeySchema, Projection } = Create;
      if (indexes.has(IndexName))
        throw invalid("Attempting to create an index which already exists");
      if (!IndexName || !KeySchema || !Projection) throw invalid("The index is not complete");
      checkProjection(IndexName, Projection);
      indexes.set(IndexName, describeIndex(arn, { ...Create, IndexName, KeySchema, Projection }));
    }
    if (Update) {
      const index = requireIndex(Update.IndexName);
      indexes.set(Update.IndexName, {
        ...index,
        ...Update,
        ProvisionedThroughput:
          Update.ProvisionedThroughput === undefined
            ? index.ProvisionedThroughput
            : describeThroughput(Update.ProvisionedThroughput),
        WarmThroughput: { ...index.WarmThroughput, ...Update.WarmThroughput },
      });
    }
    if (Delete) {
      requireIndex(Delete.IndexName);
      indexes.delete(Delete.IndexName);
    }
  }
  return [...indexes.values()];
}

/** The attributes of a table that are in a key. A deleted index takes its attributes with it. */
function usedAttributes(members: Partial<TableMembers>): dynamodb.AttributeDefinition[] {
  const { keys, attributes, indexes } = schemaOf(members);
  const used = new Set(
    [...keys, ...indexes.flatMap(({ KeySchema }) => KeySchema ?? [])].map(
      ({ AttributeName }) => AttributeName,
    ),
  );
  return attributes.filter(({ AttributeName }) => used.has(AttributeName));
}

/**
 * Rejects the throughput that a table already has, also in a request that changes something else.
 *
 * Sources: cortexproject/cortex#441; aws-controllers-k8s/community#1067 (with a change of indexes).
 */
function checkThroughputChange(
  { ProvisionedThroughput: current }: Partial<TableMembers>,
  requested: Throughput,
): void {
  const { ReadCapacityUnits: read, WriteCapacityUnits: write } = requested ?? {};
  if (
    requested === undefined ||
    read !== current?.ReadCapacityUnits ||
    write !== current?.WriteCapacityUnits
  )
    return;
  throw invalid(
    `The provisioned throughput for the table will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the table: ${read}. Requested ReadCapacityUnits: ${read}. Current WriteCapacityUnits provisioned for the table: ${write}. Requested WriteCapacityUnits: ${write}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.`,
  );
}

/** The members of a table that an update changes. */
function updatedTable(
  context: Context,
  input: dynamodb.UpdateTableInput,
  table: StoredTable,
): Partial<TableMembers> {
  const { members } = table;
  // Source of the text: the tests of mhart/dynalite, which run against DynamoDB.
  if (Object.keys(input).every((member) => member === "TableName"))
    throw invalid(
      "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required",
    );
  const indexes = input.GlobalSecondaryIndexUpdates
    ? updateIndexes(table, input.GlobalSecondaryIndexUpdates)
    : members.GlobalSecondaryIndexes;
  const changed = {
    ...members,
    GlobalSecondaryIndexes: indexes,
    AttributeDefinitions: input.AttributeDefinitions ?? members.AttributeDefinitions,
  };
  const attributes = usedAttributes(changed);
  checkSchema(schemaOf({ ...changed, AttributeDefinitions: attributes }));
  const mode = input.BillingMode;
  if (mode !== undefined) checkThroughput(mode, input.ProvisionedThroughput, []);
  if (mode === undefined) checkThroughputChange(members, input.ProvisionedThroughput);
  const throughput =
    mode === "PAY_PER_REQUEST"
      ? describeThroughput(undefined)
      : input.ProvisionedThroughput && describeThroughput(input.ProvisionedThroughput);
  return {
    ...(indexes && { GlobalSecondaryIndexes: indexes }),
    ...(throughput && { ProvisionedThroughput: throughput }),
    ...(mode && billing(context, mode)),
    ...(input.TableClass && { TableClassSummary: { TableClass: input.TableClass } }),
    ...(input.WarmThroughput && {
      WarmThroughput: { ...members.WarmThroughput, ...input.WarmThroughput },
    }),
    ...updatedStream(context, table, input.StreamSpecification),
    ...(input.SSESpecification && {
      SSEDescription: encryption(context, input.SSESpecification) ?? { Status: "DISABLED" },
    }),
    AttributeDefinitions: attributes,
  };
}

function updatedStream(
  context: Context,
  { arn, members }: StoredTable,
  requested: dynamodb.StreamSpecification | undefined,
): Partial<TableMembers> {
  if (requested === undefined) return {};
  const isEnabled = members.StreamSpecification?.StreamEnabled === true;
  if (requested.StreamEnabled === true && isEnabled)
    throw invalid(`Table already has an enabled stream: TableName: ${arn.split("/")[1]}`);
  if (requested.StreamEnabled !== true && !isEnabled)
    throw invalid(`Table has no stream to disable: TableName: ${arn.split("/")[1]}`);
  return requested.StreamEnabled === true
    ? stream(context, arn, requested)
    : { StreamSpecification: { StreamEnabled: false } };
}

/** @throws AwsError TableNotFoundException. Source: Amazon DynamoDB API Reference, DescribeContinuousBackups */
function requireTable(context: Context, name: string): StoredTable {
  const found = tableType.find(context, name);
  if (!found) throw new AwsError("TableNotFoundException", `Table not found: ${name}`);
  return found;
}

const describeBackups = (
  context: Context,
  { members }: StoredTable,
): dynamodb.ContinuousBackupsDescription => ({
  ContinuousBackupsStatus: "ENABLED",
  PointInTimeRecoveryDescription:
    members.recovery?.PointInTimeRecoveryEnabled === true
      ? {
          PointInTimeRecoveryStatus: "ENABLED",
          RecoveryPeriodInDays: members.recovery.RecoveryPeriodInDays ?? 35,
          EarliestRestorableDateTime: context.now,
          LatestRestorableDateTime: context.now,
        }
      : { PointInTimeRecoveryStatus: "DISABLED" },
});

/** Members of a request that concern replicas in other regions or policies. The sandbox has neither. */
const WITHOUT_REPLICAS = ["GlobalTableSettingsReplicationMode"] as const;

export const tableDefinitionOperations: Operations = {
  ...tableType.create<dynamodb.CreateTableInput>("CreateTable", {
    supports: [
      "BillingMode",
      "ProvisionedThroughput",
      "GlobalSecondaryIndexes",
      "LocalSecondaryIndexes",
      "StreamSpecification",
      "SSESpecification",
      "TableClass",
      "WarmThroughput",
    ],
    effective: ["DeletionProtectionEnabled"],
    rejects: [...WITHOUT_REPLICAS, "VectorIndexes"],
    values: newTable,
  }),

  ...tableType.read<dynamodb.DescribeTableInput>("DescribeTable", {
    respond: (context, table) => ({ Table: tableType.describe(context, table) }),
  }),

  ...tableType.change<dynamodb.UpdateTableInput>("UpdateTable", {
    supports: [
      "AttributeDefinitions",
      "BillingMode",
      "ProvisionedThroughput",
      "GlobalSecondaryIndexUpdates",
      "StreamSpecification",
      "SSESpecification",
      "TableClass",
      "WarmThroughput",
    ],
    effective: ["DeletionProtectionEnabled"],
    rejects: [...WITHOUT_REPLICAS, "MultiRegionConsistency", "DisassociationProtectionEnabled"],
    values: updatedTable,
  }),

  ...tableType.delete<dynamodb.DeleteTableInput>("DeleteTable", {
    check: (_context, _input, { members }) => {
      if (members.DeletionProtectionEnabled === true)
        throw invalid(
          "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.",
        );
    },
  }),

  ListTables: operation<dynamodb.ListTablesInput, dynamodb.ListTablesOutput>()(
    ["ExclusiveStartTableName", "Limit"],
    (context, { ExclusiveStartTableName: start = "", Limit = 100 }) => {
      const names = tableType
        .in(context)
        .all()
        .map(({ id }) => id)
        .filter((name) => name > start)
        .sort();
      const { items, next } = page(names, Limit, undefined);
      return {
        TableNames: items,
        ...(next === undefined ? {} : { LastEvaluatedTableName: items.at(-1) }),
      };
    },
  ),

  DescribeTimeToLive: operation<
    dynamodb.DescribeTimeToLiveInput,
    dynamodb.DescribeTimeToLiveOutput
  >()(["TableName"], (context, { TableName }) => ({
    TimeToLiveDescription: tableType.require(context, TableName).members.timeToLive ?? {
      TimeToLiveStatus: "DISABLED",
    },
  })),

  UpdateTimeToLive: operation<dynamodb.UpdateTimeToLiveInput, dynamodb.UpdateTimeToLiveOutput>()(
    ["TableName", "TimeToLiveSpecification"],
    (context, { TableName, TimeToLiveSpecification: requested }) => {
      const table = tableType.require(context, TableName);
      const { AttributeName: attribute } = table.members.timeToLive ?? {};
      const isEnabled = table.members.timeToLive?.TimeToLiveStatus === "ENABLED";
      // Source: Amazon DynamoDB API Reference, UpdateTimeToLive. No source of the text is known that can be cited.
      if (isEnabled && attribute !== requested.AttributeName)
        throw invalid(
          `TimeToLive is active on a different AttributeName: current AttributeName is ${attribute}`,
        );
      if (requested.Enabled === isEnabled)
        throw invalid(`TimeToLive is already ${isEnabled ? "enabled" : "disabled"}`);
      tableType.update(context, table, {
        timeToLive:
          requested.Enabled === true
            ? { TimeToLiveStatus: "ENABLED", AttributeName: requested.AttributeName }
            : { TimeToLiveStatus: "DISABLED" },
      });
      return { TimeToLiveSpecification: requested };
    },
  ),

  DescribeContinuousBackups: operation<
    dynamodb.DescribeContinuousBackupsInput,
    dynamodb.DescribeContinuousBackupsOutput
  >()(["TableName"], (context, { TableName }) => ({
    ContinuousBackupsDescription: describeBackups(context, requireTable(context, TableName)),
  })),

  UpdateContinuousBackups: operation<
    dynamodb.UpdateContinuousBackupsInput,
    dynamodb.UpdateContinuousBackupsOutput
  >()(
    ["TableName", "PointInTimeRecoverySpecification"],
    (context, { TableName, PointInTimeRecoverySpecification }) => ({
      ContinuousBackupsDescription: describeBackups(
        context,
        tableType.update(context, requireTable(context, TableName), {
          recovery: PointInTimeRecoverySpecification,
        }),
      ),
    }),
  ),
};
