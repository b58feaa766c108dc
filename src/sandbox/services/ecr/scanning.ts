import type * as ecr from "@aws-sdk/client-ecr";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { imageFindings } from "../../workload-behavior.ts";
import { idOf, imageNotFound, imageWithId } from "./image-ids.ts";
import { manifestOf } from "./manifests.ts";
import { type Image, putRepository, type Repository, requireRepository } from "./tables.ts";

/** Approximate seconds that a scan takes at the pace `real`. */
const SCAN_SECONDS = 10;

const DAY_MS = 24 * 60 * 60 * 1000;

/** The result of the last scan of an image. */
interface Scan {
  readonly status: ecr.ImageScanStatus;
  readonly completed: Date;
  /** Only if the scan is complete. */
  readonly findings?: readonly ecr.ImageScanFinding[];
}

/** The names by which the settings can describe an image: its URI with each of its tags, and with its digest. */
const namesOf = ({ uri }: Repository, { tags, digest }: Image): readonly string[] => [
  ...tags.map((tag) => `${uri}:${tag}`),
  `${uri}@${digest}`,
];

/**
 * The last scan of an image; undefined if it was never scanned. The sandbox does not read layers: without findings in the
 * settings, the scan has failed, so that the image does not look free of vulnerabilities.
 */
export function scanOf(context: Context, repository: Repository, image: Image): Scan | undefined {
  const { scanned } = image;
  if (!scanned) return undefined;
  const completed = new Date(scanned.getTime() + SCAN_SECONDS * 1000);
  if (!context.isPast(scanned, SCAN_SECONDS))
    return { status: { status: "IN_PROGRESS" }, completed };
  if (manifestOf(image).manifests)
    return {
      status: { status: "FAILED", description: unsupportedMediaType(image.mediaType) },
      completed,
    };
  const findings = imageFindings(context.settings.apps, namesOf(repository, image));
  if (!findings)
    return {
      status: {
        status: "FAILED",
        description:
          "Berth's sandbox does not scan layers: give the findings of the image in the file of --apps",
      },
      completed,
    };
  return {
    status: { status: "COMPLETE", description: "The scan was completed successfully." },
    completed,
    findings: findings.map(({ package: packageName, version, ...finding }) => ({
      ...finding,
      attributes: [
        ...(packageName === undefined ? [] : [{ key: "package_name", value: packageName }]),
        ...(version === undefined ? [] : [{ key: "package_version", value: version }]),
      ],
    })),
  };
}

/** Source: alexjurkiewicz/ecr-scan-image#43. */
const unsupportedMediaType = (mediaType: string): string =>
  `An artifact with media type '${mediaType}' cannot be scanned. For more information, see the Amazon ECR documentation.`;

function countsBySeverity(
  findings: readonly ecr.ImageScanFinding[],
): Partial<Record<ecr.FindingSeverity, number>> {
  const counts: Partial<Record<ecr.FindingSeverity, number>> = {};
  for (const { severity = "UNDEFINED" } of findings) counts[severity] = (counts[severity] ?? 0) + 1;
  return counts;
}

const summaryOf = ({ completed, findings = [] }: Scan): ecr.ImageScanFindingsSummary => ({
  imageScanCompletedAt: completed,
  vulnerabilitySourceUpdatedAt: completed,
  findingSeverityCounts: countsBySeverity(findings),
});

/** The members of DescribeImages about the last scan of an image. */
export function scanDetails(
  context: Context,
  repository: Repository,
  image: Image,
): Pick<ecr.ImageDetail, "imageScanStatus" | "imageScanFindingsSummary"> {
  const scan = scanOf(context, repository, image);
  if (!scan) return {};
  return {
    imageScanStatus: scan.status,
    ...(scan.findings ? { imageScanFindingsSummary: summaryOf(scan) } : {}),
  };
}

export const scanOperations: Operations = {
  StartImageScan: operation<ecr.StartImageScanRequest, ecr.StartImageScanResponse>()(
    ["registryId", "repositoryName", "imageId"],
    (context, input) => {
      const repository = requireRepository(context, input.repositoryName, input.registryId);
      const image = imageWithId(repository, input.imageId);
      if (!image) throw imageNotFound(context, repository, input.imageId);
      if (manifestOf(image).manifests)
        throw new AwsError("UnsupportedImageTypeException", unsupportedMediaType(image.mediaType));
      // Source: Amazon ECR API Reference, StartImageScan: once per 24 hours, including the scan on push.
      if (image.scanned && context.now.getTime() - image.scanned.getTime() < DAY_MS)
        throw new AwsError(
          "LimitExceededException",
          "The scan quota per image has been exceeded. Wait and try again.",
        );
      putRepository(context, {
        ...repository,
        images: repository.images.map((otherImage) =>
          otherImage === image ? { ...otherImage, scanned: context.now } : otherImage,
        ),
      });
      return {
        registryId: context.account,
        repositoryName: repository.name,
        imageId: idOf(image),
        imageScanStatus: { status: "IN_PROGRESS" },
      };
    },
  ),

  DescribeImageScanFindings: operation<
    ecr.DescribeImageScanFindingsRequest,
    ecr.DescribeImageScanFindingsResponse
  >()(["registryId", "repositoryName", "imageId", "maxResults", "nextToken"], (context, input) => {
    const repository = requireRepository(context, input.repositoryName, input.registryId);
    const image = imageWithId(repository, input.imageId);
    if (!image) throw imageNotFound(context, repository, input.imageId);
    const scan = scanOf(context, repository, image);
    if (!scan)
      throw new AwsError(
        "ScanNotFoundException",
        `Image scan does not exist for the image with '{imageDigest:'${image.digest}', imageTag:'${image.tags[0] ?? "null"}'}' in the repository with name '${repository.name}' in the registry with id '${context.account}'`,
      );
    const { items, next } = page(scan.findings ?? [], input.maxResults ?? 100, input.nextToken);
    return {
      registryId: context.account,
      repositoryName: repository.name,
      imageId: idOf(image),
      imageScanStatus: scan.status,
      ...(scan.findings ? { imageScanFindings: { ...summaryOf(scan), findings: items } } : {}),
      ...(next === undefined ? {} : { nextToken: next }),
    };
  }),
};
