import { X509Certificate } from "node:crypto";
import type * as acm from "@aws-sdk/client-acm";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, page } from "../../core/operation.ts";
import { ownProperty } from "../../core/own-property.ts";
import type { Service } from "../../core/service.ts";
import { addTags, tagList, tagMap, without } from "../../core/tags.ts";
import { type Certificate, certificates, requestedDetails, validationRecord } from "./tables.ts";
import { settleCertificates } from "./validation.ts";
import { acmTagRules } from "./tag-rules.ts";

function requireCertificate(context: Context, arn: string): Certificate {
  const row = context.in(certificates).get(arn);
  if (!row) throw new AwsError("ResourceNotFoundException", `Could not find certificate ${arn}.`);
  return row;
}

const validationOf = (
  context: Context,
  row: Certificate,
  domain: string,
): acm.DomainValidation => ({
  DomainName: domain,
  ValidationDomain: domain,
  ValidationMethod: row.validation ?? "EMAIL",
  ValidationStatus: row.status === "ISSUED" ? "SUCCESS" : "PENDING_VALIDATION",
  ...(row.validation === "DNS" ? { ResourceRecord: validationRecord(context, domain) } : {}),
});

const describe = (context: Context, row: Certificate): acm.CertificateDetail => ({
  CertificateArn: row.arn,
  DomainName: row.domain,
  SubjectAlternativeNames: [...row.names],
  Status: row.status,
  Type: row.type,
  InUseBy: [...row.usedBy],
  CreatedAt: row.created,
  RenewalEligibility: "INELIGIBLE",
  ...row.details,
  ...(row.notBefore ? { NotBefore: row.notBefore, NotAfter: row.notAfter } : {}),
  ...(row.type === "IMPORTED"
    ? { ImportedAt: row.created }
    : {
        ...(row.status === "ISSUED" ? { IssuedAt: row.notBefore } : {}),
        DomainValidationOptions: row.names.map((name) => validationOf(context, row, name)),
      }),
});

function readCertificate(pem: Uint8Array): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new AwsError(
      "ValidationException",
      "Unable to parse certificate. Please ensure the certificate is in PEM format.",
    );
  }
}

/** Key algorithms of certificates by Node's names. Source: AWS Certificate Manager User Guide, "Prerequisites for importing certificates". */
const KEY_ALGORITHMS: Readonly<Record<string, acm.KeyAlgorithm>> = {
  "rsa 1024": "RSA_1024",
  "rsa 2048": "RSA_2048",
  "rsa 3072": "RSA_3072",
  "rsa 4096": "RSA_4096",
  "ec prime256v1": "EC_prime256v1",
  "ec secp384r1": "EC_secp384r1",
  "ec secp521r1": "EC_secp521r1",
};

/** The details that a certificate contains. Source: AWS Certificate Manager API Reference, CertificateDetail. */
function detailsOf({
  publicKey,
  subject,
  issuer,
  serialNumber,
}: X509Certificate): Certificate["details"] {
  const { modulusLength, namedCurve } = publicKey.asymmetricKeyDetails ?? {};
  const algorithm = ownProperty(
    KEY_ALGORITHMS,
    `${publicKey.asymmetricKeyType} ${modulusLength ?? namedCurve}`,
  );
  // No public source of the text is known.
  if (algorithm === undefined)
    throw new AwsError(
      "ValidationException",
      "The key algorithm of the certificate is not supported.",
    );
  const [, organization] = /^O=(.+)$/m.exec(issuer) ?? [];
  const [, commonName] = /^CN=(.+)$/m.exec(issuer) ?? [];
  return {
    KeyAlgorithm: algorithm,
    // Node writes one attribute in a line.
    Subject: subject.split("\n").join(", "),
    Issuer: organization ?? commonName,
    Serial: (serialNumber.match(/../g) ?? []).join(":").toLowerCase(),
    Options: { CertificateTransparencyLoggingPreference: "DISABLED" },
  };
}

/** Maximum length of the first domain name. Source: as for checkNames. */
const MAX_DOMAIN_LENGTH = 64;

/** Source: AWS Certificate Manager API Reference, RequestCertificate. No public source of the texts is known. */
function checkNames(context: Context, domain: string, names: readonly string[]): void {
  if (domain.length > MAX_DOMAIN_LENGTH)
    throw new AwsError(
      "ValidationException",
      `The first domain name can be no longer than ${MAX_DOMAIN_LENGTH} bytes.`,
    );
  const quota = context.settings.quotas.domainNamesPerCertificate;
  if (names.length > quota)
    throw new AwsError(
      "LimitExceededException",
      `The certificate has ${names.length} domain names. The quota is ${quota}.`,
    );
}

export const service: Service = {
  name: "acm",
  tagRules: acmTagRules,
  // Source: Service Authorization Reference, "AWS Certificate Manager".
  permissions: { tagAction: () => "acm:AddTagsToCertificate" },
  backgroundWork: { tables: [certificates], run: settleCertificates },
  operations: {
    ImportCertificate: operation<acm.ImportCertificateRequest, acm.ImportCertificateResponse>()(
      ["Certificate", "PrivateKey", "CertificateChain", "Tags"],
      (context, input) => {
        const certificate = readCertificate(input.Certificate);
        const domain = /CN=([^\n,]+)/.exec(certificate.subject)?.[1] ?? "";
        const alternativeNames = [
          ...(certificate.subjectAltName ?? "").matchAll(/(?:^|, )DNS:([^,]+)/g),
        ].map(([, name = ""]) => name);
        const arn = context.arn("acm", `certificate/${context.uuid()}`);
        context.in(certificates).put(arn, {
          arn,
          type: "IMPORTED",
          status: "ISSUED",
          domain,
          names: [...new Set([domain, ...alternativeNames])],
          details: detailsOf(certificate),
          notBefore: new Date(certificate.validFrom),
          notAfter: new Date(certificate.validTo),
          tags: tagMap(input.Tags),
          created: context.now,
          usedBy: [],
        });
        return { CertificateArn: arn };
      },
    ),

    // A certificate with DNS validation is issued when its records exist in a public hosted zone. One with EMAIL validation
    // stays pending, because the sandbox has no mail.
    RequestCertificate: operation<acm.RequestCertificateRequest, acm.RequestCertificateResponse>()(
      [
        "DomainName",
        "ValidationMethod",
        "SubjectAlternativeNames",
        "Tags",
        "Options",
        "KeyAlgorithm",
      ],
      (context, input) => {
        const names = [...new Set([input.DomainName, ...(input.SubjectAlternativeNames ?? [])])];
        checkNames(context, input.DomainName, names);
        const arn = context.arn("acm", `certificate/${context.uuid()}`);
        context.in(certificates).put(arn, {
          arn,
          type: "AMAZON_ISSUED",
          status: "PENDING_VALIDATION",
          domain: input.DomainName,
          names,
          validation: input.ValidationMethod ?? "EMAIL",
          details: requestedDetails(input),
          tags: tagMap(input.Tags),
          created: context.now,
          usedBy: [],
        });
        return { CertificateArn: arn };
      },
    ),

    DescribeCertificate: operation<
      acm.DescribeCertificateRequest,
      acm.DescribeCertificateResponse
    >()(["CertificateArn"], (context, input) => ({
      Certificate: describe(context, requireCertificate(context, input.CertificateArn)),
    })),

    ListCertificates: operation<acm.ListCertificatesRequest, acm.ListCertificatesResponse>()(
      ["CertificateStatuses", "MaxItems", "NextToken"],
      (context, input) => {
        const rows = context
          .in(certificates)
          .filter((row) => input.CertificateStatuses?.includes(row.status) ?? true);
        const { items, next } = page(rows, input.MaxItems, input.NextToken);
        return {
          CertificateSummaryList: items.map((row) => ({
            CertificateArn: row.arn,
            DomainName: row.domain,
            Status: row.status,
            Type: row.type,
          })),
          ...(next === undefined ? {} : { NextToken: next }),
        };
      },
    ),

    DeleteCertificate: operation<acm.DeleteCertificateRequest, object>()(
      ["CertificateArn"],
      (context, input) => {
        const row = requireCertificate(context, input.CertificateArn);
        if (row.usedBy.length > 0) {
          throw new AwsError(
            "ResourceInUseException",
            `Certificate ${row.arn} in account ${context.account} is in use.`,
          );
        }
        context.in(certificates).delete(row.arn);
        return {};
      },
    ),

    ListTagsForCertificate: operation<
      acm.ListTagsForCertificateRequest,
      acm.ListTagsForCertificateResponse
    >()(["CertificateArn"], (context, input) => ({
      Tags: tagList(requireCertificate(context, input.CertificateArn).tags),
    })),

    AddTagsToCertificate: operation<acm.AddTagsToCertificateRequest, object>()(
      ["CertificateArn", "Tags"],
      (context, input) => {
        const row = requireCertificate(context, input.CertificateArn);
        context.in(certificates).put(row.arn, {
          ...row,
          tags: addTags(acmTagRules, "AddTagsToCertificate", row.tags, tagMap(input.Tags)),
        });
        return {};
      },
    ),

    RemoveTagsFromCertificate: operation<acm.RemoveTagsFromCertificateRequest, object>()(
      ["CertificateArn", "Tags"],
      (context, input) => {
        const row = requireCertificate(context, input.CertificateArn);
        // A tag in the request with a value is removed only if the values are equal. Source: ACM API Reference, RemoveTagsFromCertificate.
        const removedKeys = input.Tags.flatMap(({ Key = "", Value }) =>
          Value === undefined || row.tags[Key] === Value ? [Key] : [],
        );
        context.in(certificates).put(row.arn, { ...row, tags: without(row.tags, removedKeys) });
        return {};
      },
    ),
  },
};
