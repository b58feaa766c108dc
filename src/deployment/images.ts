import { AwsCallError } from "../aws-client/index.ts";
import type { DeploymentClient } from "./aws-types.ts";
import { UserError } from "../shared/index.ts";

/** An image in a private repository of Amazon ECR. */
export interface EcrImage {
  /** Registry and repository: the URI without tag and digest. */
  readonly repositoryUri: string;
  readonly account: string;
  readonly region: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

/**
 * The parts of the URI of an image in Amazon ECR; undefined for other registries.
 *
 * Source: Amazon ECR User Guide, "Amazon ECR private registries": account.dkr.ecr.region.amazonaws.com, and the dual-stack name
 * account.dkr-ecr.region.on.aws.
 *
 * @example parseEcrImage("111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:v1")?.tag; // v1
 */
export function parseEcrImage(uri: string): EcrImage | undefined {
  const match =
    /^((\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn)\/([a-z0-9._/-]+))(?::([\w.-]+))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(
      uri,
    );
  if (!match) return undefined;
  const [, repositoryUri = "", account = "", region = "", repository = "", tag, digest] = match;
  return {
    repositoryUri,
    account,
    region,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/**
 * The URI of an image by its digest, so that a deployment runs the same image as long as it exists. An image of another registry is
 * returned unchanged: it needs credentials that Berth does not have.
 *
 * @param clientIn the client for a region
 * @throws UserError BERTH-E3103 if the repository or the image does not exist
 */
export async function resolveImage(
  clientIn: (region: string) => DeploymentClient,
  uri: string,
): Promise<string> {
  const image = parseEcrImage(uri);
  if (!image) return uri;
  const { account, region, repository, digest } = image;
  const tag = image.tag ?? (digest === undefined ? "latest" : undefined);
  try {
    const { imageDetails = [] } = await clientIn(region).call("ecr", "DescribeImages", {
      registryId: account,
      repositoryName: repository,
      imageIds: [digest === undefined ? { imageTag: tag } : { imageDigest: digest }],
    });
    const found = imageDetails[0]?.imageDigest;
    if (found !== undefined) return `${image.repositoryUri}@${found}`;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  throw new UserError("BERTH-E3103", `the image ${uri} does not exist`, {
    where: `repository ${repository} in ${region}`,
    fix: "push the image, or correct its tag or digest",
  });
}

/** Source: Amazon ECR API Reference, "DescribeImages", Errors. */
const MISSING_CODES: ReadonlySet<string> = new Set([
  "ImageNotFoundException",
  "RepositoryNotFoundException",
]);

const isMissing = (error: unknown): boolean =>
  error instanceof AwsCallError && MISSING_CODES.has(error.code);
