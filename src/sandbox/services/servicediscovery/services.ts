import type * as sd from "@aws-sdk/client-servicediscovery";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { tagMap } from "../../core/tags.ts";
import {
  type DiscoveryService,
  discoveryServices,
  completedOperation,
  instancesOf,
  type Namespace,
  requireDiscoveryService,
  requireNamespace,
} from "./tables.ts";

const describe = (context: Context, row: DiscoveryService): sd.Service => ({
  Id: row.id,
  Arn: row.arn,
  Name: row.name,
  NamespaceId: row.namespaceId,
  InstanceCount: instancesOf(context, row.id).length,
  Type: row.dns ? "DNS_HTTP" : "HTTP",
  CreateDate: row.created,
  ...(row.description === undefined ? {} : { Description: row.description }),
  ...(row.dns ? { DnsConfig: row.dns } : {}),
  ...(row.customHealth ? { HealthCheckCustomConfig: row.customHealth } : {}),
});

/** Source: AWS Cloud Map API Reference, DnsConfig. */
function checkDns(namespace: Namespace, dns: sd.DnsConfig | undefined): sd.DnsConfig | undefined {
  if (!dns) return undefined;
  if (namespace.type === "HTTP")
    throw new AwsError(
      "InvalidInput",
      "DnsConfig is not supported for services in HTTP namespaces.",
    );
  const types = (dns.DnsRecords ?? []).map((dnsRecord) => dnsRecord.Type);
  if (types.length === 0) throw new AwsError("InvalidInput", "DnsRecords must not be empty.");
  if (types.includes("CNAME") && types.length > 1)
    throw new AwsError("InvalidInput", "A CNAME record cannot be combined with other records.");
  // Source: AWS Cloud Map API Reference, DnsRecord: Type. No public source of the text is known.
  if (types.includes("CNAME") && dns.RoutingPolicy !== "WEIGHTED")
    throw new AwsError("InvalidInput", "A CNAME record requires the routing policy WEIGHTED.");
  return {
    NamespaceId: namespace.id,
    RoutingPolicy: dns.RoutingPolicy ?? "MULTIVALUE",
    DnsRecords: dns.DnsRecords,
  };
}

export const serviceOperations: Operations = {
  CreateService: operation<sd.CreateServiceRequest, sd.CreateServiceResponse>()(
    ["Name", "NamespaceId", "Description", "DnsConfig", "HealthCheckCustomConfig", "Tags", "Type"],
    (context, input) => {
      const namespaceId = input.NamespaceId ?? input.DnsConfig?.NamespaceId;
      if (namespaceId === undefined)
        throw new AwsError("InvalidInput", "A NamespaceId must be given.");
      const namespace = requireNamespace(context, namespaceId);
      if (input.Type === "HTTP" && input.DnsConfig)
        throw new AwsError("InvalidInput", "DnsConfig is not supported for services of type HTTP.");
      const existing = context
        .in(discoveryServices)
        .find((row) => row.name === input.Name && row.namespaceId === namespace.id);
      if (existing) {
        throw new AwsError(
          "ServiceAlreadyExists",
          `Service with name '${input.Name}' already exists in namespace '${namespace.id}'.`,
          400,
          { ServiceId: existing.id },
        );
      }
      const id = `srv-${context.hex(16)}`;
      const dns = checkDns(namespace, input.DnsConfig);
      const row = context.in(discoveryServices).put(id, {
        id,
        arn: context.arn("servicediscovery", `service/${id}`),
        name: input.Name,
        namespaceId: namespace.id,
        tags: tagMap(input.Tags),
        created: context.now,
        ...(input.Description === undefined ? {} : { description: input.Description }),
        ...(dns ? { dns } : {}),
        ...(input.HealthCheckCustomConfig ? { customHealth: input.HealthCheckCustomConfig } : {}),
      });
      return { Service: describe(context, row) };
    },
  ),

  GetService: operation<sd.GetServiceRequest, sd.GetServiceResponse>()(
    ["Id"],
    (context, input) => ({
      Service: describe(context, requireDiscoveryService(context, input.Id)),
    }),
  ),

  ListServices: operation<sd.ListServicesRequest, sd.ListServicesResponse>()(
    ["MaxResults", "NextToken", "Filters"],
    (context, input) => {
      let rows = context.in(discoveryServices).all();
      for (const { Name, Values = [], Condition = "EQ" } of input.Filters ?? []) {
        if (Condition !== "EQ" || Name !== "NAMESPACE_ID") {
          throw notImplemented(`the service filter ${Name} ${Condition}`);
        }
        rows = rows.filter((row) => Values.includes(row.namespaceId));
      }
      const { items, next } = page(rows, input.MaxResults ?? 100, input.NextToken);
      return {
        Services: items.map((row) => describe(context, row)),
        ...(next === undefined ? {} : { NextToken: next }),
      };
    },
  ),

  UpdateService: operation<sd.UpdateServiceRequest, sd.UpdateServiceResponse>()(
    ["Id", "Service"],
    (context, input) => {
      const row = requireDiscoveryService(context, input.Id);
      const { Description, DnsConfig } = input.Service;
      context.in(discoveryServices).put(row.id, {
        ...row,
        ...(Description === undefined ? {} : { description: Description }),
        ...(DnsConfig && row.dns ? { dns: { ...row.dns, DnsRecords: DnsConfig.DnsRecords } } : {}),
      });
      return completedOperation(context, "UPDATE_SERVICE", { SERVICE: row.id });
    },
  ),

  DeleteService: operation<sd.DeleteServiceRequest, object>()(["Id"], (context, input) => {
    const row = requireDiscoveryService(context, input.Id);
    if (instancesOf(context, row.id).length > 0) {
      throw new AwsError(
        "ResourceInUse",
        "Service contains registered instances; delete the instances before deleting the service",
      );
    }
    context.in(discoveryServices).delete(row.id);
    return {};
  }),
};
