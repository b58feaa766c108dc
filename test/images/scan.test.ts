import { describe, expect, it } from "vitest";
import {
  type EcrClient,
  failingFindings,
  type ImageScan,
  scanVerdict,
  type ScanSeverity,
  waitForScan,
} from "../../src/images/scan.ts";

const IMAGE = { registryId: "111122223333", repositoryName: "shop", digest: "sha256:a" };

const status = (value: string, more: object = {}): object => ({
  imageScanStatus: { status: value },
  ...more,
});

/** The result of a scan with these pages, and the seconds until the result. After the last page, the last one is repeated. */
async function scanned(
  ...pages: readonly (object | undefined)[]
): Promise<{ readonly scan: ImageScan; readonly seconds: number }> {
  const remaining = [...pages];
  const next = (): Promise<object | undefined> =>
    Promise.resolve(remaining.length > 1 ? remaining.shift() : remaining[0]);
  const client = { call: next, callUnless: next } as unknown as EcrClient; // the one operation of a scan
  let now = 0;
  const clock = {
    now: () => now,
    sleep: (milliseconds: number) => {
      now += milliseconds;
      return Promise.resolve();
    },
  };
  return { scan: await waitForScan(client, IMAGE, { clock }), seconds: now / 1000 };
}

const FINDINGS = {
  imageScanFindings: {
    findingSeverityCounts: { HIGH: 1, UNDEFINED: 2 },
    findings: [
      {
        name: "CVE-2026-1",
        severity: "HIGH",
        uri: "https://example.com/1",
        attributes: [
          { key: "package_name", value: "openssl" },
          { key: "package_version", value: "3.0.1" },
        ],
      },
    ],
  },
};

describe("the result of a scan", () => {
  it("has the findings of a basic scan, after it has ended", async () => {
    const pages = [
      undefined,
      status("PENDING"),
      status("IN_PROGRESS"),
      status("COMPLETE", FINDINGS),
    ];
    expect(await scanned(...pages)).toEqual({
      seconds: 9,
      scan: {
        outcome: "complete",
        counts: { HIGH: 1, UNDEFINED: 2 },
        findings: [
          {
            name: "CVE-2026-1",
            severity: "HIGH",
            package: "openssl 3.0.1",
            url: "https://example.com/1",
          },
        ],
      },
    });
  });

  it("has the findings of every page of an enhanced scan", async () => {
    const page = (vulnerabilityId: string, severity: string): object => ({
      imageScanFindings: {
        enhancedFindings: [
          {
            severity,
            packageVulnerabilityDetails: {
              vulnerabilityId,
              vulnerablePackages: [{ name: "zlib", version: "1" }],
            },
          },
        ],
      },
    });
    const { scan } = await scanned(
      status("ACTIVE", { ...page("CVE-1", "LOW"), nextToken: "2" }),
      page("CVE-2", "CRITICAL"),
    );
    expect(scan.outcome === "complete" && Object.keys(scan.counts)).toEqual(["CRITICAL", "LOW"]);
    expect(scan).toEqual({
      outcome: "complete",
      counts: { LOW: 1, CRITICAL: 1 },
      findings: [
        { name: "CVE-1", severity: "LOW", package: "zlib 1" },
        { name: "CVE-2", severity: "CRITICAL", package: "zlib 1" },
      ],
    });
  });

  it.each<readonly [page: object | undefined, reason: string, seconds: number]>([
    [undefined, "Amazon ECR did not start a scan within 60 seconds", 60],
    [status("IN_PROGRESS"), "the scan did not end within 10 minutes", 600],
    [status("UNSUPPORTED_IMAGE"), "the scan has the status UNSUPPORTED_IMAGE", 0],
    [
      { imageScanStatus: { status: "FINDINGS_UNAVAILABLE", description: "no scanner" } },
      "the scan has the status FINDINGS_UNAVAILABLE: no scanner",
      0,
    ],
    [{}, "the scan has the status unknown", 0],
  ])("is unknown for %j", async (page, reason, seconds) => {
    expect(await scanned(page)).toEqual({ scan: { outcome: "unknown", reason }, seconds });
  });
});

describe("the verdict of a scan", () => {
  const complete = (counts: Readonly<Record<string, number>>): ImageScan => ({
    outcome: "complete",
    counts,
    findings: [],
  });
  it.each<readonly [scan: ImageScan, failOn: ScanSeverity, verdict: string]>([
    [complete({}), "low", "pass"],
    [complete({ CRITICAL: 1 }), "critical", "fail"],
    [complete({ HIGH: 1 }), "critical", "pass"],
    [complete({ HIGH: 1 }), "high", "fail"],
    [complete({ MEDIUM: 1 }), "high", "pass"],
    [complete({ MEDIUM: 1 }), "medium", "fail"],
    [complete({ LOW: 0 }), "low", "pass"],
    [complete({ LOW: 1 }), "low", "fail"],
    [complete({ CRITICAL: 1 }), "low", "fail"],
    [complete({ UNDEFINED: 9, UNTRIAGED: 9, INFORMATIONAL: 9 }), "low", "pass"],
    [{ outcome: "unknown", reason: "x" }, "critical", "unknown"],
  ])("of %j with %s is %s", (scan, failOn, verdict) => {
    expect(scanVerdict(scan, failOn)).toBe(verdict);
  });

  it("lists the failing findings, the highest severity first", () => {
    const finding = (severity: string): ImageScan & { outcome: "complete" } => ({
      outcome: "complete",
      counts: {},
      findings: ["LOW", "HIGH", severity].map((name) => ({ name, severity: name })),
    });
    expect(failingFindings(finding("CRITICAL"), "high").map(({ name }) => name)).toEqual([
      "CRITICAL",
      "HIGH",
    ]);
    expect(scanVerdict(finding("CRITICAL"), "critical")).toBe("fail");
  });
});
