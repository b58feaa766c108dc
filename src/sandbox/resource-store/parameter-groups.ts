/** A parameter of a parameter group of RDS or ElastiCache. */
interface Parameter {
  readonly ParameterName?: string | undefined;
}

const without = <P extends Parameter>(
  parameters: readonly P[],
  removed: readonly Parameter[],
): P[] => {
  const names = new Set(removed.map(({ ParameterName }) => ParameterName));
  return parameters.filter(({ ParameterName }) => !names.has(ParameterName));
};

/** The parameters of a group after a request that sets some of them. */
export const withParameters = <P extends Parameter>(
  parameters: readonly P[] | undefined,
  changes: readonly P[],
): P[] => [
  ...without(parameters ?? [], changes),
  ...changes.map((parameter) => ({ ...parameter, Source: "user", IsModifiable: true })),
];

/** The parameters of a group after a request that resets some or all of them. */
export const resetParameters = <P extends Parameter>(
  parameters: readonly P[] | undefined,
  isAll: boolean | undefined,
  reset: readonly Parameter[] | undefined,
): P[] => (isAll === true ? [] : without(parameters ?? [], reset ?? []));
