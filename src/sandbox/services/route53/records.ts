import { isIPv4, isIPv6 } from "node:net";
import type * as route53 from "@aws-sdk/client-route-53";
import { AwsError } from "../../protocol/errors.ts";

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

/**
 * Validates a record, and returns it with a normalized name and sorted members.
 *
 * Source: Amazon Route 53 API Reference, ResourceRecordSet.
 *
 * @throws AwsError InvalidChangeBatch
 */
export function validateRecord(
  zoneName: string,
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
