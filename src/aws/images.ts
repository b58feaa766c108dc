import { matchesWildcard, questionMark } from "../shared/index.ts";

/** The status of an image: "exists" for every CPU architecture, "arm64" for ARM64 only, or "missing". */
export type ImageStatus = "exists" | "missing" | "arm64";

/** The status of images by name. A name may contain the wildcards * and ?. */
export type ImageStatuses = Readonly<Record<string, ImageStatus>>;

/** A name without a tag and without a wildcard matches all tags. */
export const imagePattern = (name: string): string =>
  /[:@*?]/.test(name.split("/").pop() ?? "") ? name : `${name}*`;

/** The status of an image: of the first name that matches. */
export function imageStatusOf(statuses: ImageStatuses, reference: string): ImageStatus | undefined {
  return Object.entries(statuses).find(([name]) =>
    matchesWildcard(imagePattern(name), reference, questionMark),
  )?.[1];
}

/** An image in a private registry of Amazon ECR. */
interface EcrImageName {
  readonly host: string;
  readonly account: string;
  readonly region: string;
  readonly repository: string;
}

/**
 * Registry names of Amazon ECR: IPv4 (`<account>.dkr.ecr.<region>.amazonaws.com`) and dual-stack
 * (`<account>.dkr-ecr.<region>.on.aws`), each also for FIPS.
 *
 * Source: Amazon ECR User Guide, "Private registry in Amazon ECR" and "Making requests over IPv6".
 */
const ECR_HOST =
  /^(\d{12})\.(?:dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?|dkr-ecr(?:-fips)?\.([a-z0-9-]+)\.on\.(?:aws|amazonwebservices\.com\.cn))$/;

/** True for the host name of a private registry of Amazon ECR. */
export const isEcrHost = (host: string): boolean => ECR_HOST.test(host);

/**
 * The repository that an image reference names in Amazon ECR; undefined for an image in another registry.
 *
 * @example ecrImageName("111122223333.dkr-ecr.eu-west-1.on.aws/shop:v1")?.repository; // shop
 */
export function ecrImageName(reference: string): EcrImageName | undefined {
  const [, host = "", repository = ""] =
    /^([^/]+)\/([^@]+?)(?::[^:/@]*)?(?:@.*)?$/.exec(reference) ?? [];
  const [, account, ipv4Region, dualStackRegion] = ECR_HOST.exec(host) ?? [];
  const region = ipv4Region ?? dualStackRegion;
  return account === undefined || region === undefined
    ? undefined
    : { host, account, region, repository };
}
