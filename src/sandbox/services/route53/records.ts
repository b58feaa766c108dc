import { isIPv4, isIPv6 } from "node:net";
import type * as route53 from "@aws-sdk/client-route-53";
import { AwsError } from "../../protocol/errors.ts";

/** Names are kept in lower case, with their last dot, and with odd characters as octal codes. Source: Amazon Route 53 Developer Guide, "DNS domain name format". */
export function normalName(name: string): string {
  const dotted = name.endsWith(".") || name === "" ? name : `${name}.`;
  return dotted.toLowerCase().replaceAll("\\052", "*");
}

/** Records with one name and type are told apart by their routing policy's identifier. */
export const sameRecord = (a: route53.ResourceRecordSet, b: route53.ResourceRecordSet): boolean =>
  a.Name === b.Name && a.Type === b.Type && a.SetIdentifier === b.SetIdentifier;

const VALUES: Readonly<Record<string, (value: string) => boolean>> = {
  A: isIPv4,
  AAAA: isIPv6,
  CNAME: (value) => /^[A-Za-z0-9._*-]+$/.test(value),
  TXT: (value) => /^(\s*"[^"]{0,255}")+$/.test(value),
};

/** Source: Amazon Route 53 API Reference, ResourceRecordSet. */
export function checkedRecord(
  zoneName: string,
  given: route53.ResourceRecordSet | undefined,
): route53.ResourceRecordSet {
  const record = { ...given, Name: normalName(given?.Name ?? ""), Type: given?.Type };
  const refuse = (why: string): AwsError => new AwsError("InvalidChangeBatch", `[${why}]`);
  if (record.Name !== zoneName && !record.Name.endsWith(`.${zoneName}`))
    throw refuse(`RRSet with DNS name ${record.Name} is not permitted in zone ${zoneName}`);
  const values = (record.ResourceRecords ?? []).map((resourceRecord) => resourceRecord.Value ?? "");
  const isAlias = record.AliasTarget !== undefined;
  if (isAlias === values.length > 0)
    throw refuse(
      `Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found ${isAlias ? "more than one" : "none"} in Change with [Name=${record.Name}, Type=${record.Type}]`,
    );
  if (!isAlias && record.TTL === undefined)
    throw refuse(
      `Invalid request: Missing field 'TTL' in Change with [Name=${record.Name}, Type=${record.Type}]`,
    );
  const isGood = VALUES[record.Type ?? ""];
  const invalid = isGood ? values.find((value) => !isGood(value)) : undefined;
  if (invalid !== undefined)
    throw refuse(`Invalid Resource Record: '${invalid}' is not a valid ${record.Type} value`);
  if (record.Type === "CNAME" && record.Name === zoneName)
    throw refuse(
      `RRSet of type CNAME with DNS name ${record.Name} is not permitted at apex in zone ${zoneName}`,
    );
  // A delete must repeat a record: members stand in one order here.
  return Object.fromEntries(
    Object.entries(record)
      .filter(([, value]) => value !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  ) as unknown as route53.ResourceRecordSet; // the same members
}
