import type * as dynamodb from "@aws-sdk/client-dynamodb";
import { AwsError } from "../../protocol/errors.ts";
import { ResourceType, type StoredResource } from "../../resource-store/resource-type.ts";

/** A table as responses describe it, and the settings that have separate operations. */
export interface TableMembers extends dynamodb.TableDescription {
  readonly timeToLive?: dynamodb.TimeToLiveDescription;
  readonly recovery?: dynamodb.PointInTimeRecoverySpecification;
}

export type StoredTable = StoredResource<TableMembers>;

/** The start of many messages of DynamoDB. */
export const INVALID_PARAMETERS = "One or more parameter values were invalid: ";

export const invalid = (message: string): AwsError => new AwsError("ValidationException", message);

/**
 * The error for a table in transition.
 *
 * Sources: Amazon DynamoDB API Reference, DeleteTable: ResourceInUseException; of the text,
 * terraform-aws-modules/terraform-aws-dynamodb-table#51, sebdah/dynamic-dynamodb#36.
 */
const inUse = (name: string, state: string): AwsError =>
  new AwsError(
    "ResourceInUseException",
    `Attempt to change a resource which is still in use: Table is being ${
      { CREATING: "created", DELETING: "deleted" }[state] ?? "updated"
    }: ${name}`,
  );

/** Sources of the texts: localstack/localstack#9030 (not found at AWS), joshsymonds/Dynamoid#178 (exists). */
export const tableType: ResourceType<TableMembers> = new ResourceType<TableMembers>({
  service: "dynamodb",
  table: "dynamodb/table",
  structure: "TableDescription",
  identifier: "TableName",
  normalize: (nameOrArn) => nameOrArn.replace(/^arn:[^/]*:table\//, ""),
  arn: (context, name) => context.arn("dynamodb", `table/${name}`),
  notFound: (name) =>
    new AwsError(
      "ResourceNotFoundException",
      `Requested resource not found: Table: ${name} not found`,
    ),
  exists: (name) => new AwsError("ResourceInUseException", `Table already exists: ${name}`),
  states: {
    member: "TableStatus",
    ready: "ACTIVE",
    pending: {
      create: { state: "CREATING", seconds: 5 },
      change: { state: "UPDATING", seconds: 5 },
      delete: { state: "DELETING", seconds: 5 },
    },
    busy: inUse,
  },
  describe: (_context, { arn, created, members }) => ({
    ...(members.GlobalSecondaryIndexes?.length === 0 ? { GlobalSecondaryIndexes: undefined } : {}),
    TableArn: arn,
    CreationDateTime: created,
    TableSizeBytes: 0,
    ItemCount: 0,
  }),
});
