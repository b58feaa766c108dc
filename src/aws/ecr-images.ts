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
 * The parts of the URI of an image in Amazon ECR; undefined for other registries. A registry has a host name for IPv4
 * (`<account>.dkr.ecr.<region>.amazonaws.com`) and one for IPv4 and IPv6 (`<account>.dkr-ecr.<region>.on.aws`), each also for FIPS.
 *
 * Source: Amazon ECR User Guide, "Private registry in Amazon ECR" and "Making requests over IPv6".
 *
 * @example parseEcrImage("111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:v1")?.tag; // v1
 */
export function parseEcrImage(uri: string): EcrImage | undefined {
  const match =
    /^((\d{12})\.(?:dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?|dkr-ecr(?:-fips)?\.([a-z0-9-]+)\.on\.(?:aws|amazonwebservices\.com\.cn)))\/([^:@\s]+)(?::([^:/@\s]+))?(?:@(\S+))?$/.exec(
      uri,
    );
  if (!match) return undefined;
  const [, registry = "", account = "", ipv4Region, dualStackRegion, repository = "", tag, digest] =
    match;
  return {
    registry,
    repositoryUri: `${registry}/${repository}`,
    account,
    region: ipv4Region ?? dualStackRegion ?? "",
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}
