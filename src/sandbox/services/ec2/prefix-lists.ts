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

/** An AWS-managed prefix list. The CIDR blocks are examples, because AWS changes its own. */
export interface AwsPrefixList {
  readonly id: string;
  readonly name: string;
  readonly family: "IPv4" | "IPv6";
  /** The number of rules or routes that it counts as. */
  readonly weight: number;
  /** Empty if the sandbox does not know any. */
  readonly cidrs: readonly string[];
}

/** Weights and blocks by the end of the name, which follows the region. */
const REGIONAL: readonly (readonly [string, number, readonly string[]])[] = [
  ["ec2-instance-connect", 2, ["18.206.107.24/29"]],
  ["ipv6.ec2-instance-connect", 2, []],
  ["route53-healthchecks", 25, ["15.177.0.0/18"]],
  ["ipv6.route53-healthchecks", 25, []],
  ["s3express", 6, []],
  ["vpc-lattice", 10, ["169.254.171.0/24"]],
  ["ipv6.vpc-lattice", 10, []],
];
const GLOBAL: readonly (readonly [string, number, readonly string[]])[] = [
  ["cloudfront.origin-facing", 55, ["130.176.0.0/17", "64.252.64.0/18"]],
  ["ipv6.cloudfront.origin-facing", 55, []],
  ["groundstation", 5, []],
];

/** IDs of AWS in us-east-1. The sandbox generates the others. */
const KNOWN_IDS: Readonly<Record<string, string>> = {
  "com.amazonaws.us-east-1.s3": "pl-63a5400a",
  "com.amazonaws.us-east-1.dynamodb": "pl-02cd2c6b",
};

const awsList = (
  region: string,
  name: string,
  weight: number,
  cidrs: readonly string[],
): AwsPrefixList => ({
  id:
    KNOWN_IDS[name] ??
    `pl-${createHash("sha256").update(`${region}/${name}`).digest("hex").slice(0, 8)}`,
  name,
  family: name.includes(".ipv6.") ? "IPv6" : "IPv4",
  weight,
  cidrs,
});

/** The prefix lists of the services with gateway endpoints. */
export const gatewayPrefixLists = (region: string): readonly AwsPrefixList[] => [
  awsList(region, `com.amazonaws.${region}.s3`, 1, [
    "52.216.0.0/15",
    "54.231.0.0/16",
    "3.5.0.0/19",
  ]),
  awsList(region, `com.amazonaws.${region}.dynamodb`, 1, ["52.94.0.0/22", "52.119.224.0/20"]),
];

/** All AWS-managed prefix lists. Source: Amazon VPC User Guide, "AWS-managed prefix lists". */
export const awsPrefixLists = (region: string): readonly AwsPrefixList[] => [
  ...gatewayPrefixLists(region),
  ...REGIONAL.map(([name, weight, cidrs]) =>
    awsList(region, `com.amazonaws.${region}.${name}`, weight, cidrs),
  ),
  ...GLOBAL.map(([name, weight, cidrs]) =>
    awsList(region, `com.amazonaws.global.${name}`, weight, cidrs),
  ),
];

/**
 * The number of rules or routes that a prefix list counts as: the maximum number of its entries, or the weight of an AWS-managed
 * list.
 *
 * Source: Amazon VPC User Guide, "Consolidate and manage network CIDR blocks with managed prefix lists" and "AWS-managed prefix
 * lists", weight.
 */
export function prefixListWeight(
  context: Context,
  id: string,
): { readonly family: "IPv4" | "IPv6"; readonly weight: number } {
  const list = context.in(managedPrefixLists).get(id);
  if (list) return { family: list.family, weight: list.maxEntries };
  const { family = "IPv4", weight = 1 } =
    awsPrefixLists(context.region).find((awsPrefixList) => awsPrefixList.id === id) ?? {};
  return { family, weight };
}

const describe = (context: Context, row: ManagedPrefixList): ec2.ManagedPrefixList => ({
  PrefixListId: row.id,
  PrefixListName: row.name,
  PrefixListArn: context.arn("ec2", `prefix-list/${row.id}`),
  AddressFamily: row.family,
  MaxEntries: row.maxEntries,
  Version: row.version,
  State: row.state ?? (row.version === 1 ? "create-complete" : "modify-complete"),
  StateMessage: row.stateMessage,
  OwnerId: context.account,
  Tags: tagsOf(context, row.id),
});

const describeAwsPrefixList = (context: Context, row: AwsPrefixList): ec2.ManagedPrefixList => ({
  PrefixListId: row.id,
  PrefixListName: row.name,
  PrefixListArn: `arn:${context.partition}:ec2:${context.region}:aws:prefix-list/${row.id}`,
  AddressFamily: row.family,
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

const LIMIT = 1000;

const exceeded = (): AwsError =>
  new AwsError(
    "PrefixListMaxEntriesExceeded",
    "You've reached the maximum number of entries for the prefix list.",
  );

/**
 * Checks the name and the maximum number of entries.
 *
 * Source: Amazon EC2 API Reference, CreateManagedPrefixList; of the maximum, Amazon VPC User Guide, "Amazon VPC quotas". No
 * public source of the texts is known.
 */
function checkSettings(name: string | undefined, maxEntries: number | undefined): void {
  if (name !== undefined && (name.startsWith("com.amazonaws") || name.length > 255))
    throw invalidValue(
      `Value (${name}) for parameter PrefixListName is invalid. It can have 255 characters and cannot start with com.amazonaws.`,
    );
  if (maxEntries !== undefined && (maxEntries < 1 || maxEntries > LIMIT))
    throw invalidValue(
      `Value (${maxEntries}) for parameter MaxEntries is invalid. It must be from 1 to ${LIMIT}.`,
    );
}

/** The security groups and route tables that refer to a prefix list. */
const referencesTo = (context: Context, id: string): readonly string[] => [
  ...new Set(
    context
      .in(securityGroupRules)
      .filter(({ peer }) => "prefixListId" in peer && peer.prefixListId === id)
      .map(({ groupId }) => groupId),
  ),
  ...context
    .in(routeTables)
    .filter(({ routes }) => routes.some(({ prefixListId }) => prefixListId === id))
    .map((table) => table.id),
];

/**
 * Changes the maximum number of entries. AWS accepts the request, and the change fails if a security group or a route table
 * would exceed its quota.
 *
 * Source: Amazon EC2 API Reference, ModifyManagedPrefixList: MaxEntries. No public source of the text is known.
 */
function resized(
  context: Context,
  row: ManagedPrefixList,
  maxEntries: number,
  isWithinQuota: QuotaCheck,
): ManagedPrefixList {
  context.in(managedPrefixLists).put(row.id, { ...row, maxEntries });
  const tooSmall = referencesTo(context, row.id).filter((id) => !isWithinQuota(context, id));
  return tooSmall.length === 0
    ? { ...row, maxEntries, state: "modify-complete" }
    : {
        ...row,
        state: "modify-failed",
        stateMessage: `The resources ${tooSmall.slice(0, 10).join(", ")} do not support ${maxEntries} entries.`,
      };
}

/** Whether the rules of a security group or the routes of a route table are within the quota. */
export type QuotaCheck = (context: Context, id: string) => boolean;

export const prefixListOperations = (isWithinQuota: QuotaCheck): Operations => ({
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
      if (input.AddressFamily !== "IPv4") {
        throw notImplemented("IPv6 prefix lists");
      }
      checkSettings(input.PrefixListName, input.MaxEntries);
      const entries = entriesOf(input.Entries);
      if (entries.length > input.MaxEntries) throw exceeded();
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
    [
      "PrefixListId",
      "CurrentVersion",
      "PrefixListName",
      "AddEntries",
      "RemoveEntries",
      "MaxEntries",
    ],
    (context, input) => {
      checkSettings(input.PrefixListName, input.MaxEntries);
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
      // Source: as for resized. No public source of the text is known.
      if (input.MaxEntries !== undefined && !isUnchanged)
        throw new AwsError(
          "InvalidParameterCombination",
          "The entries and the maximum number of entries cannot be changed in the same request.",
        );
      const { state: _state, stateMessage: _message, ...settled } = row;
      const changed: ManagedPrefixList = {
        ...settled,
        name: input.PrefixListName ?? row.name,
        entries: [...unchangedEntries, ...added],
        version: isUnchanged ? row.version : row.version + 1,
      };
      const { MaxEntries: maxEntries = row.maxEntries } = input;
      if (changed.entries.length > maxEntries) throw exceeded();
      const stored =
        input.MaxEntries === undefined
          ? changed
          : resized(context, changed, maxEntries, isWithinQuota);
      context.in(managedPrefixLists).put(row.id, stored);
      return { PrefixList: describe(context, stored) };
    },
  ),

  DeleteManagedPrefixList: operation<
    ec2.DeleteManagedPrefixListRequest,
    ec2.DeleteManagedPrefixListResult
  >()(["PrefixListId"], (context, input) => {
    const row = requireResource(context, managedPrefixLists, "pl", input.PrefixListId);
    const users = referencesTo(context, row.id);
    // AWS accepts the request, and the deletion fails. Source: Amazon EC2 API Reference, ManagedPrefixList: State. No public
    // source of the text is known.
    if (users.length > 0) {
      context.in(managedPrefixLists).put(row.id, {
        ...row,
        state: "delete-failed",
        stateMessage: `The prefix list is in use by ${users.slice(0, 10).join(", ")}.`,
      });
      return { PrefixList: { ...describe(context, row), State: "delete-in-progress" } };
    }
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
    const { version } = context.in(managedPrefixLists).get(input.PrefixListId) ?? {};
    if ((input.TargetVersion ?? version) !== version)
      throw notImplemented("the entries of an earlier version of a prefix list");
    if (awsList?.cidrs.length === 0) throw notImplemented(`the entries of ${awsList.name}`);
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
});
