/** One line per output, with aligned names. */
export function renderOutputs(outputs: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(outputs);
  const width = Math.max(0, ...names.map((name) => name.length));
  return names.map((name) => `${name.padEnd(width)}  ${renderValue(outputs[name])}`).join("\n");
}

export const renderValue = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value);
