import type * as sd from "@aws-sdk/client-servicediscovery";
import { ownProperty } from "../../core/own-property.ts";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { hostedZones, putZone } from "../route53/tables.ts";
import {
  type DiscoveryService,
  discoveryServices,
  completedOperation,
  idOf,
  type Instance,
  instances,
  instancesOf,
  namespaces,
  requireDiscoveryService,
} from "./tables.ts";

const keyOf = (serviceId: string, id: string): string => `${serviceId}/${id}`;

/**
 * Updates the DNS records of a service in the hosted zone of its namespace. Source: AWS Cloud Map Developer Guide, "AWS
 * Cloud Map service DNS configuration".
 */
function refreshRecords(context: Context, service: DiscoveryService): void {
  const namespace = context.in(namespaces).get(service.namespaceId);
  const zone = context.in(hostedZones).get(namespace?.zoneId ?? "");
  if (!namespace || !zone || !service.dns) return;
  const name = `${service.name}.${namespace.name}.`;
  const healthy = instancesOf(context, service.id).filter((instance) => instance.isHealthy);
  const records = (service.dns.DnsRecords ?? []).flatMap(({ Type, TTL }) => {
    const values = healthy.flatMap((instance) => {
      const value = recordValue(Type, instance, `${instance.id}.${name}`);
      return value === undefined ? [] : [{ Value: value }];
    });
    return values.length === 0 ? [] : [{ Name: name, Type, TTL, ResourceRecords: values }];
  });
  // An SRV record returns host names. Each host name has an address record.
  const srv = service.dns.DnsRecords?.find(({ Type }) => Type === "SRV");
  const hosts = healthy.flatMap(({ id, attributes }) => {
    const address = attributes["AWS_INSTANCE_IPV4"];
    if (srv === undefined || address === undefined) return [];
    const ResourceRecords = [{ Value: address }];
    return [{ Name: `${id}.${name}`, Type: "A" as const, TTL: srv.TTL, ResourceRecords }];
  });
  const isOther = (recordName = ""): boolean =>
    recordName !== name && !recordName.endsWith(`.${name}`);
  putZone(context, {
    ...zone,
    records: [...zone.records.filter((record) => isOther(record.Name)), ...records, ...hosts],
  });
}

function recordValue(
  type: string | undefined,
  instance: Instance,
  host: string,
): string | undefined {
  switch (type) {
    case "A":
      return instance.attributes["AWS_INSTANCE_IPV4"];
    case "SRV":
      return `1 1 ${instance.attributes["AWS_INSTANCE_PORT"] ?? "0"} ${host}`;
    case "CNAME":
      return instance.attributes["AWS_INSTANCE_CNAME"];
    default:
      return undefined;
  }
}

/** Registers an instance of the service with the given registry ARN, if the service exists. */
export function registerInstance(
  context: Context,
  registryArn: string,
  id: string,
  attributes: Readonly<Record<string, string>>,
): void {
  const service = context.in(discoveryServices).get(idOf(registryArn));
  if (!service) return;
  context
    .in(instances)
    .put(keyOf(service.id, id), { serviceId: service.id, id, attributes, isHealthy: true });
  refreshRecords(context, service);
}

export function deregisterInstance(context: Context, registryArn: string, id: string): void {
  const service = context.in(discoveryServices).get(idOf(registryArn));
  if (!service) return;
  context.in(instances).delete(keyOf(service.id, id));
  refreshRecords(context, service);
}

function requireInstance(context: Context, service: DiscoveryService, id: string): Instance {
  const row = context.in(instances).get(keyOf(service.id, id));
  if (row) return row;
  throw new AwsError("InstanceNotFound", `Instance with Id '${id}' was not found.`);
}

/** The attribute that each record type requires. Source: AWS Cloud Map API Reference, RegisterInstance. */
const REQUIRED_ATTRIBUTES: Readonly<Record<string, string>> = {
  A: "AWS_INSTANCE_IPV4",
  AAAA: "AWS_INSTANCE_IPV6",
  CNAME: "AWS_INSTANCE_CNAME",
  SRV: "AWS_INSTANCE_PORT",
};

export const instanceOperations: Operations = {
  RegisterInstance: operation<sd.RegisterInstanceRequest, sd.RegisterInstanceResponse>()(
    ["ServiceId", "InstanceId", "Attributes"],
    (context, input) => {
      const service = requireDiscoveryService(context, input.ServiceId);
      for (const { Type } of service.dns?.DnsRecords ?? []) {
        const attribute = REQUIRED_ATTRIBUTES[Type ?? ""];
        if (attribute !== undefined && input.Attributes[attribute] === undefined)
          throw new AwsError("InvalidInput", `Missing required attribute: ${attribute}`);
      }
      registerInstance(context, service.id, input.InstanceId, input.Attributes);
      return completedOperation(context, "REGISTER_INSTANCE", {
        INSTANCE: input.InstanceId,
        SERVICE: service.id,
      });
    },
  ),

  DeregisterInstance: operation<sd.DeregisterInstanceRequest, sd.DeregisterInstanceResponse>()(
    ["ServiceId", "InstanceId"],
    (context, input) => {
      const service = requireDiscoveryService(context, input.ServiceId);
      requireInstance(context, service, input.InstanceId);
      deregisterInstance(context, service.id, input.InstanceId);
      return completedOperation(context, "DEREGISTER_INSTANCE", {
        INSTANCE: input.InstanceId,
        SERVICE: service.id,
      });
    },
  ),

  GetInstance: operation<sd.GetInstanceRequest, sd.GetInstanceResponse>()(
    ["ServiceId", "InstanceId"],
    (context, input) => {
      const service = requireDiscoveryService(context, input.ServiceId);
      const row = requireInstance(context, service, input.InstanceId);
      return { Instance: { Id: row.id, Attributes: { ...row.attributes } } };
    },
  ),

  ListInstances: operation<sd.ListInstancesRequest, sd.ListInstancesResponse>()(
    ["ServiceId", "MaxResults", "NextToken"],
    (context, input) => {
      const service = requireDiscoveryService(context, input.ServiceId);
      const { items, next } = page(
        instancesOf(context, service.id),
        input.MaxResults ?? 100,
        input.NextToken,
      );
      return {
        Instances: items.map((row) => ({ Id: row.id, Attributes: { ...row.attributes } })),
        ...(next === undefined ? {} : { NextToken: next }),
      };
    },
  ),

  DiscoverInstances: operation<sd.DiscoverInstancesRequest, sd.DiscoverInstancesResponse>()(
    ["NamespaceName", "ServiceName", "MaxResults", "QueryParameters", "HealthStatus"],
    (context, input) => {
      const namespace = context.in(namespaces).find((row) => row.name === input.NamespaceName);
      if (!namespace)
        throw new AwsError(
          "NamespaceNotFound",
          `Namespace with name '${input.NamespaceName}' was not found.`,
        );
      const service = context
        .in(discoveryServices)
        .find((row) => row.name === input.ServiceName && row.namespaceId === namespace.id);
      if (!service)
        throw new AwsError(
          "ServiceNotFound",
          `Service with name '${input.ServiceName}' was not found.`,
        );
      const healthStatus = input.HealthStatus ?? "ALL";
      const found = instancesOf(context, service.id).filter(
        (row) =>
          (healthStatus === "ALL" || (healthStatus === "UNHEALTHY") === !row.isHealthy) &&
          Object.entries(input.QueryParameters ?? {}).every(
            ([key, value]) => ownProperty(row.attributes, key) === value,
          ),
      );
      return {
        Instances: found.slice(0, input.MaxResults ?? 100).map((row) => ({
          InstanceId: row.id,
          NamespaceName: namespace.name,
          ServiceName: service.name,
          HealthStatus: service.customHealth
            ? row.isHealthy
              ? ("HEALTHY" as const)
              : ("UNHEALTHY" as const)
            : ("UNKNOWN" as const),
          Attributes: { ...row.attributes },
        })),
      };
    },
  ),

  UpdateInstanceCustomHealthStatus: operation<sd.UpdateInstanceCustomHealthStatusRequest, object>()(
    ["ServiceId", "InstanceId", "Status"],
    (context, input) => {
      const service = requireDiscoveryService(context, input.ServiceId);
      if (!service.customHealth)
        throw new AwsError(
          "CustomHealthNotFound",
          `Service with Id '${service.id}' has no custom health check.`,
        );
      const row = requireInstance(context, service, input.InstanceId);
      context
        .in(instances)
        .put(keyOf(service.id, row.id), { ...row, isHealthy: input.Status === "HEALTHY" });
      refreshRecords(context, service);
      return {};
    },
  ),
};
