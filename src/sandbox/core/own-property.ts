/**
 * The value of an object's own property. A name that comes from a request must not find what every object inherits:
 * `constructor`, `toString` and `__proto__` are legal names of operations, tags and headers.
 */
export function ownProperty<Value>(
  record: Readonly<Record<string, Value>>,
  name: string,
): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
