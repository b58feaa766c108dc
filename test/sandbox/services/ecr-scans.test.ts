import * as ecr from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../../src/sandbox/server.ts";
import { parseApps } from "../../../src/sandbox/workload-behavior-file.ts";
import { type Clients, clientsFor } from "../../support/clients.ts";
import { pushImage } from "../../support/push-image.ts";
import { OCI_INDEX, RegistryClient } from "../../support/registry-client.ts";
import { REGION } from "../../support/sandbox-calls.ts";

const FINDINGS = {
  images: {
    "*/app:vulnerable": {
      findings: [
        {
          name: "CVE-2026-0001",
          severity: "CRITICAL",
          package: "openssl",
          version: "3.0.1",
          uri: "https://example.com/CVE-2026-0001",
        },
        { name: "CVE-2026-0002", severity: "HIGH", description: "a flaw" },
        { name: "CVE-2026-0003", severity: "HIGH" },
      ],
    },
    "*/app:clean": { findings: [] },
  },
};

let sandbox: Sandbox;
let aws: Clients;
let now: Date;

beforeAll(async () => {
  const apps = parseApps(JSON.stringify(FINDINGS), "apps.json");
  sandbox = await startSandbox({ apps, now: () => now });
  aws = clientsFor(sandbox.url, REGION);
});
beforeEach(async () => {
  now = new Date("2026-01-01T00:00:00Z");
  await sandbox.reset();
  await aws.ecr.send(
    new ecr.CreateRepositoryCommand({
      repositoryName: "app",
      imageScanningConfiguration: { scanOnPush: true },
    }),
  );
});
afterAll(() => sandbox.close());

const scanOf = (imageTag: string) =>
  aws.ecr.send(
    new ecr.DescribeImageScanFindingsCommand({ repositoryName: "app", imageId: { imageTag } }),
  );

const startScan = (imageTag: string) =>
  aws.ecr.send(new ecr.StartImageScanCommand({ repositoryName: "app", imageId: { imageTag } }));

describe("a scan on push", () => {
  it("reports the findings of the file, and their numbers by severity", async () => {
    await pushImage(aws.ecr, "app", "vulnerable");
    const { imageScanStatus, imageScanFindings } = await scanOf("vulnerable");
    expect(imageScanStatus?.status).toBe("COMPLETE");
    expect(imageScanFindings?.findingSeverityCounts).toEqual({ CRITICAL: 1, HIGH: 2 });
    expect(imageScanFindings?.findings?.[0]).toEqual({
      name: "CVE-2026-0001",
      severity: "CRITICAL",
      uri: "https://example.com/CVE-2026-0001",
      attributes: [
        { key: "package_name", value: "openssl" },
        { key: "package_version", value: "3.0.1" },
      ],
    });
    const { imageDetails } = await aws.ecr.send(
      new ecr.DescribeImagesCommand({ repositoryName: "app" }),
    );
    expect(imageDetails?.[0]?.imageScanFindingsSummary?.findingSeverityCounts).toEqual({
      CRITICAL: 1,
      HIGH: 2,
    });
    await pushImage(aws.ecr, "app", "clean", { note: "clean" });
    expect((await scanOf("clean")).imageScanFindings).toMatchObject({
      findings: [],
      findingSeverityCounts: {},
    });
  });

  it("fails without findings in the file, so that no gate accepts the image", async () => {
    await pushImage(aws.ecr, "app", "unknown");
    const { imageScanStatus, imageScanFindings } = await scanOf("unknown");
    expect(imageScanStatus?.status).toBe("FAILED");
    expect(imageScanFindings).toBeUndefined();
  });

  it("counts for the limit of a scan in 24 hours", async () => {
    await pushImage(aws.ecr, "app", "clean");
    await expect(startScan("clean")).rejects.toThrow(
      "The scan quota per image has been exceeded. Wait and try again.",
    );
    now = new Date("2026-01-02T00:00:00Z");
    expect((await startScan("clean")).imageScanStatus?.status).toBe("IN_PROGRESS");
  });

  it("is not made without the option of the repository", async () => {
    await aws.ecr.send(new ecr.CreateRepositoryCommand({ repositoryName: "other" }));
    await pushImage(aws.ecr, "other", "v1");
    await expect(
      aws.ecr.send(
        new ecr.DescribeImageScanFindingsCommand({
          repositoryName: "other",
          imageId: { imageTag: "v1" },
        }),
      ),
    ).rejects.toThrow("Image scan does not exist");
  });

  it("is not possible for an index", async () => {
    const registry = await RegistryClient.login(aws.ecr);
    const image = await registry.pushImage("app", "clean");
    const index = { mediaType: OCI_INDEX, schemaVersion: 2, manifests: [image] };
    await registry.pushManifest("app", "index", index);
    await expect(startScan("index")).rejects.toThrow(
      `An artifact with media type '${OCI_INDEX}' cannot be scanned.`,
    );
    expect((await scanOf("index")).imageScanStatus?.status).toBe("FAILED");
  });
});
