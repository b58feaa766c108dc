/** An image in a private repository of Amazon ECR. */
export interface EcrImage {
  /** Host name of the registry. */
  readonly registry: string;
  /** Registry and repository: the URI without tag and digest. */
  readonly repositoryUri: string;
  readonly account: string;
  readonly region: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

/**
 * The host name of a registry: for IPv4 (`<account>.dkr.ecr.<region>.amazonaws.com`), and for IPv4 and IPv6
 * (`<account>.dkr-ecr.<region>.on.aws`), each also for FIPS.
 *
 * Source: Amazon ECR User Guide, "Private registry in Amazon ECR" and "Making requests over IPv6".
 */
const REGISTRY =
  /^(\d{12})\.(?:dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?|dkr-ecr(?:-fips)?\.([a-z0-9-]+)\.on\.(?:aws|amazonwebservices\.com\.cn))$/;

/** Whether a host name is that of a private registry of Amazon ECR. */
export const isEcrRegistry = (host: string): boolean => REGISTRY.test(host);

/**
 * The parts of the URI of an image in Amazon ECR; undefined for other registries.
 *
 * @example parseEcrImage("111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:v1")?.tag; // v1
 */
export function parseEcrImage(uri: string): EcrImage | undefined {
  const [, registry = "", repository = "", tag, digest] =
    /^([^/]+)\/([^:@\s]+)(?::([^:/@\s]+))?(?:@(\S+))?$/.exec(uri) ?? [];
  const [, account, ipv4Region, dualStackRegion] = REGISTRY.exec(registry) ?? [];
  const region = ipv4Region ?? dualStackRegion;
  if (account === undefined || region === undefined) return undefined;
  return {
    registry,
    repositoryUri: `${registry}/${repository}`,
    account,
    region,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The accounts of repositories from which every account may pull, by the name of the repository. */
const PUBLIC_REPOSITORIES: Readonly<Record<string, ReadonlySet<string>>> = {
  // Source: Amazon ECS Developer Guide, "Using the AWS for Fluent Bit image"; the README of AWS for Fluent Bit. Regions of AWS,
  // China and GovCloud.
  "aws-for-fluent-bit": new Set(["906394416424", "128054284489", "161423150738"]),
  // Source: AWS App Mesh User Guide, "Envoy image". The first account is for most regions.
  "aws-appmesh-envoy": new Set([
    "840364872350",
    "772975370895",
    "856666278305",
    "909464085924",
    "422531588944",
    "564877687649",
    "924023996002",
    "919366029133",
    "919830735681",
  ]),
};

/** True for an image that AWS publishes in Amazon ECR: its repository allows every account to pull it. */
export const isPublishedByAws = (account: string, repository: string): boolean =>
  PUBLIC_REPOSITORIES[repository]?.has(account) === true;
