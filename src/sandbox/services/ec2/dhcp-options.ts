import type * as ec2 from "@aws-sdk/client-ec2";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { type DhcpOptions, dhcpOptions, vpcs } from "./tables.ts";
import {
  dependencyViolation,
  invalidValue,
  listed,
  need,
  needAll,
  tagNew,
  tags,
  tagsOf,
} from "./shared.ts";

/** Source: Amazon VPC User Guide, "DHCP option sets in Amazon VPC". */
const OPTIONS: ReadonlySet<string> = new Set([
  "domain-name-servers",
  "domain-name",
  "ntp-servers",
  "netbios-name-servers",
  "netbios-node-type",
  "ipv6-address-preferred-lease-time",
]);

const MOST_SERVERS = 4;

/** The set that every VPC starts with: AWS's own resolver. */
export const defaultDhcpOptions = (context: Context): string =>
  `dopt-0${context.account.padEnd(16, "0")}`;

const describe = (context: Context, row: DhcpOptions): ec2.DhcpOptions => ({
  DhcpOptionsId: row.id,
  OwnerId: context.account,
  DhcpConfigurations: Object.entries(row.configuration).map(([Key, values]) => ({
    Key,
    Values: values.map((Value) => ({ Value })),
  })),
  Tags: tagsOf(context, row.id),
});

/** The sets of the account, with the one it starts with. */
function allOf(context: Context): DhcpOptions[] {
  const own = context.in(dhcpOptions).all();
  const first: DhcpOptions = {
    id: defaultDhcpOptions(context),
    configuration: {
      "domain-name": [
        context.region === "us-east-1" ? "ec2.internal" : `${context.region}.compute.internal`,
      ],
      "domain-name-servers": ["AmazonProvidedDNS"],
    },
  };
  return [first, ...own];
}

export const dhcpOptionsOperations: Operations = {
  CreateDhcpOptions: operation<ec2.CreateDhcpOptionsRequest, ec2.CreateDhcpOptionsResult>()(
    ["DhcpConfigurations", "TagSpecifications"],
    (context, input) => {
      const configuration = Object.fromEntries(
        input.DhcpConfigurations.map(({ Key = "", Values = [] }) => {
          if (!OPTIONS.has(Key)) throw invalidValue(`Value (${Key}) for parameter key is invalid.`);
          if (Key.endsWith("servers") && Values.length > MOST_SERVERS)
            throw invalidValue(`At most ${MOST_SERVERS} addresses can be given for ${Key}.`);
          return [Key, Values] as const;
        }),
      );
      const row = { id: context.id("dopt"), configuration };
      context.in(dhcpOptions).put(row.id, row);
      tagNew(context, row.id, "dhcp-options", input.TagSpecifications);
      return { DhcpOptions: describe(context, row) };
    },
  ),

  DescribeDhcpOptions: operation<ec2.DescribeDhcpOptionsRequest, ec2.DescribeDhcpOptionsResult>()(
    ["DhcpOptionsIds", "Filters", "MaxResults", "NextToken"],
    (context, input) => {
      const optionSets = allOf(context);
      const rows =
        input.DhcpOptionsIds?.map(
          (id) => optionSets.find((row) => row.id === id) ?? need(context, dhcpOptions, "dopt", id),
        ) ?? optionSets;
      const { items, next } = listed(context, rows, input, {
        "dhcp-options-id": (row) => row.id,
        key: (row) => Object.keys(row.configuration),
        value: (row) => Object.values(row.configuration).flat(),
        "owner-id": () => context.account,
      });
      return { DhcpOptions: items.map((row) => describe(context, row)), NextToken: next };
    },
  ),

  AssociateDhcpOptions: operation<ec2.AssociateDhcpOptionsRequest, object>()(
    ["DhcpOptionsId", "VpcId"],
    (context, input) => {
      const { dhcpOptionsId: _, ...vpc } = need(context, vpcs, "vpc", input.VpcId);
      // "default" and the first set mean AWS's own resolver again. Source: Amazon EC2 API Reference, AssociateDhcpOptions.
      const isFirst = ["default", defaultDhcpOptions(context)].includes(input.DhcpOptionsId);
      const id = isFirst ? undefined : need(context, dhcpOptions, "dopt", input.DhcpOptionsId).id;
      context.in(vpcs).put(vpc.id, { ...vpc, ...(id === undefined ? {} : { dhcpOptionsId: id }) });
      return {};
    },
  ),

  DeleteDhcpOptions: operation<ec2.DeleteDhcpOptionsRequest, object>()(
    ["DhcpOptionsId"],
    (context, input) => {
      const [row] = needAll(context, dhcpOptions, "dopt", [input.DhcpOptionsId]);
      if (context.in(vpcs).find((vpc) => vpc.dhcpOptionsId === row?.id)) {
        throw dependencyViolation(
          `The dhcpOptions '${input.DhcpOptionsId}' has dependencies and cannot be deleted.`,
        );
      }
      context.in(dhcpOptions).delete(input.DhcpOptionsId);
      context.in(tags).delete(input.DhcpOptionsId);
      return {};
    },
  ),
};
