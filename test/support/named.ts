/**
 * The value of a key.
 *
 * @throws Error if the key does not exist
 */
export function requireValue<Value>(values: Readonly<Record<string, Value>>, name: string): Value {
  const value = values[name];
  if (value === undefined) throw new Error(`there is no value with the name "${name}"`);
  return value;
}
