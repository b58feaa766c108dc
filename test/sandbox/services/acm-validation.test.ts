import { readFileSync } from "node:fs";
import * as route53 from "@aws-sdk/client-route-53";
import * as acm from "@aws-sdk/client-acm";
import { describe, expect, it } from "vitest";
import { startSandbox } from "../../../src/sandbox/index.ts";
import { clientOptions } from "../../support/clients.ts";
import { region } from "../failures/stage.ts";

describe("ACM certificate", () => {
  it("has the algorithm and the options that were imported or requested", async () => {
    const sandbox = await startSandbox();
    const client = new acm.ACMClient(clientOptions(sandbox.url, region));
    const describeCertificate = async (CertificateArn: string | undefined) =>
      (await client.send(new acm.DescribeCertificateCommand({ CertificateArn }))).Certificate;
    const imported = await client.send(
      new acm.ImportCertificateCommand({
        Certificate: readFileSync(new URL("../../support/ec-certificate.pem", import.meta.url)),
        PrivateKey: Buffer.from("not checked"),
      }),
    );
    expect(await describeCertificate(imported.CertificateArn)).toMatchObject({
      KeyAlgorithm: "EC_prime256v1",
      Subject: "O=Example Company, CN=ec.example.com",
      Issuer: "Example Company",
      Serial: "12:34",
      Options: { CertificateTransparencyLoggingPreference: "DISABLED" },
    });
    const requested = await client.send(
      new acm.RequestCertificateCommand({
        DomainName: "example.com",
        KeyAlgorithm: "EC_secp384r1",
        Options: { CertificateTransparencyLoggingPreference: "DISABLED" },
      }),
    );
    expect(await describeCertificate(requested.CertificateArn)).toMatchObject({
      KeyAlgorithm: "EC_secp384r1",
      Options: { CertificateTransparencyLoggingPreference: "DISABLED" },
    });
    await sandbox.close();
  });

  it("has at most 10 names, the first with at most 64 characters", async () => {
    const sandbox = await startSandbox();
    const client = new acm.ACMClient(clientOptions(sandbox.url, region));
    const request = (DomainName: string, SubjectAlternativeNames?: string[]) =>
      client.send(new acm.RequestCertificateCommand({ DomainName, SubjectAlternativeNames }));
    await expect(request(`${"a".repeat(53)}.example.com`)).rejects.toThrow(
      "The first domain name can be no longer than 64 bytes.",
    );
    const names = Array.from({ length: 10 }, (_, index) => `a${index}.example.com`);
    await expect(request("example.com", names)).rejects.toThrow("The quota is 10.");
    await request("example.com", names.slice(1));
    await sandbox.close();
    const raised = await startSandbox({ quotas: { domainNamesPerCertificate: 11 } });
    await new acm.ACMClient(clientOptions(raised.url, region)).send(
      new acm.RequestCertificateCommand({
        DomainName: "example.com",
        SubjectAlternativeNames: names,
      }),
    );
    await raised.close();
  });

  it("is issued when its validation records exist", async () => {
    const sandbox = await startSandbox();
    const options = clientOptions(sandbox.url, region);
    const [certificates, dns] = [new acm.ACMClient(options), new route53.Route53Client(options)];
    const { HostedZone } = await dns.send(
      new route53.CreateHostedZoneCommand({ Name: "example.com", CallerReference: "1" }),
    );
    const { CertificateArn } = await certificates.send(
      new acm.RequestCertificateCommand({
        DomainName: "*.example.com",
        SubjectAlternativeNames: ["example.com"],
        ValidationMethod: "DNS",
      }),
    );
    const describeCertificate = async (): Promise<acm.CertificateDetail | undefined> =>
      (await certificates.send(new acm.DescribeCertificateCommand({ CertificateArn }))).Certificate;
    const waiting = await describeCertificate();
    expect(waiting?.Status).toBe("PENDING_VALIDATION");
    const validationRecord = waiting?.DomainValidationOptions?.[0]?.ResourceRecord;
    await dns.send(
      new route53.ChangeResourceRecordSetsCommand({
        HostedZoneId: HostedZone?.Id,
        ChangeBatch: {
          Changes: [
            {
              Action: "CREATE",
              ResourceRecordSet: {
                Name: validationRecord?.Name,
                Type: "CNAME",
                TTL: 60,
                ResourceRecords: [{ Value: validationRecord?.Value }],
              },
            },
          ],
        },
      }),
    );
    expect((await describeCertificate())?.Status).toBe("ISSUED");
    await sandbox.close();
  });
});
