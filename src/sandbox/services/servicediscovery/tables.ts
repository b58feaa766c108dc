import type * as sd from "@aws-sdk/client-servicediscovery";
import { AwsError } from "../../protocol/errors.ts";
import type { Context } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/tables.ts";

export interface Namespace {
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  readonly type: "HTTP" | "DNS_PRIVATE";
  readonly description?: string;
  /** The private hosted zone of a DNS namespace. */
  readonly zoneId?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly created: Date;
}

export interface DiscoveryService {
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  readonly namespaceId: string;
  readonly description?: string;
  readonly dns?: sd.DnsConfig;
  readonly customHealth?: sd.HealthCheckCustomConfig;
  readonly tags: Readonly<Record<string, string>>;
  readonly created: Date;
}

export interface Instance {
  readonly serviceId: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly isHealthy: boolean;
}

export const namespaces: TableKey<Namespace> = table("servicediscovery/namespace");
export const discoveryServices: TableKey<DiscoveryService> = table("servicediscovery/service");
export const instances: TableKey<Instance> = table("servicediscovery/instance");

/** The ID in an ID or ARN: the part after the last slash. */
export const idOf = (idOrArn: string): string => idOrArn.split("/").pop() ?? "";

export function requireNamespace(context: Context, idOrArn: string): Namespace {
  const id = idOf(idOrArn);
  const row = context.in(namespaces).get(id);
  if (!row) throw new AwsError("NamespaceNotFound", `Namespace with Id '${id}' was not found.`);
  return row;
}

export function requireDiscoveryService(context: Context, idOrArn: string): DiscoveryService {
  const id = idOf(idOrArn);
  const row = context.in(discoveryServices).get(id);
  if (!row) throw new AwsError("ServiceNotFound", `Service with Id '${id}' was not found.`);
  return row;
}

export const instancesOf = (context: Context, serviceId: string): Instance[] =>
  context.in(instances).filter((row) => row.serviceId === serviceId);

/** An operation of Cloud Map. AWS performs operations asynchronously; the sandbox completes them immediately. */
interface CompletedOperation {
  readonly id: string;
  readonly type: sd.OperationType;
  readonly targets: Readonly<Partial<Record<sd.OperationTargetType, string>>>;
  readonly at: Date;
  /** Why the operation failed; undefined for an operation that succeeded. */
  readonly failure?: OperationFailure;
}

/** Code and message of a failed operation. Source: AWS Cloud Map API Reference, Operation. */
interface OperationFailure {
  readonly code: "CANNOT_CREATE_HOSTED_ZONE";
  readonly message: string;
}

export const namespaceOperations: TableKey<CompletedOperation> = table(
  "servicediscovery/operation",
  {
    exists: () => false,
  },
);

export function completedOperation(
  context: Context,
  type: sd.OperationType,
  targets: CompletedOperation["targets"],
  failure?: OperationFailure,
): { OperationId: string } {
  const row = {
    id: context.hex(32),
    type,
    targets,
    at: context.now,
    ...(failure ? { failure } : {}),
  };
  context.in(namespaceOperations).put(row.id, row);
  return { OperationId: row.id };
}
