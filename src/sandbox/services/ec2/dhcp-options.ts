import type * as ec2 from "@aws-sdk/client-ec2";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { type DhcpOptions, dhcpOptions, vpcs } from "./tables.ts";
import {
  dependencyViolation,
  invalidValue,
  filterAndPaginate,
  requireResource,
  requireResources,
  tagCreatedResource,
  tags,
  tagsOf,
} from "./shared.ts";

/** Source: Amazon VPC User Guide, "DHCP option sets in Amazon VPC". */
const OPTION_NAMES: ReadonlySet<string> = new Set([
  "domain-name-servers",
  "domain-name",
  "ntp-servers",
  "netbios-name-servers",
  "netbios-node-type",
  "ipv6-address-preferred-lease-time",
]);

const MAX_SERVERS = 4;

/** The ID of the default DHCP option set, with the Amazon DNS server. */
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

/** All DHCP option sets of the account, including the default set. */
function dhcpOptionSets(context: Context): DhcpOptions[] {
  const customSets = context.in(dhcpOptions).all();
  const defaultSet: DhcpOptions = {
    id: defaultDhcpOptions(context),
    configuration: {
      "domain-name": [
        context.region === "us-east-1" ? "ec2.internal" : `${context.region}.compute.internal`,
      ],
      "domain-name-servers": ["AmazonProvidedDNS"],
    },
  };
  return [defaultSet, ...customSets];
}

export const dhcpOptionsOperations: Operations = {
  CreateDhcpOptions: operation<ec2.CreateDhcpOptionsRequest, ec2.CreateDhcpOptionsResult>()(
    ["DhcpConfigurations", "TagSpecifications"],
    (context, input) => {
      const configuration = Object.fromEntries(
        input.DhcpConfigurations.map(({ Key = "", Values = [] }) => {
          if (!OPTION_NAMES.has(Key))
            throw invalidValue(`Value (${Key}) for parameter key is invalid.`);
          if (Key.endsWith("servers") && Values.length > MAX_SERVERS)
            throw invalidValue(`At most ${MAX_SERVERS} addresses can be given for ${Key}.`);
          return [Key, Values] as const;
        }),
      );
      const row = { id: context.id("dopt"), configuration };
      context.in(dhcpOptions).put(row.id, row);
      tagCreatedResource(context, row.id, "dhcp-options", input.TagSpecifications);
      return { DhcpOptions: describe(context, row) };
    },
  ),

  DescribeDhcpOptions: operation<ec2.DescribeDhcpOptionsRequest, ec2.DescribeDhcpOptionsResult>()(
    ["DhcpOptionsIds", "Filters", "MaxResults", "NextToken"],
    (context, input) => {
      const optionSets = dhcpOptionSets(context);
      const rows =
        input.DhcpOptionsIds?.map(
          (id) =>
            optionSets.find((row) => row.id === id) ??
            requireResource(context, dhcpOptions, "dopt", id),
        ) ?? optionSets;
      const { items, next } = filterAndPaginate(context, rows, input, {
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
      const { dhcpOptionsId: _, ...vpc } = requireResource(context, vpcs, "vpc", input.VpcId);
      // "default" and the ID of the default set both select the Amazon DNS server. Source: Amazon EC2 API Reference, AssociateDhcpOptions.
      const isDefault = ["default", defaultDhcpOptions(context)].includes(input.DhcpOptionsId);
      const id = isDefault
        ? undefined
        : requireResource(context, dhcpOptions, "dopt", input.DhcpOptionsId).id;
      context.in(vpcs).put(vpc.id, { ...vpc, ...(id === undefined ? {} : { dhcpOptionsId: id }) });
      return {};
    },
  ),

  DeleteDhcpOptions: operation<ec2.DeleteDhcpOptionsRequest, object>()(
    ["DhcpOptionsId"],
    (context, input) => {
      const [row] = requireResources(context, dhcpOptions, "dopt", [input.DhcpOptionsId]);
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
