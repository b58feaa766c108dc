/** Fields of GetProviderSchema.Response that map a type's name to its schema. Source: Terraform's tfplugin5.proto. */
const RESOURCE_SCHEMAS = 2;
const DATA_SOURCE_SCHEMAS = 3;
const EPHEMERAL_RESOURCE_SCHEMAS = 8;
const MAPS: ReadonlySet<number> = new Set([
  RESOURCE_SCHEMAS,
  DATA_SOURCE_SCHEMAS,
  EPHEMERAL_RESOURCE_SCHEMAS,
]);

/** Protobuf's wire type of strings and messages. */
const LENGTH_DELIMITED = 2;

/** A variable-length integer of protobuf, and the position after it. */
function readVarint(
  bytes: Buffer,
  start: number,
): { readonly value: number; readonly end: number } {
  let [value, shift, end] = [0, 0, start];
  for (;;) {
    const byte = bytes[end];
    if (byte === undefined) throw new Error("the provider's schema is incomplete");
    end += 1;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { value, end };
    shift += 7;
  }
}

/** The key of a map entry, which is its first field. */
function keyOf(entry: Buffer): string {
  const { value: length, end } = readVarint(entry, 1);
  return entry.subarray(end, end + length).toString();
}

/** A provider's schema, encoded in protobuf, reduced to the named resource types and data sources. */
export function reduceSchema(schema: Buffer, types: ReadonlySet<string>): Buffer {
  const parts: Buffer[] = [];
  for (let start = 0; start < schema.length;) {
    const tag = readVarint(schema, start);
    const [field, wireType] = [Math.floor(tag.value / 8), tag.value % 8];
    if (wireType !== LENGTH_DELIMITED)
      throw new Error(`field ${field} of the provider's schema has wire type ${wireType}`);
    const length = readVarint(schema, tag.end);
    const end = length.end + length.value;
    if (!MAPS.has(field) || types.has(keyOf(schema.subarray(length.end, end))))
      parts.push(schema.subarray(start, end));
    start = end;
  }
  return Buffer.concat(parts);
}
