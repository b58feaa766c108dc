import type * as ssm from "@aws-sdk/client-ssm";
import { AwsError } from "../../protocol/errors.ts";
import { ownProperty } from "../../core/own-property.ts";
import { type Parameter, type ParameterVersion } from "./tables.ts";

type Matcher = (row: Parameter, value: string, option: string) => boolean;

/** A filter key: its options with the default first, and its comparison. */
interface FilterKey {
  readonly options: readonly string[];
  readonly matches: Matcher;
}

/** The name with the slash that every name has in its ARN. */
const withSlash = (name: string): string => (name.startsWith("/") ? name : `/${name}`);

const compare = (text: string | undefined, value: string, option: string): boolean => {
  switch (option) {
    case "BeginsWith":
      return text?.startsWith(value) === true;
    case "Contains":
      return text?.includes(value) === true;
    default:
      return text === value;
  }
};

const hasLabel = (version: ParameterVersion, label: string): boolean =>
  version.labels.includes(label);

/** Source: AWS Systems Manager API Reference, ParameterStringFilter. */
const FILTER_KEYS: Readonly<Record<string, FilterKey>> = {
  Name: {
    options: ["Equals", "BeginsWith", "Contains"],
    matches: ({ name }, value, option) =>
      option === "Contains"
        ? name.includes(value)
        : compare(withSlash(name), withSlash(value), option),
  },
  Type: {
    options: ["Equals", "BeginsWith"],
    matches: ({ type }, value, option) => compare(type, value, option),
  },
  KeyId: {
    options: ["Equals", "BeginsWith"],
    matches: ({ keyId }, value, option) => compare(keyId, value, option),
  },
  Tier: { options: ["Equals"], matches: ({ tier }, value) => tier === value },
  DataType: {
    options: ["Equals", "BeginsWith"],
    matches: ({ dataType }, value, option) => compare(dataType, value, option),
  },
  Label: {
    options: ["Equals"],
    matches: (row, value) => hasLabel(row, value) || row.earlier.some((v) => hasLabel(v, value)),
  },
  Path: {
    options: ["OneLevel", "Recursive"],
    matches: (row, value, option) => isBelow(row.name, value, option === "Recursive"),
  },
};

/** Whether a parameter is below a path: directly, or on any level. */
export function isBelow(name: string, path: string, isRecursive: boolean): boolean {
  const start = path.endsWith("/") ? path : `${path}/`;
  const full = withSlash(name);
  return full.startsWith(start) && (isRecursive || !full.slice(start.length).includes("/"));
}

function filterKey(key: string, validKeys: readonly string[]): FilterKey {
  const tagKey = key.startsWith("tag:") ? key.slice("tag:".length) : undefined;
  if (tagKey !== undefined && validKeys.includes("tag:")) {
    return {
      options: ["Equals"],
      matches: ({ tags }, value) => ownProperty(tags, tagKey) === value,
    };
  }
  const known = validKeys.includes(key) ? ownProperty(FILTER_KEYS, key) : undefined;
  if (known !== undefined) return known;
  throw new AwsError(
    "InvalidFilterKey",
    `The following filter key is not valid: ${key}. Valid filter keys include: [${validKeys.join(", ")}].`,
  );
}

/** The filter keys of DescribeParameters. */
export const DESCRIBE_KEYS: readonly string[] = [...Object.keys(FILTER_KEYS), "tag:"];
/** The filter keys of GetParametersByPath. */
export const BY_PATH_KEYS: readonly string[] = ["Type", "KeyId", "Label"];

/**
 * The parameters that match every filter.
 *
 * @throws AwsError InvalidFilterKey, InvalidFilterOption or InvalidFilterValue
 */
export function filterParameters(
  rows: readonly Parameter[],
  filters: readonly ssm.ParameterStringFilter[] = [],
  validKeys: readonly string[],
): Parameter[] {
  let remaining = [...rows];
  const used = new Set<string>();
  for (const { Key: key = "", Option: option, Values: values = [] } of filters) {
    if (used.has(key)) {
      throw new AwsError(
        "InvalidFilterKey",
        `The following filter is duplicated in the request: ${key}. A request can contain only one occurrence of a specific filter.`,
      );
    }
    used.add(key);
    const { options, matches } = filterKey(key, validKeys);
    const selected = option ?? options[0] ?? "";
    if (!options.includes(selected)) {
      throw new AwsError(
        "InvalidFilterOption",
        `The following filter option is not valid: ${selected}. Valid options include: [${options.join(", ")}].`,
      );
    }
    const isTag = key.startsWith("tag:");
    if (values.length === 0 && !isTag) {
      throw new AwsError(
        "InvalidFilterValue",
        `The following filter values are missing : null for filter key ${key}.`,
      );
    }
    remaining = remaining.filter((row) =>
      values.length === 0
        ? ownProperty(row.tags, key.slice("tag:".length)) !== undefined
        : values.some((value) => matches(row, value, selected)),
    );
  }
  return remaining;
}
