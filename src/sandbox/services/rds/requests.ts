import type * as rds from "@aws-sdk/client-rds";
import { ownProperty } from "../../core/own-property.ts";
import { invalidValue } from "./shared.ts";

/**
 * Whether filters select a resource with these values.
 *
 * @throws AwsError InvalidParameterValue for an unknown filter. Source: Amazon RDS API Reference, Filter
 */
export function filterValues(
  filters: readonly rds.Filter[] | undefined,
  values: Readonly<Record<string, string | undefined>>,
): boolean {
  return (filters ?? []).every(({ Name = "", Values = [] }) => {
    if (!Object.hasOwn(values, Name)) throw invalidValue(`Unrecognized filter name: ${Name}`);
    const value = ownProperty(values, Name);
    return (
      value !== undefined &&
      Values.some((wanted) => wanted === value || wanted.endsWith(`:${value}`))
    );
  });
}

/** The logs that a database exports after a change. Undefined if nothing changes. */
export function changedLogExports(
  current: readonly string[] | undefined,
  change: rds.CloudwatchLogsExportConfiguration | undefined,
): string[] | undefined {
  if (change === undefined) return undefined;
  const { EnableLogTypes = [], DisableLogTypes = [] } = change;
  return [...new Set([...(current ?? []), ...EnableLogTypes])].filter(
    (type) => !DisableLogTypes.includes(type),
  );
}
