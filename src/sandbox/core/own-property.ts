/**
 * The value of an own property of an object. A name from a request must not return an inherited property:
 * `constructor`, `toString` and `__proto__` are valid names of operations, tags and headers.
 */
export function ownProperty<Value>(
  record: Readonly<Record<string, Value>>,
  name: string,
): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
