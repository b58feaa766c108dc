import type * as ecr from "@aws-sdk/client-ecr";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import type { Context } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/tables.ts";

export interface Image {
  readonly digest: string;
  readonly mediaType: string;
  readonly manifest: string;
  readonly tags: readonly string[];
  /** Such as linux/amd64; undefined if neither the index nor the image configuration has it. */
  readonly platforms?: readonly string[];
  /** Size of the layers in bytes. */
  readonly size: number;
  readonly pushed: Date;
  /** The time of the last scan request. */
  readonly scanned?: Date;
}

export interface Repository {
  readonly name: string;
  readonly arn: string;
  readonly uri: string;
  readonly mutability: ecr.ImageTagMutability;
  readonly scanOnPush: boolean;
  readonly encryption: { readonly encryptionType: ecr.EncryptionType; readonly kmsKey?: string };
  readonly policy?: string;
  readonly lifecyclePolicy?: string;
  readonly images: readonly Image[];
  readonly tags: Readonly<Record<string, string>>;
  readonly created: Date;
}

export const repositories: TableKey<Repository> = table("ecr/repository");

export function requireRepository(context: Context, name: string, registryId?: string): Repository {
  const row = context.in(repositories).get(name);
  if (row && (registryId ?? context.account) === context.account) return row;
  throw new AwsError(
    "RepositoryNotFoundException",
    `The repository with name '${name}' does not exist in the registry with id '${registryId ?? context.account}'`,
  );
}

/** A registry of another account can only be used through its repositories. */
export function requireOwnRegistry(context: Context, registryId: string | undefined): void {
  if (registryId !== undefined && registryId !== context.account)
    throw notImplemented("the registry of another account");
}

export const putRepository = (context: Context, row: Repository): Repository =>
  context.in(repositories).put(row.name, row);

/** Finds an image by its tag or digest. */
export const findImage = ({ images }: Repository, reference: string): Image | undefined =>
  images.find((image) => image.digest === reference || image.tags.includes(reference));
