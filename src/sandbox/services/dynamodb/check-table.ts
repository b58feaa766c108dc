import type * as dynamodb from "@aws-sdk/client-dynamodb";
import { INVALID_PARAMETERS, invalid } from "./tables.ts";

/** The parts of a table that its checks compare. */
export interface TableSchema {
  readonly keys: readonly dynamodb.KeySchemaElement[];
  readonly attributes: readonly dynamodb.AttributeDefinition[];
  readonly indexes: readonly {
    readonly IndexName?: string | undefined;
    readonly KeySchema?: readonly dynamodb.KeySchemaElement[] | undefined;
    readonly ProvisionedThroughput?: object | undefined;
  }[];
}

const list = (names: Iterable<string>): string => `[${[...names].sort().join(", ")}]`;

/** Source: Amazon DynamoDB API Reference, CreateTable: TableName. No public source of the text for the length is known. */
export function checkTableName(name: string): void {
  if (/^[\w.-]{3,255}$/.test(name)) return;
  throw invalid(
    name.length >= 3 && name.length <= 255
      ? `1 validation error detected: Value '${name}' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+`
      : `TableName must have 3 to 255 characters: '${name}' has ${name.length}`,
  );
}

/**
 * Sources of the texts: aws-cloudformation/cfn-lint#3132 (first element), pynamodb/PynamoDB#356 (second element), the tests of
 * mhart/dynalite, which run against DynamoDB (same name).
 */
function checkKeySchema(keys: readonly dynamodb.KeySchemaElement[]): void {
  const [first, second] = keys;
  if (second !== undefined && first?.AttributeName === second.AttributeName)
    throw invalid(
      "Both the Hash Key and the Range Key element in the KeySchema have the same name",
    );
  if (first?.KeyType !== "HASH")
    throw invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  if (second !== undefined && second.KeyType !== "RANGE")
    throw invalid("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
}

/**
 * Checks that the attributes of a table are exactly those of its keys and of the keys of its indexes.
 *
 * Source of the texts: aws-cloudformation/cfn-lint#1037. For the texts about a repeated index name and about key attributes
 * without a definition, no public source is known.
 *
 * @throws AwsError ValidationException
 */
export function checkSchema({ keys, attributes, indexes }: TableSchema): void {
  for (const schema of [keys, ...indexes.map(({ KeySchema }) => KeySchema ?? [])])
    checkKeySchema(schema);
  const names = indexes.map(({ IndexName }) => IndexName);
  const duplicate = names.find((name, position) => names.indexOf(name) !== position);
  if (duplicate !== undefined)
    throw invalid(`${INVALID_PARAMETERS}More than one index has the name ${duplicate}`);
  const used = new Set(
    [...keys, ...indexes.flatMap(({ KeySchema }) => KeySchema ?? [])].map(
      ({ AttributeName }) => AttributeName ?? "",
    ),
  );
  const defined = new Set(attributes.map(({ AttributeName }) => AttributeName ?? ""));
  const missing = [...used].filter((name) => !defined.has(name));
  const hasIndexes = indexes.length > 0;
  if (missing.length > 0)
    throw invalid(
      hasIndexes || defined.size >= used.size
        ? `${INVALID_PARAMETERS}Key attributes without a definition: ${list(missing)}. AttributeDefinitions: ${list(defined)}`
        : "Invalid KeySchema: Some index key attribute have no definition",
    );
  if (defined.size > used.size)
    throw invalid(
      hasIndexes
        ? `${INVALID_PARAMETERS}Some AttributeDefinitions are not used. AttributeDefinitions: ${list(defined)}, keys used: ${list(used)}`
        : `${INVALID_PARAMETERS}Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions`,
    );
}

/** The number of indexes of a table. Source: Amazon DynamoDB Developer Guide, "Service, account, and table quotas". */
const MAX_INDEXES = { global: 20, local: 5 } as const;

/**
 * Checks the projection of an index.
 *
 * Sources: Amazon DynamoDB API Reference, Projection; of the texts, nubo-db/dynoxide#116 (no attributes),
 * cloudposse/terraform-aws-dynamodb#39 (attributes). No public source of the text for a missing type is known.
 */
export function checkProjection(index: string | undefined, projection: dynamodb.Projection): void {
  const { ProjectionType: type, NonKeyAttributes: names } = projection;
  if (type === undefined)
    throw invalid(`${INVALID_PARAMETERS}The index ${index} has no ProjectionType`);
  if ((type === "INCLUDE") !== (names !== undefined))
    throw invalid(
      `${INVALID_PARAMETERS}ProjectionType is ${type}, but NonKeyAttributes is ${names === undefined ? "not " : ""}specified`,
    );
}

/**
 * Checks the indexes of a new table.
 *
 * Source: Amazon DynamoDB API Reference, CreateTable: LocalSecondaryIndexes, GlobalSecondaryIndexes. No public source of the texts
 * is known.
 */
export function checkIndexes(
  keys: readonly dynamodb.KeySchemaElement[],
  global: readonly dynamodb.GlobalSecondaryIndex[],
  local: readonly dynamodb.LocalSecondaryIndex[],
): void {
  for (const { IndexName, Projection = {} } of [...global, ...local])
    checkProjection(IndexName, Projection);
  if (global.length > MAX_INDEXES.global || local.length > MAX_INDEXES.local)
    throw invalid(
      `${INVALID_PARAMETERS}A table can have ${MAX_INDEXES.global} global and ${MAX_INDEXES.local} local secondary indexes`,
    );
  const [hashKey, rangeKey] = keys;
  if (local.length > 0 && rangeKey === undefined)
    throw invalid(`${INVALID_PARAMETERS}A table with local secondary indexes needs a range key`);
  const other = local.find(
    ({ KeySchema: [first, second] = [] }) =>
      first?.AttributeName !== hashKey?.AttributeName || second === undefined,
  );
  if (other)
    throw invalid(
      `${INVALID_PARAMETERS}The local secondary index ${other.IndexName} needs the hash key of the table and a range key`,
    );
}

/**
 * Whether throughput and billing mode fit.
 *
 * Sources of the texts: awslabs/amazon-kinesis-client#1357 (table), aws-amplify/amplify-cli#1714 (index). No public source of
 * the text for the on-demand mode is known.
 */
export function checkThroughput(
  billingMode: string,
  throughput: dynamodb.ProvisionedThroughput | undefined,
  indexes: TableSchema["indexes"],
): void {
  if (billingMode === "PAY_PER_REQUEST") {
    if (throughput !== undefined)
      throw invalid(
        `${INVALID_PARAMETERS}ProvisionedThroughput can't be specified when BillingMode is PAY_PER_REQUEST`,
      );
    return;
  }
  if (throughput === undefined)
    throw invalid(
      `${INVALID_PARAMETERS}ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED`,
    );
  const index = indexes.find(({ ProvisionedThroughput }) => ProvisionedThroughput === undefined);
  if (index)
    throw invalid(
      `${INVALID_PARAMETERS}Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: ${index.IndexName}`,
    );
}
