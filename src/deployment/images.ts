import { parseEcrImage } from "../aws/index.ts";
import { AwsCallError } from "../aws-client/index.ts";
import type { DeploymentClient } from "./aws-types.ts";
import { UserError } from "../shared/index.ts";

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
