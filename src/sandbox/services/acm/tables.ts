import { createHash } from "node:crypto";
import type * as acm from "@aws-sdk/client-acm";
import type { Context } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/tables.ts";

export interface Certificate {
  readonly arn: string;
  readonly type: "IMPORTED" | "AMAZON_ISSUED";
  readonly status: "ISSUED" | "PENDING_VALIDATION";
  readonly domain: string;
  readonly names: readonly string[];
  readonly validation?: acm.ValidationMethod;
  /** Details of the request, or of the imported certificate. */
  readonly details: Pick<
    acm.CertificateDetail,
    "KeyAlgorithm" | "Issuer" | "Subject" | "Serial" | "Options"
  >;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly tags: Readonly<Record<string, string>>;
  readonly created: Date;
  /** ARNs of the listeners that use the certificate. */
  readonly usedBy: readonly string[];
}

/** Source: AWS Certificate Manager API Reference, RequestCertificate: KeyAlgorithm, and CertificateOptions: defaults. */
export const requestedDetails = ({
  KeyAlgorithm = "RSA_2048",
  Options,
}: Pick<acm.RequestCertificateRequest, "KeyAlgorithm" | "Options">): Certificate["details"] => ({
  KeyAlgorithm,
  Options: { CertificateTransparencyLoggingPreference: "ENABLED", ...Options },
});

export const certificates: TableKey<Certificate> = table("acm/certificate");

const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

/** The DNS record that proves the ownership of a domain. It is the same for each certificate of an account. */
export function validationRecord(
  context: Context,
  domain: string,
): { readonly Name: string; readonly Type: "CNAME"; readonly Value: string } {
  const baseDomain = domain.replace(/^\*\./, "");
  return {
    Name: `_${md5(`${context.account}/${baseDomain}`)}.${baseDomain}.`,
    Type: "CNAME",
    Value: `_${md5(baseDomain)}.acm-validations.aws.`,
  };
}
