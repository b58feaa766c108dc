import { isIPv4, isIPv6 } from "node:net";
import type * as route53 from "@aws-sdk/client-route-53";
import { AwsError } from "../../protocol/errors.ts";
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

const VALUE_VALIDATORS: Readonly<Record<string, (value: string) => boolean>> = {
  A: isIPv4,
  AAAA: isIPv6,
  CNAME: (value) => /^[A-Za-z0-9._*-]+$/.test(value),
  TXT: (value) => /^(\s*"[^"]{0,255}")+$/.test(value),
};

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

/**
 * Validates a record, and returns it with a normalized name and sorted members.
 *
 * Sources: Amazon Route 53 API Reference, ResourceRecordSet; of the text for an alias, barnybug/cli53#213.
 *
 * @throws AwsError InvalidChangeBatch
 */
export function validateRecord(
  { id: zoneId, name: zoneName }: Pick<HostedZone, "id" | "name">,
  input: route53.ResourceRecordSet | undefined,
): route53.ResourceRecordSet {
  const record = { ...input, Name: normalizeName(input?.Name ?? ""), Type: input?.Type };
  const invalidChangeBatch = (reason: string): AwsError =>
    new AwsError("InvalidChangeBatch", `[${reason}]`);
  if (record.Name !== zoneName && !record.Name.endsWith(`.${zoneName}`))
    throw invalidChangeBatch(
      `RRSet with DNS name ${record.Name} is not permitted in zone ${zoneName}`,
    );
  const values = (record.ResourceRecords ?? []).map((resourceRecord) => resourceRecord.Value ?? "");
  const isAlias = record.AliasTarget !== undefined;
  if (isAlias === values.length > 0)
    throw invalidChangeBatch(
      `Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found ${isAlias ? "more than one" : "none"} in Change with [Name=${record.Name}, Type=${record.Type}]`,
    );
  if (!isAlias && record.TTL === undefined)
    throw invalidChangeBatch(
      `Invalid request: Missing field 'TTL' in Change with [Name=${record.Name}, Type=${record.Type}]`,
    );
  if (ROUTING.some((member) => record[member] !== undefined) && !record.SetIdentifier)
    throw invalidChangeBatch(
      `Invalid request: Missing field 'SetIdentifier' in Change with [Name=${record.Name}, Type=${record.Type}]`,
    );
  const target = normalizeName(record.AliasTarget?.DNSName ?? "");
  if (
    record.AliasTarget?.HostedZoneId === zoneId &&
    target !== zoneName &&
    !target.endsWith(`.${zoneName}`)
  )
    throw invalidChangeBatch(
      `Tried to create an alias that targets ${target}, type ${record.Type} in zone ${zoneId}, but the alias target name does not lie within the target zone`,
    );
  const isValidValue = VALUE_VALIDATORS[record.Type ?? ""];
  const invalid = isValidValue ? values.find((value) => !isValidValue(value)) : undefined;
  if (invalid !== undefined)
    throw invalidChangeBatch(
      `Invalid Resource Record: '${invalid}' is not a valid ${record.Type} value`,
    );
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
