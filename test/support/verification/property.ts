/** One property of one resource, read back from AWS. */
export interface VerifiedProperty {
  /** Number of the creation step that the resource belongs to, 1 to 9. */
  readonly step: number;
  readonly property: string;
  readonly isAsExpected: boolean;
  readonly actual: unknown;
}

/** Records a property with its actual and its expected value. */
export type Verify = (property: string, actual: unknown, expected: unknown) => void;

/** Terraform's outputs by name. */
export type Outputs = Readonly<Record<string, unknown>>;

export const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
export const sorted = (values: readonly (string | undefined)[]): string[] =>
  values.map(String).sort();
