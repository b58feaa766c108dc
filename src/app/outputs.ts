import type { OutputValue } from "../terraform/index.ts";

/** The outputs of Terraform, by name. The text "(sensitive)" replaces sensitive values. */
export type Outputs = Readonly<Record<string, unknown>>;

/** Output values without sensitive values. */
export function visibleOutputs(outputs: Readonly<Record<string, OutputValue>>): Outputs {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { value, sensitive }]) => [
      name,
      sensitive ? "(sensitive)" : value,
    ]),
  );
}
