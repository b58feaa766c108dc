import type { Context } from "../../core/operation.ts";
import { hostedZones } from "../route53/tables.ts";
import { certificates, validationRecord } from "./tables.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Days for which an issued certificate is valid. Source: AWS Certificate Manager User Guide, "ACM certificate characteristics". */
const VALIDITY_DAYS = 395;

/**
 * Issues the pending certificates whose validation records exist in a public hosted zone of the account.
 *
 * Source: AWS Certificate Manager User Guide, "DNS validation".
 */
export function settleCertificates(context: Context): void {
  const pendingCertificates = context
    .in(certificates)
    .filter(
      (certificate) =>
        certificate.status === "PENDING_VALIDATION" && certificate.validation === "DNS",
    );
  if (pendingCertificates.length === 0) return;
  const records = context
    .in(hostedZones)
    .filter((zone) => !zone.isPrivate)
    .flatMap((zone) => zone.records);
  for (const certificate of pendingCertificates) {
    const isValidated = certificate.names.every((name) => {
      const expectedRecord = validationRecord(context, name);
      return records.some(
        (record) =>
          record.Type === "CNAME" &&
          record.Name === expectedRecord.Name.toLowerCase() &&
          record.ResourceRecords?.[0]?.Value?.replace(/\.?$/, ".") === expectedRecord.Value,
      );
    });
    if (!isValidated) continue;
    context.in(certificates).put(certificate.arn, {
      ...certificate,
      status: "ISSUED",
      notBefore: context.now,
      notAfter: new Date(context.now.getTime() + VALIDITY_DAYS * DAY_MS),
    });
  }
}
