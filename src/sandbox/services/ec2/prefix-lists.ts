import { createHash } from "node:crypto";
import type * as ec2 from "@aws-sdk/client-ec2";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import {
  type ManagedPrefixList,
  managedPrefixLists,
  routeTables,
  securityGroupRules,
} from "./tables.ts";
import {
  parseCidrBlock,
  applyFilters,
  invalidValue,
  requireResource,
  tagCreatedResource,
  tags,
  tagsOf,
} from "./shared.ts";

/** An AWS-managed prefix list of a service with a gateway endpoint. The CIDR blocks are examples, because AWS changes its own. */
export interface AwsPrefixList {
  readonly id: string;
  readonly name: string;
  readonly cidrs: readonly string[];
}

/** The IDs of us-east-1 are those of AWS. The sandbox generates the IDs of other regions. Source: Amazon VPC User Guide, "AWS-managed prefix lists". */
export function awsPrefixLists(region: string): readonly AwsPrefixList[] {
  const idOf = (usEast1Id: string, service: string): string =>
    region === "us-east-1"
      ? usEast1Id
      : `pl-${createHash("sha256").update(`${region}/${service}`).digest("hex").slice(0, 8)}`;
  return [
    {
      id: idOf("pl-63a5400a", "s3"),
      name: `com.amazonaws.${region}.s3`,
      cidrs: ["52.216.0.0/15", "54.231.0.0/16", "3.5.0.0/19"],
    },
    {
      id: idOf("pl-02cd2c6b", "dynamodb"),
      name: `com.amazonaws.${region}.dynamodb`,
      cidrs: ["52.94.0.0/22", "52.119.224.0/20"],
    },
  ];
}

/**
 * The number of rules or routes that a prefix list counts as: the maximum number of its entries, or 1 for the lists of Amazon S3
 * and DynamoDB.
 *
 * Source: Amazon VPC User Guide, "Consolidate and manage network CIDR blocks with managed prefix lists" and "AWS-managed prefix
 * lists", weight.
 */
export const prefixListWeight = (context: Context, id: string): number =>
  context.in(managedPrefixLists).get(id)?.maxEntries ?? 1;

const describe = (context: Context, row: ManagedPrefixList): ec2.ManagedPrefixList => ({
  PrefixListId: row.id,
  PrefixListName: row.name,
  PrefixListArn: context.arn("ec2", `prefix-list/${row.id}`),
  AddressFamily: row.family,
  MaxEntries: row.maxEntries,
  Version: row.version,
  State: row.version === 1 ? "create-complete" : "modify-complete",
  OwnerId: context.account,
  Tags: tagsOf(context, row.id),
});

const describeAwsPrefixList = (context: Context, row: AwsPrefixList): ec2.ManagedPrefixList => ({
  PrefixListId: row.id,
  PrefixListName: row.name,
  PrefixListArn: `arn:${context.partition}:ec2:${context.region}:aws:prefix-list/${row.id}`,
  AddressFamily: "IPv4",
  State: "create-complete",
  OwnerId: "AWS",
  Tags: [],
});

const entriesOf = (
  added: readonly ec2.AddPrefixListEntry[] | undefined,
): ManagedPrefixList["entries"] =>
  (added ?? []).map(({ Cidr = "", Description }) => {
    const { text: cidr } = parseCidrBlock(Cidr, "Cidr");
    return { cidr, ...(Description === undefined ? {} : { description: Description }) };
  });

export const prefixListOperations: Operations = {
  DescribePrefixLists: operation<ec2.DescribePrefixListsRequest, ec2.DescribePrefixListsResult>()(
    ["PrefixListIds", "Filters", "MaxResults", "NextToken"],
    (context, input) => {
      const lists = awsPrefixLists(context.region);
      const invalid = input.PrefixListIds?.find(
        (id) => !lists.some((awsPrefixList) => awsPrefixList.id === id),
      );
      if (invalid !== undefined) {
        throw new AwsError(
          "InvalidPrefixListId.NotFound",
          `The prefix list ID '${invalid}' does not exist`,
        );
      }
      const rows = applyFilters(
        context,
        lists.filter((awsPrefixList) => input.PrefixListIds?.includes(awsPrefixList.id) ?? true),
        input.Filters,
        {
          "prefix-list-id": (awsPrefixList) => awsPrefixList.id,
          "prefix-list-name": (awsPrefixList) => awsPrefixList.name,
        },
        (awsPrefixList) => awsPrefixList.id,
      );
      const { items, next } = page(rows, input.MaxResults, input.NextToken);
      return {
        PrefixLists: items.map((item) => ({
          PrefixListId: item.id,
          PrefixListName: item.name,
          Cidrs: [...item.cidrs],
        })),
        NextToken: next,
      };
    },
  ),

  CreateManagedPrefixList: operation<
    ec2.CreateManagedPrefixListRequest,
    ec2.CreateManagedPrefixListResult
  >()(
    ["PrefixListName", "AddressFamily", "MaxEntries", "Entries", "TagSpecifications"],
    (context, input) => {
      const entries = entriesOf(input.Entries);
      if (entries.length > input.MaxEntries) {
        throw new AwsError(
          "PrefixListMaxEntriesExceeded",
          "You've reached the maximum number of entries for the prefix list.",
        );
      }
      if (input.AddressFamily !== "IPv4") {
        throw notImplemented("IPv6 prefix lists");
      }
      const row: ManagedPrefixList = {
        id: context.id("pl"),
        name: input.PrefixListName,
        family: input.AddressFamily,
        maxEntries: input.MaxEntries,
        version: 1,
        entries,
      };
      context.in(managedPrefixLists).put(row.id, row);
      tagCreatedResource(context, row.id, "prefix-list", input.TagSpecifications);
      return { PrefixList: describe(context, row) };
    },
  ),

  ModifyManagedPrefixList: operation<
    ec2.ModifyManagedPrefixListRequest,
    ec2.ModifyManagedPrefixListResult
  >()(
    ["PrefixListId", "CurrentVersion", "PrefixListName", "AddEntries", "RemoveEntries"],
    (context, input) => {
      const row = requireResource(context, managedPrefixLists, "pl", input.PrefixListId);
      if (input.CurrentVersion !== undefined && input.CurrentVersion !== row.version) {
        throw new AwsError(
          "PrefixListVersionMismatch",
          "The prefix list has the incorrect version number.",
        );
      }
      const removed = (input.RemoveEntries ?? []).map((removeEntry) => removeEntry.Cidr);
      const added = entriesOf(input.AddEntries);
      const unchangedEntries = row.entries.filter(
        (entry) => !removed.includes(entry.cidr) && !added.some((add) => add.cidr === entry.cidr),
      );
      const isUnchanged = removed.length === 0 && added.length === 0;
      const changed = {
        ...row,
        name: input.PrefixListName ?? row.name,
        entries: [...unchangedEntries, ...added],
        version: isUnchanged ? row.version : row.version + 1,
      };
      if (changed.entries.length > row.maxEntries) {
        throw new AwsError(
          "PrefixListMaxEntriesExceeded",
          "You've reached the maximum number of entries for the prefix list.",
        );
      }
      context.in(managedPrefixLists).put(row.id, changed);
      return { PrefixList: describe(context, changed) };
    },
  ),

  DeleteManagedPrefixList: operation<
    ec2.DeleteManagedPrefixListRequest,
    ec2.DeleteManagedPrefixListResult
  >()(["PrefixListId"], (context, input) => {
    const row = requireResource(context, managedPrefixLists, "pl", input.PrefixListId);
    const usage =
      context
        .in(securityGroupRules)
        .find((rule) => "prefixListId" in rule.peer && rule.peer.prefixListId === row.id) ??
      context
        .in(routeTables)
        .find((routeTable) => routeTable.routes.some((route) => route.prefixListId === row.id));
    if (usage) throw invalidValue(`Prefix list ${row.id} is in use and cannot be deleted.`);
    context.in(managedPrefixLists).delete(row.id);
    context.in(tags).delete(row.id);
    return { PrefixList: { ...describe(context, row), State: "delete-complete" } };
  }),

  DescribeManagedPrefixLists: operation<
    ec2.DescribeManagedPrefixListsRequest,
    ec2.DescribeManagedPrefixListsResult
  >()(["PrefixListIds", "Filters", "MaxResults", "NextToken"], (context, input) => {
    const lists = [
      ...awsPrefixLists(context.region).map((awsPrefixList) =>
        describeAwsPrefixList(context, awsPrefixList),
      ),
      ...context
        .in(managedPrefixLists)
        .all()
        .map((managedPrefixList) => describe(context, managedPrefixList)),
    ];
    for (const id of input.PrefixListIds ?? []) {
      if (!lists.some((managedPrefixList) => managedPrefixList.PrefixListId === id))
        requireResource(context, managedPrefixLists, "pl", id);
    }
    const rows = applyFilters(
      context,
      lists.filter(
        (managedPrefixList) =>
          input.PrefixListIds?.includes(managedPrefixList.PrefixListId ?? "") ?? true,
      ),
      input.Filters,
      {
        "prefix-list-id": (managedPrefixList) => managedPrefixList.PrefixListId,
        "prefix-list-name": (managedPrefixList) => managedPrefixList.PrefixListName,
        "owner-id": (managedPrefixList) => managedPrefixList.OwnerId,
      },
      (managedPrefixList) => managedPrefixList.PrefixListId ?? "",
    );
    const { items, next } = page(rows, input.MaxResults, input.NextToken);
    return { PrefixLists: [...items], NextToken: next };
  }),

  GetManagedPrefixListEntries: operation<
    ec2.GetManagedPrefixListEntriesRequest,
    ec2.GetManagedPrefixListEntriesResult
  >()(["PrefixListId", "TargetVersion", "MaxResults", "NextToken"], (context, input) => {
    const awsList = awsPrefixLists(context.region).find(
      (awsPrefixList) => awsPrefixList.id === input.PrefixListId,
    );
    const entries = awsList
      ? awsList.cidrs.map((Cidr) => ({ Cidr }))
      : requireResource(context, managedPrefixLists, "pl", input.PrefixListId).entries.map(
          ({ cidr, description }) => ({
            Cidr: cidr,
            ...(description === undefined ? {} : { Description: description }),
          }),
        );
    const { items, next } = page(entries, input.MaxResults, input.NextToken);
    return { Entries: [...items], NextToken: next };
  }),
};
