import { type ImagePush, push, type PushOptions } from "../../app/index.ts";
import {
  failingFindings,
  type ImageScan,
  type ScanFinding,
  type ScanSeverity,
} from "../../images/index.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Host, Problem } from "../host/host.ts";
import { operationHost } from "../host/operation-host.ts";
import { withInterrupt } from "../interrupt.ts";
import { awsOptions, type AwsFlags, defined, servicesOption } from "../project-flags.ts";

export interface PushFlags extends AwsFlags {
  /** @default all services and jobs whose image is built */
  readonly services: readonly string[];
  readonly failOn?: ScanSeverity;
}

/** Pushes images, and prints their URIs and the results of their scans. */
export async function run(
  { services, failOn, ...flags }: PushFlags,
  host: Host,
): Promise<ExitCode> {
  const options: PushOptions = {
    ...awsOptions(flags),
    ...defined({ failOn }),
    ...servicesOption(services),
  };
  const result = await withInterrupt((signal) => push({ ...options, signal }, operationHost(host)));
  host.result(result.images.map(lineOf).join("\n"), result);
  for (const image of result.images)
    if (image.verdict === undefined && image.scan?.outcome === "unknown")
      host.warn(`${image.services.join(", ")}: ${image.scan.reason}`);
  const problems =
    failOn === undefined ? [] : result.images.flatMap((image) => problemsOf(image, failOn));
  if (problems.length > 0) host.problems(problems);
  const verdicts = new Set(result.images.map(({ verdict }) => verdict));
  if (verdicts.has("fail")) return 1;
  return verdicts.has("unknown") ? 5 : 0;
}

function lineOf({ services, image, tag, outcome, scan }: ImagePush): string {
  const verb = outcome === "pushed" ? "pushed" : "already pushed";
  return `${services.join(", ")}: ${verb} ${image} (${tag})${scan === undefined ? "" : `; scan: ${scanText(scan)}`}`;
}

/** The numbers of findings by severity, such as 1 CRITICAL, 3 HIGH. */
function scanText(scan: ImageScan): string {
  if (scan.outcome === "unknown") return "unknown";
  const counts = Object.entries(scan.counts).filter(([, count]) => count > 0);
  return counts.length === 0
    ? "no findings"
    : counts.map(([severity, count]) => `${count} ${severity}`).join(", ");
}

function problemsOf(
  { services, image, scan, verdict }: ImagePush,
  failOn: ScanSeverity,
): Problem[] {
  const name = services.join(", ");
  if (scan?.outcome === "unknown")
    return [
      {
        what: `${name}: the result of the scan is unknown: ${scan.reason}`,
        code: "BERTH-E3213",
        where: image,
        fix: "push again when Amazon ECR has scanned the image, or scan it with another program",
      },
    ];
  if (scan === undefined || verdict !== "fail") return [];
  return [
    {
      what: [
        `${name}: the scan has findings of the severity ${failOn} or higher: ${scanText(scan)}`,
        ...failingFindings(scan, failOn).map((finding) => `  ${findingText(finding)}`),
      ].join("\n"),
      code: "BERTH-E3212",
      where: image,
      fix: "update the base image and the packages of the image, commit, and build again",
    },
  ];
}

const findingText = ({ severity, name, package: packageName, url }: ScanFinding): string =>
  [severity, name, packageName, url].filter((part) => part !== undefined).join(" ");
