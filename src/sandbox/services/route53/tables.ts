import type * as route53 from "@aws-sdk/client-route-53";
import type { Context } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/tables.ts";

export interface HostedZone {
  /** Without /hostedzone/. */
  readonly id: string;
  /** With the trailing dot. */
  readonly name: string;
  readonly reference: string;
  readonly comment?: string;
  readonly isPrivate: boolean;
  readonly vpcs: readonly { readonly id: string; readonly region: string }[];
  readonly nameServers: readonly string[];
  readonly records: readonly route53.ResourceRecordSet[];
  /** The AWS service that manages the zone; undefined for a zone of the customer. */
  readonly managedBy?: string;
  readonly tags: Readonly<Record<string, string>>;
}

export const hostedZones: TableKey<HostedZone> = table("route53/hosted-zone", { scope: "account" });

/** Names, without the trailing dot, of the alias and CNAME records in a zone that point to a host. */
export const recordNamesForHost = ({ records }: HostedZone, host: string): string[] =>
  records
    .filter((record) => {
      const targets = [
        record.AliasTarget?.DNSName,
        ...(record.Type === "CNAME" ? (record.ResourceRecords ?? []) : []).map(
          ({ Value }) => Value,
        ),
      ];
      // The target of an alias can have the prefix "dualstack.".
      return targets.some(
        (target) =>
          target
            ?.toLowerCase()
            .replace(/\.$/, "")
            .replace(/^dualstack\./, "") === host.toLowerCase(),
      );
    })
    .map(({ Name = "" }) => Name.toLowerCase().replace(/\.$/, ""));

/**
 * Why a VPC cannot be associated with a zone of a name; undefined if it can. A VPC has one zone of a name, and cannot be
 * associated twice with it.
 *
 * Source: Amazon Route 53 API Reference, ConflictingDomainExists; of the text, infrablocks/terraform-aws-base-networking#4.
 *
 * @param name the name of the zone, with the trailing dot
 */
export function nameConflict(
  context: Context,
  name: string,
  { id, region }: HostedZone["vpcs"][number],
): string | undefined {
  const other = context
    .in(hostedZones)
    .find((zone) => zone.name === name && zone.vpcs.some((vpc) => vpc.id === id));
  return other
    ? `The VPC that you chose, ${id} in region ${region}, is already associated with another private hosted zone that has an overlapping name space, ${name}.`
    : undefined;
}

/** TTL in seconds of the records that Route 53 creates. Source: Amazon Route 53 Developer Guide, "NS and SOA records that Amazon Route 53 creates for a public hosted zone". */
const NS_TTL = 172_800;
const SOA_TTL = 900;

/** A new zone with its NS and SOA records. */
export function newZone(
  context: Context,
  zone: Omit<HostedZone, "id" | "nameServers" | "records">,
): HostedZone {
  const number = Number.parseInt(context.hex(4), 16);
  const nameServers = zone.isPrivate
    ? [
        "ns-0.awsdns-00.com.",
        "ns-512.awsdns-00.net.",
        "ns-1024.awsdns-00.org.",
        "ns-1536.awsdns-00.co.uk.",
      ]
    : ["com", "net", "org", "co.uk"].map(
        (topLevelDomain, index) =>
          `ns-${index * 512 + (number % 512)}.awsdns-${String(number % 64).padStart(2, "0")}.${topLevelDomain}.`,
      );
  return {
    ...zone,
    id: `Z${context.hex(20).toUpperCase()}`,
    nameServers,
    records: [
      {
        Name: zone.name,
        Type: "NS",
        TTL: NS_TTL,
        ResourceRecords: nameServers.map((Value) => ({ Value })),
      },
      {
        Name: zone.name,
        Type: "SOA",
        TTL: SOA_TTL,
        ResourceRecords: [
          { Value: `${nameServers[0]} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400` },
        ],
      },
    ],
  };
}

export const putZone = (context: Context, zone: HostedZone): HostedZone =>
  context.in(hostedZones).put(zone.id, zone);
