import type * as route53 from "@aws-sdk/client-route-53";
import { recordValueProblem } from "../../../aws/index.ts";
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

/**
 * Validates a record, and returns it with a normalized name and sorted members.
 *
 * Sources: Amazon Route 53 API Reference, ResourceRecordSet; of the text for an alias, barnybug/cli53#213; of the text for missing
 * members, ministryofjustice/modernisation-platform#10072.
 *
 * @throws AwsError InvalidChangeBatch or InvalidInput
 */
export function validateRecord(
  { id: zoneId, name: zoneName }: Pick<HostedZone, "id" | "name">,
  { Action: action, ResourceRecordSet: input }: route53.Change,
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
  const change = `Change with [Action=${action}, Name=${record.Name}, Type=${record.Type}, SetIdentifier=${record.SetIdentifier ?? "null"}]`;
  const hasValues = values.length > 0 && record.TTL !== undefined;
  if (isAlias ? values.length > 0 || record.TTL !== undefined : !hasValues)
    throw new AwsError(
      "InvalidInput",
      `Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found ${isAlias ? "more than one" : "none"} in ${change}`,
    );
  if (ROUTING.some((member) => record[member] !== undefined) && !record.SetIdentifier)
    throw new AwsError(
      "InvalidInput",
      `Invalid request: Missing field 'SetIdentifier' in ${change}`,
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
