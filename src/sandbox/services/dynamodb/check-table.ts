import type * as dynamodb from "@aws-sdk/client-dynamodb";
import { invalid } from "./tables.ts";

const HEAD = "One or more parameter values were invalid: ";

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

/** Source: Amazon DynamoDB API Reference, CreateTable: TableName. */
export function checkTableName(name: string): void {
  if (/^[\w.-]{3,255}$/.test(name)) return;
  throw invalid(
    name.length >= 3 && name.length <= 255
      ? `1 validation error detected: Value '${name}' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+`
      : "TableName must be at least 3 characters long and at most 255 characters long",
  );
}

function checkKeySchema(keys: readonly dynamodb.KeySchemaElement[]): void {
  const [first, second] = keys;
  if (first?.KeyType !== "HASH")
    throw invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  if (second !== undefined && second.KeyType !== "RANGE")
    throw invalid("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
}

/**
 * Checks that the attributes of a table are exactly those of its keys and of the keys of its indexes.
 *
 * Source of the texts: getmoto/moto, `moto/dynamodb/responses.py` (seen at AWS).
 *
 * @throws AwsError ValidationException
 */
export function checkSchema({ keys, attributes, indexes }: TableSchema): void {
  for (const schema of [keys, ...indexes.map(({ KeySchema }) => KeySchema ?? [])])
    checkKeySchema(schema);
  const names = indexes.map(({ IndexName }) => IndexName);
  const duplicate = names.find((name, position) => names.indexOf(name) !== position);
  if (duplicate !== undefined) throw invalid(`${HEAD}Duplicate index name: ${duplicate}`);
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
        ? `${HEAD}Some index key attributes are not defined in AttributeDefinitions. Keys: ${list(missing)}, AttributeDefinitions: ${list(defined)}`
        : "Invalid KeySchema: Some index key attribute have no definition",
    );
  if (defined.size > used.size)
    throw invalid(
      hasIndexes
        ? `${HEAD}Some AttributeDefinitions are not used. AttributeDefinitions: ${list(defined)}, keys used: ${list(used)}`
        : `${HEAD}Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions`,
    );
}

/** Whether throughput and billing mode fit. Source of the texts: as for checkSchema. */
export function checkThroughput(
  billingMode: string,
  throughput: dynamodb.ProvisionedThroughput | undefined,
  indexes: TableSchema["indexes"],
): void {
  if (billingMode === "PAY_PER_REQUEST") {
    if (throughput !== undefined)
      throw invalid(
        `${HEAD}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST`,
      );
    return;
  }
  if (throughput === undefined)
    throw invalid(
      `${HEAD}ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED`,
    );
  const index = indexes.find(({ ProvisionedThroughput }) => ProvisionedThroughput === undefined);
  if (index)
    throw invalid(`${HEAD}ProvisionedThroughput must be specified for index: ${index.IndexName}`);
}
