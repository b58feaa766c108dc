/** The value of a key that must be there. */
export function named<Value>(values: Readonly<Record<string, Value>>, name: string): Value {
  const value = values[name];
  if (value === undefined) throw new Error(`nothing is named "${name}"`);
  return value;
}
