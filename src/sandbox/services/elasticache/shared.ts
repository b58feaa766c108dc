import { createHash } from "node:crypto";
import { zoneId } from "../ec2/subnets.ts";
import type { Context } from "../../core/operation.ts";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { ensureManagedKey, findKey } from "../kms/keys.ts";

export const invalidValue = (message: string): AwsError =>
  new AwsError("InvalidParameterValue", message);
export const invalidCombination = (message: string): AwsError =>
  new AwsError("InvalidParameterCombination", message);

/** The name of a resource, from its name or its ARN. ElastiCache stores names in lower case. */
export const cacheName = (nameOrArn: string): string =>
  nameOrArn.replace(/^arn:([^:]*:){5}/, "").toLowerCase();

/** Source: Amazon ElastiCache API Reference, CreateCacheCluster and CreateReplicationGroup. */
export function checkIdentifier(parameter: string, value: string, maxLength: number): void {
  if (/^[a-z](?!.*--)[a-z0-9-]*$/i.test(value) && !value.endsWith("-") && value.length <= maxLength)
    return;
  throw invalidValue(
    `The parameter ${parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.`,
  );
}

export type Engine = "redis" | "valkey" | "memcached";

/** The version if a request has none. AWS changes it from time to time; the sandbox takes these. */
const DEFAULT_VERSIONS: Readonly<Record<Engine, string>> = {
  redis: "7.1.0",
  valkey: "8.0.1",
  memcached: "1.6.22",
};

/** The version that AWS runs for a requested one. Source: Amazon ElastiCache User Guide, "Supported engines and versions". */
const FULL_VERSIONS: Readonly<Record<string, string>> = {
  "redis 6.x": "6.2.6",
  "redis 6.0": "6.0.5",
  "redis 6.2": "6.2.6",
  "redis 7.0": "7.0.7",
  "redis 7.1": "7.1.0",
  "valkey 7.2": "7.2.6",
  "valkey 8.0": "8.0.1",
};

export const portOf = (engine: Engine): number => (engine === "memcached" ? 11_211 : 6379);

export function engineOf(name: string | undefined): Engine {
  const engine = (name ?? "").toLowerCase();
  if (engine === "redis" || engine === "valkey" || engine === "memcached") return engine;
  throw invalidValue(`Invalid engine: ${name}`);
}

export const versionOf = (engine: Engine, requested: string | undefined): string =>
  requested === undefined
    ? DEFAULT_VERSIONS[engine]
    : (FULL_VERSIONS[`${engine} ${requested}`] ?? requested);

/** The family of parameter groups. Source: Amazon ElastiCache User Guide, "Engine specific parameters". */
export function familyOf(engine: Engine, version: string): string {
  const [major = "", minor = ""] = version.split(".");
  if (engine === "valkey") return `valkey${major}`;
  if (engine === "memcached") return `memcached${major}.${minor}`;
  if (Number(major) >= 7) return `redis${major}`;
  return major === "6" ? "redis6.x" : `redis${major}.${minor}`;
}

/** The domain of the host names in an account and region, such as a1b2c3.use1.cache.amazonaws.com. */
export function domainOf({ account, region }: Context): {
  readonly part: string;
  readonly suffix: string;
} {
  const part = createHash("sha256").update(`${account}/${region}/elasticache`).digest("hex");
  const short = zoneId(`${region}a`).replace(/-az\d+$/, "");
  return { part: part.slice(0, 6), suffix: `${short}.cache.amazonaws.com` };
}

/** @throws AwsError InvalidParameterValue. No public source of the text is known */
export function encryptionKey(context: Context, id: string | undefined): string | undefined {
  if (id === undefined) return undefined;
  const key = findKey(context, id);
  if (key?.state !== "Enabled")
    throw invalidValue(`The KMS key ${id} does not exist or is not enabled.`);
  return key.arn;
}

/** The key of a serverless cache, which is always encrypted. */
export const keyOrManaged = (context: Context, id: string | undefined): string =>
  encryptionKey(context, id) ?? ensureManagedKey(context, "elasticache").arn;

export function rejectSnapshot(name: string | undefined, operationName: string): void {
  if (name !== undefined) throw notImplemented(`a final snapshot of elasticache:${operationName}`);
}
