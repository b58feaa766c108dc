import type * as sd from "@aws-sdk/client-servicediscovery";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, page, type Service } from "../../service.ts";
import { table, type TableKey } from "../../store.ts";

export interface Namespace {
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  readonly description?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly created: Date;
}

interface Operation {
  readonly id: string;
  readonly type: sd.OperationType;
  readonly namespaceId: string;
  readonly at: Date;
}

export const namespaces: TableKey<Namespace> = table("servicediscovery/namespace");
export const namespaceOperations: TableKey<Operation> = table("servicediscovery/operation", {
  exists: () => false,
});

function need(context: Context, idOrArn: string): Namespace {
  const id = idOrArn.replace(/^.*:namespace\//, "");
  const row = context.in(namespaces).get(id);
  if (!row) throw new AwsError("NamespaceNotFound", `Namespace with Id '${id}' was not found.`);
  return row;
}

function needTaggable(context: Context, arn: string): Namespace {
  const row = context.in(namespaces).get(arn.replace(/^.*:namespace\//, ""));
  if (!row)
    throw new AwsError("ResourceNotFoundException", `Resource not found: ${arn}`, 400, {
      ResourceName: arn,
    });
  return row;
}

/** Cloud Map answers changes with an operation to ask about; here each is done at once. */
function done(
  context: Context,
  type: sd.OperationType,
  namespaceId: string,
): { OperationId: string } {
  const row = { id: context.hex(32), type, namespaceId, at: context.now };
  context.in(namespaceOperations).put(row.id, row);
  return { OperationId: row.id };
}

const describe = (row: Namespace): sd.Namespace => ({
  Id: row.id,
  Arn: row.arn,
  Name: row.name,
  Type: "HTTP",
  ServiceCount: 0,
  CreateDate: row.created,
  Properties: { HttpProperties: { HttpName: row.name } },
  ...(row.description === undefined ? {} : { Description: row.description }),
});

const tagMap = (list: readonly sd.Tag[] | undefined): Record<string, string> =>
  Object.fromEntries((list ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]));

export const service: Service = {
  name: "servicediscovery",
  operations: {
    CreateHttpNamespace: operation<sd.CreateHttpNamespaceRequest, sd.CreateHttpNamespaceResponse>()(
      ["Name", "Description", "Tags"],
      (context, input) => {
        const rival = context.in(namespaces).find((row) => row.name === input.Name);
        if (rival) {
          throw new AwsError(
            "NamespaceAlreadyExists",
            `Namespace with name '${input.Name}' already exists.`,
            400,
            {
              NamespaceId: rival.id,
            },
          );
        }
        const id = `ns-${context.hex(16)}`;
        context.in(namespaces).put(id, {
          id,
          arn: context.arn("servicediscovery", `namespace/${id}`),
          name: input.Name,
          tags: tagMap(input.Tags),
          created: context.now,
          ...(input.Description === undefined ? {} : { description: input.Description }),
        });
        return done(context, "CREATE_NAMESPACE", id);
      },
    ),

    GetNamespace: operation<sd.GetNamespaceRequest, sd.GetNamespaceResponse>()(
      ["Id"],
      (context, input) => ({
        Namespace: describe(need(context, input.Id)),
      }),
    ),

    ListNamespaces: operation<sd.ListNamespacesRequest, sd.ListNamespacesResponse>()(
      ["MaxResults", "NextToken", "Filters"],
      (context, input) => {
        let rows = context.in(namespaces).all();
        for (const { Name, Values = [], Condition = "EQ" } of input.Filters ?? []) {
          if (Condition !== "EQ" || (Name !== "NAME" && Name !== "TYPE")) {
            throw new AwsError(
              "NotImplemented",
              `Berth's sandbox does not implement the namespace filter ${Name} ${Condition}`,
              501,
            );
          }
          rows = rows.filter((row) => Values.includes(Name === "NAME" ? row.name : "HTTP"));
        }
        const { items, next } = page(rows, input.MaxResults ?? 100, input.NextToken);
        return {
          Namespaces: items.map(describe),
          ...(next === undefined ? {} : { NextToken: next }),
        };
      },
    ),

    UpdateHttpNamespace: operation<sd.UpdateHttpNamespaceRequest, sd.UpdateHttpNamespaceResponse>()(
      ["Id", "Namespace"],
      (context, input) => {
        const row = need(context, input.Id);
        context
          .in(namespaces)
          .put(row.id, { ...row, description: input.Namespace.Description ?? "" });
        return done(context, "UPDATE_NAMESPACE", row.id);
      },
    ),

    DeleteNamespace: operation<sd.DeleteNamespaceRequest, sd.DeleteNamespaceResponse>()(
      ["Id"],
      (context, input) => {
        const row = need(context, input.Id);
        context.in(namespaces).delete(row.id);
        return done(context, "DELETE_NAMESPACE", row.id);
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
            Status: "SUCCESS",
            CreateDate: row.at,
            UpdateDate: row.at,
            Targets: { NAMESPACE: row.namespaceId },
          },
        };
      },
    ),

    ListTagsForResource: operation<sd.ListTagsForResourceRequest, sd.ListTagsForResourceResponse>()(
      ["ResourceARN"],
      (context, input) => ({
        Tags: Object.entries(needTaggable(context, input.ResourceARN).tags).map(([Key, Value]) => ({
          Key,
          Value,
        })),
      }),
    ),

    TagResource: operation<sd.TagResourceRequest, object>()(
      ["ResourceARN", "Tags"],
      (context, input) => {
        const row = needTaggable(context, input.ResourceARN);
        context
          .in(namespaces)
          .put(row.id, { ...row, tags: { ...row.tags, ...tagMap(input.Tags) } });
        return {};
      },
    ),

    UntagResource: operation<sd.UntagResourceRequest, object>()(
      ["ResourceARN", "TagKeys"],
      (context, input) => {
        const row = needTaggable(context, input.ResourceARN);
        const left = Object.entries(row.tags).filter(([key]) => !input.TagKeys.includes(key));
        context.in(namespaces).put(row.id, { ...row, tags: Object.fromEntries(left) });
        return {};
      },
    ),
  },
};
