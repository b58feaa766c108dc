import type * as ecr from "@aws-sdk/client-ecr";
import type { Context } from "../../core/operation.ts";
import { AwsError } from "../../protocol/errors.ts";
import type { Image, Repository } from "./tables.ts";

/** The digest of an image, and one of its tags. */
export const idOf = (
  image: Image,
  tag: string | undefined = image.tags[0],
): ecr.ImageIdentifier => ({
  imageDigest: image.digest,
  ...(tag === undefined ? {} : { imageTag: tag }),
});

/** Finds the image that has both the digest and the tag of an ID, as far as the ID names them. */
export const imageWithId = (repository: Repository, id: ecr.ImageIdentifier): Image | undefined =>
  repository.images.find(
    (image) =>
      (id.imageDigest === undefined || image.digest === id.imageDigest) &&
      (id.imageTag === undefined || image.tags.includes(id.imageTag)),
  );

export const imageNotFound = (
  context: Context,
  { name }: Repository,
  id: ecr.ImageIdentifier,
): AwsError =>
  new AwsError(
    "ImageNotFoundException",
    `The image with imageId {imageDigest:'${id.imageDigest ?? "null"}', imageTag:'${id.imageTag ?? "null"}'} does not exist within the repository with name '${name}' in the registry with id '${context.account}'`,
  );
