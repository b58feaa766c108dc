import type * as route53 from "@aws-sdk/client-route-53";
import { recordValueProblem } from "../../../aws/index.ts";
import { AwsError } from "../../protocol/errors.ts";
import { hostedZoneOf, regionOfLoadBalancer } from "../elasticloadbalancing/hosted-zones.ts";
import type { HostedZone } from "./tables.ts";

/** A name in lower case, with the trailing dot and with characters for octal codes. Source: Amazon Route 53 Developer Guide, "DNS domain name format". */
export function normalizeName(name: string): string {
  const absoluteName = name.endsWith(".") || name === "" ? name : `${name}.`;
  return absoluteName
    .replaceAll(/\\([0-7]{3})/g, (code, digits: string) => {
      const character = String.fromCodePoint(Number.parseInt(digits, 8));
      // A dot or backslash inside a label stays an octal code.
      return character === "." || character === "\\" ? code : character;
    })
    .toLowerCase();
}

/** A name as Route 53 returns it: with octal codes for all characters other than letters, digits, hyphens, underscores and dots. */
export const escapeName = (name: string): string =>
  name.replaceAll(
    /[^a-z0-9_.\\-]/g,
    (character) => `\\${(character.codePointAt(0) ?? 0).toString(8).padStart(3, "0")}`,
  );

/** Whether two records are the same: records with equal names and types differ in the identifier of their routing policy. */
export const isSameRecord = (a: route53.ResourceRecordSet, b: route53.ResourceRecordSet): boolean =>
  a.Name === b.Name && a.Type === b.Type && a.SetIdentifier === b.SetIdentifier;

/** Why a value is invalid for a type of record; undefined if it is valid. */
function invalidValue(type: string, value: string): string | undefined {
  const found = recordValueProblem(type, value);
  if (found === undefined) return undefined;
  return found.problem === undefined
    ? `Invalid Resource Record: '${value}' is not a valid ${type} value`
    : `Invalid Resource Record: 'FATAL problem: ${found.problem} encountered with '${value}''`;
}

/** Members of routing policies, whose records have an identifier. Source: as for validateRecord. */
const ROUTING = [
  "CidrRoutingConfig",
  "Failover",
  "GeoLocation",
  "GeoProximityLocation",
  "MultiValueAnswer",
  "Region",
  "Weight",
] as const;

/** The routing policies of a record. */
export const routingOf = (record: route53.ResourceRecordSet): readonly (typeof ROUTING)[number][] =>
  ROUTING.filter((member) => record[member] !== undefined);

const invalidInput = (message: string): AwsError =>
  new AwsError("InvalidInput", `Invalid request: ${message}`);

/** Sources: as for validateRecord; of the text for none, hashicorp/terraform-provider-aws#1668. */
function checkRouting(record: route53.ResourceRecordSet, change: string): void {
  const policies = routingOf(record);
  if (policies.length > 0 && !record.SetIdentifier)
    throw invalidInput(`Missing field 'SetIdentifier' in ${change}`);
  if (policies.length > 1 || (policies.length === 0 && record.SetIdentifier !== undefined))
    throw invalidInput(
      `Expected exactly one of [Weight, Region, Failover, GeoLocation, or MultiValueAnswer], but found ${policies.length > 1 ? "more than one" : "none"} in ${change}`,
    );
}

/** The hosted zone of CloudFront distributions. Source: Amazon Route 53 API Reference, AliasTarget. */
const CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2";

/** The hosted zone of an alias target that is a resource of AWS; undefined for other names. */
function zoneOfTarget(target: string): string | undefined {
  const region = regionOfLoadBalancer(target);
  if (region !== undefined) return hostedZoneOf(region);
  return target.endsWith(".cloudfront.net.") ? CLOUDFRONT_ZONE : undefined;
}

/** Sources: Amazon Route 53 API Reference, AliasTarget; of the text, barnybug/cli53#213 and harmony-one/harmony-ops#491. */
function checkAlias(
  { id: zoneId, name: zoneName }: Pick<HostedZone, "id" | "name">,
  { AliasTarget: alias, Type: type }: route53.ResourceRecordSet,
  change: string,
): void {
  if (alias === undefined) return;
  // No public source of the text is known.
  if (type === "NS" || type === "SOA")
    throw invalidInput(`An alias cannot have the type ${type} in ${change}`);
  const target = normalizeName(alias.DNSName ?? "");
  const isOutside =
    alias.HostedZoneId === zoneId
      ? target !== zoneName && !target.endsWith(`.${zoneName}`)
      : (zoneOfTarget(target) ?? alias.HostedZoneId) !== alias.HostedZoneId;
  if (isOutside)
    throw new AwsError(
      "InvalidChangeBatch",
      `[Tried to create an alias that targets ${target}, type ${type} in zone ${alias.HostedZoneId}, but the alias target name does not lie within the target zone]`,
    );
}

/**
 * Validates a record, and returns it with a normalized name and sorted members.
 *
 * Sources: Amazon Route 53 API Reference, ResourceRecordSet; of the text for missing members,
 * ministryofjustice/modernisation-platform#10072.
 *
 * @throws AwsError InvalidChangeBatch or InvalidInput
 */
export function validateRecord(
  zone: Pick<HostedZone, "id" | "name">,
  { Action: action, ResourceRecordSet: input }: route53.Change,
): route53.ResourceRecordSet {
  const { name: zoneName } = zone;
  const record = { ...input, Name: normalizeName(input?.Name ?? ""), Type: input?.Type };
  const invalidChangeBatch = (reason: string): AwsError =>
    new AwsError("InvalidChangeBatch", `[${reason}]`);
  if (record.Name !== zoneName && !record.Name.endsWith(`.${zoneName}`))
    throw invalidChangeBatch(
      `RRSet with DNS name ${record.Name} is not permitted in zone ${zoneName}`,
    );
  const values = (record.ResourceRecords ?? []).map((resourceRecord) => resourceRecord.Value ?? "");
  const isAlias = record.AliasTarget !== undefined;
  const change = `Change with [Action=${action}, Name=${record.Name}, Type=${record.Type}, SetIdentifier=${record.SetIdentifier ?? "null"}]`;
  const hasValues = values.length > 0 && record.TTL !== undefined;
  if (isAlias ? values.length > 0 || record.TTL !== undefined : !hasValues)
    throw invalidInput(
      `Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found ${isAlias ? "more than one" : "none"} in ${change}`,
    );
  checkRouting(record, change);
  checkAlias(zone, record, change);
  const repeated = values.find((value, index) => values.indexOf(value) !== index);
  // Source: kubernetes-sigs/external-dns#1929.
  if (repeated !== undefined) throw invalidChangeBatch(`Duplicate Resource Record: '${repeated}'`);
  // No public source of the text is known. Source of the rule: Amazon Route 53 API Reference, ResourceRecord.
  if (record.Type === "CNAME" && values.length > 1)
    throw invalidChangeBatch(`A CNAME record can have only one value in ${change}`);
  for (const value of values) {
    const reason = invalidValue(record.Type ?? "", value);
    if (reason !== undefined) throw invalidChangeBatch(reason);
  }
  if (record.Type === "CNAME" && record.Name === zoneName)
    throw invalidChangeBatch(
      `RRSet of type CNAME with DNS name ${record.Name} is not permitted at apex in zone ${zoneName}`,
    );
  // A DELETE must repeat the record. The fixed order of members makes the comparison of the JSON texts possible.
  return Object.fromEntries(
    Object.entries(record)
      .filter(([, value]) => value !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  ) as unknown as route53.ResourceRecordSet; // the same members
}
