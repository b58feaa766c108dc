import type * as sd from "@aws-sdk/client-servicediscovery";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, page } from "../../core/operation.ts";
import type { Service } from "../../core/service.ts";
import { addTags, tagList, tagMap, without } from "../../core/tags.ts";
import { vpcs } from "../ec2/tables.ts";
import { hostedZones, nameConflict, newZone, putZone } from "../route53/tables.ts";
import { instanceOperations } from "./instances.ts";
import {
  type DiscoveryService,
  discoveryServices,
  completedOperation,
  idOf,
  type Namespace,
  namespaceOperations,
  namespaces,
  requireNamespace,
} from "./tables.ts";
import { serviceOperations } from "./services.ts";
import { arnsFrom, partsOfArn } from "../../authorization/request-members.ts";
import { cloudMapTagRules } from "./tag-rules.ts";

const countServices = (context: Context, id: string): number =>
  context.in(discoveryServices).filter((row) => row.namespaceId === id).length;

const describe = (context: Context, row: Namespace): sd.Namespace => ({
  Id: row.id,
  Arn: row.arn,
  Name: row.name,
  Type: row.type,
  ServiceCount: countServices(context, row.id),
  CreateDate: row.created,
  Properties: {
    HttpProperties: { HttpName: row.name },
    ...(row.zoneId === undefined
      ? {}
      : { DnsProperties: { HostedZoneId: row.zoneId, SOA: { TTL: 60 } } }),
  },
  ...(row.description === undefined ? {} : { Description: row.description }),
});

const namespaceNamed = (context: Context, name: string): Namespace | undefined =>
  context.in(namespaces).find((row) => row.name === name);

function createNamespace(
  context: Context,
  input: Pick<sd.CreateHttpNamespaceRequest, "Description" | "Tags"> & { readonly Name: string },
  more: Pick<Namespace, "type" | "zoneId">,
): { OperationId: string } {
  const existing = namespaceNamed(context, input.Name);
  if (existing) {
    throw new AwsError(
      "NamespaceAlreadyExists",
      `Namespace with name '${input.Name}' already exists.`,
      400,
      { NamespaceId: existing.id },
    );
  }
  const id = `ns-${context.hex(16)}`;
  context.in(namespaces).put(id, {
    ...more,
    id,
    arn: context.arn("servicediscovery", `namespace/${id}`),
    name: input.Name,
    tags: tagMap(input.Tags),
    created: context.now,
    ...(input.Description === undefined ? {} : { description: input.Description }),
  });
  return completedOperation(context, "CREATE_NAMESPACE", { NAMESPACE: id });
}

function setDescription(
  context: Context,
  id: string,
  text: string | undefined,
): { OperationId: string } {
  const row = requireNamespace(context, id);
  context.in(namespaces).put(row.id, { ...row, description: text ?? "" });
  return completedOperation(context, "UPDATE_NAMESPACE", { NAMESPACE: row.id });
}

/** Changes the tags of a namespace or a service. */
function changeTags(
  context: Context,
  arn: string,
  change: (tags: Readonly<Record<string, string>>) => Readonly<Record<string, string>>,
): Namespace | DiscoveryService {
  const id = idOf(arn);
  const namespace = context.in(namespaces).get(id);
  if (namespace)
    return context.in(namespaces).put(id, { ...namespace, tags: change(namespace.tags) });
  const service = context.in(discoveryServices).get(id);
  if (service)
    return context.in(discoveryServices).put(id, { ...service, tags: change(service.tags) });
  throw new AwsError("ResourceNotFoundException", `Resource not found: ${arn}`, 400, {
    ResourceName: arn,
  });
}

export const service: Service = {
  name: "servicediscovery",
  tagRules: cloudMapTagRules,
  // Source: Service Authorization Reference, "AWS Cloud Map".
  permissions: {
    resources: (context, operation, input) =>
      operation.endsWith("Namespace")
        ? arnsFrom(input["Id"], (id) => context.arn("servicediscovery", `namespace/${id}`))
        : [],
    tagAction: () => "servicediscovery:TagResource",
  },
  resources: { tags: (context, arn) => context.in(namespaces).get(partsOfArn(arn).id)?.tags },
  unsupportedMembers: {
    ServiceChange: ["HealthCheckConfig"],
  },
  operations: {
    ...instanceOperations,
    ...serviceOperations,

    CreateHttpNamespace: operation<sd.CreateHttpNamespaceRequest, sd.CreateHttpNamespaceResponse>()(
      ["Name", "Description", "Tags"],
      (context, input) => createNamespace(context, input, { type: "HTTP" }),
    ),

    CreatePrivateDnsNamespace: operation<
      sd.CreatePrivateDnsNamespaceRequest,
      sd.CreatePrivateDnsNamespaceResponse
    >()(["Name", "Description", "Vpc", "Tags"], (context, input) => {
      if (!context.in(vpcs).has(input.Vpc))
        throw new AwsError("InvalidInput", `The VPC '${input.Vpc}' does not exist.`);
      const vpc = { id: input.Vpc, region: context.region };
      const conflict = nameConflict(context, `${input.Name}.`, vpc);
      if (conflict !== undefined && !namespaceNamed(context, input.Name))
        return completedOperation(
          context,
          "CREATE_NAMESPACE",
          {},
          {
            code: "CANNOT_CREATE_HOSTED_ZONE",
            message: `${conflict} (Service: AmazonRoute53; Status Code: 400; Error Code: ConflictingDomainExists; Request ID: ${context.uuid()}; Proxy: null)`,
          },
        );
      const zone = putZone(
        context,
        newZone(context, {
          name: `${input.Name}.`,
          reference: context.uuid(),
          comment: "Created by AWS Cloud Map",
          isPrivate: true,
          vpcs: [vpc],
          managedBy: "servicediscovery",
          tags: {},
        }),
      );
      return createNamespace(context, input, { type: "DNS_PRIVATE", zoneId: zone.id });
    }),

    GetNamespace: operation<sd.GetNamespaceRequest, sd.GetNamespaceResponse>()(
      ["Id"],
      (context, input) => ({ Namespace: describe(context, requireNamespace(context, input.Id)) }),
    ),

    ListNamespaces: operation<sd.ListNamespacesRequest, sd.ListNamespacesResponse>()(
      ["MaxResults", "NextToken", "Filters"],
      (context, input) => {
        let rows = context.in(namespaces).all();
        for (const { Name, Values = [], Condition = "EQ" } of input.Filters ?? []) {
          if (Condition !== "EQ" || (Name !== "NAME" && Name !== "TYPE")) {
            throw notImplemented(`the namespace filter ${Name} ${Condition}`);
          }
          rows = rows.filter((row) => Values.includes(Name === "NAME" ? row.name : row.type));
        }
        const { items, next } = page(rows, input.MaxResults ?? 100, input.NextToken);
        return {
          Namespaces: items.map((row) => describe(context, row)),
          ...(next === undefined ? {} : { NextToken: next }),
        };
      },
    ),

    UpdateHttpNamespace: operation<sd.UpdateHttpNamespaceRequest, sd.UpdateHttpNamespaceResponse>()(
      ["Id", "Namespace"],
      (context, input) => setDescription(context, input.Id, input.Namespace.Description),
    ),

    UpdatePrivateDnsNamespace: operation<
      sd.UpdatePrivateDnsNamespaceRequest,
      sd.UpdatePrivateDnsNamespaceResponse
    >()(["Id", "Namespace"], (context, input) => {
      if (input.Namespace.Properties) throw notImplemented("a change of a namespace's SOA record");
      return setDescription(context, input.Id, input.Namespace.Description);
    }),

    DeleteNamespace: operation<sd.DeleteNamespaceRequest, sd.DeleteNamespaceResponse>()(
      ["Id"],
      (context, input) => {
        const row = requireNamespace(context, input.Id);
        if (countServices(context, row.id) > 0)
          throw new AwsError(
            "ResourceInUse",
            `Namespace has associated services; delete the services before deleting the namespace`,
          );
        context.in(namespaces).delete(row.id);
        if (row.zoneId !== undefined) context.in(hostedZones).delete(row.zoneId);
        return completedOperation(context, "DELETE_NAMESPACE", { NAMESPACE: row.id });
      },
    ),

    GetOperation: operation<sd.GetOperationRequest, sd.GetOperationResponse>()(
      ["OperationId"],
      (context, input) => {
        const row = context.in(namespaceOperations).get(input.OperationId);
        if (!row)
          throw new AwsError(
            "OperationNotFound",
            `Operation with Id '${input.OperationId}' was not found.`,
          );
        return {
          Operation: {
            Id: row.id,
            Type: row.type,
            Status: row.failure ? "FAIL" : "SUCCESS",
            CreateDate: row.at,
            UpdateDate: row.at,
            Targets: { ...row.targets },
            ...(row.failure
              ? { ErrorCode: row.failure.code, ErrorMessage: row.failure.message }
              : {}),
          },
        };
      },
    ),

    ListTagsForResource: operation<sd.ListTagsForResourceRequest, sd.ListTagsForResourceResponse>()(
      ["ResourceARN"],
      (context, input) => ({
        Tags: tagList(changeTags(context, input.ResourceARN, (tags) => tags).tags),
      }),
    ),

    TagResource: operation<sd.TagResourceRequest, object>()(
      ["ResourceARN", "Tags"],
      (context, input) => {
        changeTags(context, input.ResourceARN, (tags) =>
          addTags(cloudMapTagRules, "TagResource", tags, tagMap(input.Tags)),
        );
        return {};
      },
    ),

    UntagResource: operation<sd.UntagResourceRequest, object>()(
      ["ResourceARN", "TagKeys"],
      (context, input) => {
        changeTags(context, input.ResourceARN, (tags) => without(tags, input.TagKeys));
        return {};
      },
    ),
  },
};
