import type { Context } from "../../core/operation.ts";
import { hostedZones } from "../route53/tables.ts";
import { certificates, validationRecord } from "./tables.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Days that an issued certificate is good for. Source: AWS Certificate Manager User Guide, "ACM certificate characteristics". */
const VALIDITY = 395;

/**
 * Issues certificates whose records stand in a public zone of the account.
 *
 * Source: AWS Certificate Manager User Guide, "DNS validation".
 */
export function settleCertificates(context: Context): void {
  const waiting = context
    .in(certificates)
    .filter((row) => row.status === "PENDING_VALIDATION" && row.validation === "DNS");
  if (waiting.length === 0) return;
  const records = context
    .in(hostedZones)
    .filter((zone) => !zone.isPrivate)
    .flatMap((zone) => zone.records);
  for (const row of waiting) {
    const isProved = row.names.every((name) => {
      const wanted = validationRecord(context, name);
      return records.some(
        (record) =>
          record.Type === "CNAME" &&
          record.Name === wanted.Name.toLowerCase() &&
          record.ResourceRecords?.[0]?.Value?.replace(/\.?$/, ".") === wanted.Value,
      );
    });
    if (!isProved) continue;
    context.in(certificates).put(row.arn, {
      ...row,
      status: "ISSUED",
      notBefore: context.now,
      notAfter: new Date(context.now.getTime() + VALIDITY * DAY_MS),
    });
  }
}
