import type { Context } from "../../../core/operation.ts";
import { type HostedZone, hostedZones } from "../../route53/tables.ts";

/** A host name in lower case, without the trailing dot. */
export const plainName = (name: string): string => name.toLowerCase().replace(/\.$/, "");

const isBelow = (name: string, domain: string): boolean =>
  name === domain || name.endsWith(`.${domain}`);

/** The private hosted zones of a VPC whose domain contains a host. */
export function privateZonesFor(
  context: Context,
  vpc: { readonly id: string; readonly dnsHostnames: boolean },
  host: string,
): HostedZone[] {
  // Source: Amazon Route 53 Developer Guide, "Considerations when working with a private hosted zone".
  if (!vpc.dnsHostnames) return [];
  return context
    .in(hostedZones)
    .filter(
      (zone) =>
        zone.isPrivate &&
        zone.vpcs.some(({ id, region }) => id === vpc.id && region === context.region) &&
        isBelow(host, plainName(zone.name)),
    );
}

/** What a zone has for a name. */
export type ZoneAnswer =
  /** The name, or a wildcard that covers it, has an alias or a CNAME record. */
  | { readonly kind: "other-name"; readonly name: string }
  | { readonly kind: "address"; readonly address: string }
  /** Neither the name nor a wildcard that covers it has a record. */
  | { readonly kind: "no-such-host" }
  /** The name exists, but has no IPv4 address. */
  | { readonly kind: "no-address" };

/**
 * Looks up an IPv4 address in a zone. A wildcard covers names below its parent, unless a name between them exists.
 *
 * Sources: Amazon Route 53 Developer Guide, "Supported DNS record types" and "DNS domain name format"; RFC 4592.
 */
export function lookUp(zone: HostedZone, host: string): ZoneAnswer {
  const domain = plainName(zone.name);
  const names = new Set(zone.records.map((record) => plainName(record.Name ?? "")));
  const exists = (name: string): boolean =>
    [...names].some((recordName) => isBelow(recordName, name));
  let name = host;
  if (!exists(host)) {
    let encloser = parentOf(host);
    while (encloser !== domain && !exists(encloser)) encloser = parentOf(encloser);
    name = `*.${encloser}`;
    if (!names.has(name)) return { kind: "no-such-host" };
  }
  const records = zone.records.filter((record) => plainName(record.Name ?? "") === name);
  const address = records.find((record) => record.Type === "A");
  const alias = address?.AliasTarget?.DNSName;
  if (alias !== undefined) return { kind: "other-name", name: plainName(alias) };
  const value = address?.ResourceRecords?.[0]?.Value;
  if (value !== undefined) return { kind: "address", address: value };
  const target = records.find((record) => record.Type === "CNAME")?.ResourceRecords?.[0]?.Value;
  return target === undefined
    ? { kind: "no-address" }
    : { kind: "other-name", name: plainName(target) };
}

const parentOf = (name: string): string => name.slice(name.indexOf(".") + 1);
