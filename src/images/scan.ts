import type { AwsClient, Output } from "../aws-client/index.ts";
import { pause } from "./pause.ts";

/** The severities of findings, from the highest. Amazon ECR has further ones without an order: UNDEFINED and UNTRIAGED. */
export const SEVERITIES = ["critical", "high", "medium", "low"] as const;

/** The severity of a finding from which `berth push --fail-on` fails. */
export type ScanSeverity = (typeof SEVERITIES)[number];

/** A vulnerability in an image. */
export interface ScanFinding {
  /** The name of the vulnerability, such as CVE-2026-1234. */
  readonly name: string;
  /** The severity in Amazon ECR, such as CRITICAL. */
  readonly severity: string;
  /** The package and its version. */
  readonly package?: string;
  readonly url?: string;
}

/** The result of Amazon ECR's scan of an image. */
export type ImageScan =
  | {
      readonly outcome: "complete";
      /** The number of findings by severity, such as CRITICAL. */
      readonly counts: Readonly<Record<string, number>>;
      readonly findings: readonly ScanFinding[];
    }
  /** There is no result. */
  | { readonly outcome: "unknown"; readonly reason: string };

/** The part of the AWS client that images need. */
export type EcrClient = Pick<AwsClient, "call" | "callUnless">;

/** Time, for tests. */
export interface ScanClock {
  now(): number;
  /** Waits this number of milliseconds, and rejects with the reason of the signal if it is aborted. */
  sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<unknown>;
}

const systemClock: ScanClock = { now: () => Date.now(), sleep: pause };

const POLL_MS = 3000;
/** The longest wait for a scan that has started. */
const SCAN_TIMEOUT_MS = 10 * 60_000;
/** The longest wait for the start of a scan. */
const START_TIMEOUT_MS = 60_000;

type ScanFindings = Output<"ecr", "DescribeImageScanFindings">;

/** The statuses that are followed by another one. ACTIVE is that of a continuous scan, which has findings. */
const WAITING: ReadonlySet<string> = new Set(["IN_PROGRESS", "PENDING"]);
const COMPLETE: ReadonlySet<string> = new Set(["ACTIVE", "COMPLETE"]);

/**
 * Waits for the result of a scan that Amazon ECR starts after a push.
 *
 * Source: Amazon ECR API Reference, "DescribeImageScanFindings".
 *
 * @param digest the digest of an image for one platform: Amazon ECR does not scan an index
 * @throws the reason of the signal if it is aborted
 */
export async function waitForScan(
  client: EcrClient,
  image: { readonly registryId: string; readonly repositoryName: string; readonly digest: string },
  {
    signal,
    clock = systemClock,
  }: { readonly signal?: AbortSignal | undefined; readonly clock?: ScanClock } = {},
): Promise<ImageScan> {
  const { registryId, repositoryName, digest } = image;
  const input = { registryId, repositoryName, imageId: { imageDigest: digest } };
  const start = clock.now();
  for (;;) {
    const page = await client.callUnless(
      "ScanNotFoundException",
      "ecr",
      "DescribeImageScanFindings",
      input,
      { signal },
    );
    const { status = "", description } = page?.imageScanStatus ?? {};
    if (page !== undefined && COMPLETE.has(status))
      return completeScan(client, input, page, signal);
    if (page !== undefined && !WAITING.has(status))
      return {
        outcome: "unknown",
        reason: `the scan has the status ${status || "unknown"}${description === undefined ? "" : `: ${description}`}`,
      };
    const timeout = page === undefined ? START_TIMEOUT_MS : SCAN_TIMEOUT_MS;
    if (clock.now() - start >= timeout)
      return {
        outcome: "unknown",
        reason:
          page === undefined
            ? `Amazon ECR did not start a scan within ${START_TIMEOUT_MS / 1000} seconds`
            : `the scan did not end within ${SCAN_TIMEOUT_MS / 60_000} minutes`,
      };
    await clock.sleep(POLL_MS, signal);
  }
}

async function completeScan(
  client: EcrClient,
  input: Parameters<typeof client.call<"ecr", "DescribeImageScanFindings">>[2],
  first: ScanFindings,
  signal: AbortSignal | undefined,
): Promise<ImageScan> {
  const findings = findingsIn(first);
  let { nextToken } = first;
  while (nextToken !== undefined) {
    const page: ScanFindings = await client.call(
      "ecr",
      "DescribeImageScanFindings",
      { ...input, nextToken },
      { signal },
    );
    findings.push(...findingsIn(page));
    nextToken = page.nextToken;
  }
  const counts = first.imageScanFindings?.findingSeverityCounts ?? countsOf(findings);
  return { outcome: "complete", counts: highestFirst(counts), findings };
}

/** The counts in the order of the severities, and then those without an order. */
function highestFirst(counts: Readonly<Record<string, number>>): Record<string, number> {
  const rank = (severity: string): number => {
    const index = severitiesFrom("low").indexOf(severity);
    return index === -1 ? SEVERITIES.length : index;
  };
  return Object.fromEntries(Object.entries(counts).toSorted(([a], [b]) => rank(a) - rank(b)));
}

const countsOf = (findings: readonly ScanFinding[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { severity } of findings) counts[severity] = (counts[severity] ?? 0) + 1;
  return counts;
};

/** The findings of a basic scan and of an enhanced scan by Amazon Inspector. */
function findingsIn({ imageScanFindings = {} }: ScanFindings): ScanFinding[] {
  const { findings = [], enhancedFindings = [] } = imageScanFindings;
  return [
    ...findings.map(({ name = "", severity = "UNDEFINED", uri, attributes = [] }) => {
      const attribute = (key: string): string | undefined =>
        attributes.find((candidate) => candidate.key === key)?.value;
      const packageName = attribute("package_name");
      return finding(name, severity, uri, packageName, attribute("package_version"));
    }),
    ...enhancedFindings.map(
      ({ title = "", severity = "UNTRIAGED", packageVulnerabilityDetails }) => {
        const {
          vulnerabilityId = title,
          sourceUrl,
          vulnerablePackages = [],
        } = packageVulnerabilityDetails ?? {};
        const [vulnerable] = vulnerablePackages;
        return finding(vulnerabilityId, severity, sourceUrl, vulnerable?.name, vulnerable?.version);
      },
    ),
  ];
}

const finding = (
  name: string,
  severity: string,
  url: string | undefined,
  packageName: string | undefined,
  version: string | undefined,
): ScanFinding => ({
  name,
  severity,
  ...(packageName === undefined
    ? {}
    : { package: version === undefined ? packageName : `${packageName} ${version}` }),
  ...(url === undefined ? {} : { url }),
});

/** The names in Amazon ECR of a severity and of the higher ones. */
const severitiesFrom = (severity: ScanSeverity): readonly string[] =>
  SEVERITIES.slice(0, SEVERITIES.indexOf(severity) + 1).map((name) => name.toUpperCase());

/**
 * Whether an image passes. A finding without a severity (UNDEFINED, UNTRIAGED) does not change the verdict.
 *
 * @param failOn the lowest severity that is a failure
 */
export function scanVerdict(scan: ImageScan, failOn: ScanSeverity): "pass" | "fail" | "unknown" {
  if (scan.outcome === "unknown") return "unknown";
  const failing = severitiesFrom(failOn);
  const hasFailing =
    failing.some((severity) => (scan.counts[severity] ?? 0) > 0) ||
    failingFindings(scan, failOn).length > 0;
  return hasFailing ? "fail" : "pass";
}

/** The findings of a severity or a higher one, the highest first. */
export function failingFindings(scan: ImageScan, failOn: ScanSeverity): readonly ScanFinding[] {
  if (scan.outcome === "unknown") return [];
  const failing = severitiesFrom(failOn);
  return failing.flatMap((severity) =>
    scan.findings.filter((candidate) => candidate.severity === severity),
  );
}
