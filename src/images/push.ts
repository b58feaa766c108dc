import { UserError } from "../shared/index.ts";
import { archivePath, type TaggedImage } from "./build.ts";
import type { ImageListener } from "./events.ts";
import { type ImageContent, OciArchive } from "./oci-archive.ts";
import { IMMUTABLE_TAG_FIX, RegistryClient, type RegistryRepository } from "./registry.ts";
import { type EcrClient, type ImageScan, type ScanClock, waitForScan } from "./scan.ts";

/** Names a repository in Amazon ECR, or in a sandbox. */
export interface RepositoryReference {
  /** The client for the region of the repository. */
  readonly client: EcrClient;
  readonly repositoryName: string;
  /** The account of the registry. @default that of the client's credentials */
  readonly registryId?: string;
  /** Whether the client calls a sandbox: a push must then stay on this machine. */
  readonly isSandbox: boolean;
}

/** An existing repository. */
export interface ImageRepository extends Required<RepositoryReference> {
  /** Registry and repository, without a tag. */
  readonly repositoryUri: string;
  /** Whether every tag can be moved to another image. */
  readonly isMutable: boolean;
  readonly scansOnPush: boolean;
}

/** An image in a repository. */
export interface PushedImage {
  /** The URI with the digest. */
  readonly uri: string;
  /** `unchanged` if the tag already named this image. */
  readonly outcome: "pushed" | "unchanged";
  /** Absent if there was no wait for a scan. */
  readonly scan?: ImageScan;
}

export interface PushOptions {
  /** The project folder, which contains .berth. */
  readonly project: string;
  readonly listener: ImageListener;
  readonly signal?: AbortSignal | undefined;
  /** When to wait for the scan of Amazon ECR. `on-push`: if the repository scans images on push. */
  readonly waitForScan: "always" | "on-push" | "never";
  readonly clock?: ScanClock;
}

/**
 * Reads the settings of a repository.
 *
 * @throws UserError BERTH-E3101 if the repository does not exist
 */
export async function openRepository(
  reference: RepositoryReference,
  signal?: AbortSignal,
): Promise<ImageRepository> {
  const { client, registryId, repositoryName } = reference;
  const found = await client.callUnless(
    "RepositoryNotFoundException",
    "ecr",
    "DescribeRepositories",
    {
      ...(registryId === undefined ? {} : { registryId }),
      repositoryNames: [repositoryName],
    },
    { signal },
  );
  const [repository] = found?.repositories ?? [];
  if (repository?.repositoryUri === undefined || repository.registryId === undefined)
    throw new UserError("BERTH-E3101", `the image repository ${repositoryName} does not exist`, {
      fix: "apply the foundation, which creates it; or correct repository.url in the config",
    });
  return {
    ...reference,
    registryId: repository.registryId,
    repositoryUri: repository.repositoryUri,
    isMutable: repository.imageTagMutability === "MUTABLE",
    scansOnPush: repository.imageScanningConfiguration?.scanOnPush ?? false,
  };
}

/** The digest that a tag names; undefined if the repository does not have the tag. */
export async function digestOfTag(
  { client, registryId, repositoryName }: ImageRepository,
  imageTag: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const found = await client.callUnless(
    "ImageNotFoundException",
    "ecr",
    "DescribeImages",
    { registryId, repositoryName, imageIds: [{ imageTag }] },
    { signal },
  );
  return found?.imageDetails?.[0]?.imageDigest;
}

/**
 * Pushes an image with its tag, and waits for its scan. The registry stores exactly the built bytes, so that the image has
 * the same digest in every registry.
 *
 * @throws UserError BERTH-E3209 if the tag is immutable and names another image, BERTH-E3210 if the registry rejects the push,
 *   BERTH-E3211 if the registry of a sandbox is not on this machine, BERTH-E3207 if the archive of the image is invalid
 */
export async function pushImage(
  image: TaggedImage,
  repository: ImageRepository,
  options: PushOptions,
): Promise<PushedImage> {
  const { name, tag, digest } = image;
  const { project, listener, signal, clock } = options;
  const archive = new OciArchive(archivePath(project, name));
  const content = archive.readContent();
  const current = await digestOfTag(repository, tag, signal);
  if (current !== digest) {
    if (current !== undefined && !repository.isMutable) throw tagTaken(repository, tag, current);
    await upload(archive, content, image, repository, { listener, signal });
  }
  const pushed: PushedImage = {
    uri: `${repository.repositoryUri}@${digest}`,
    outcome: current === digest ? "unchanged" : "pushed",
  };
  const isAwaited =
    options.waitForScan === "always" ||
    (options.waitForScan === "on-push" && repository.scansOnPush);
  if (!isAwaited) return pushed;
  const [platform] = content.platforms;
  if (platform === undefined)
    return { ...pushed, scan: { outcome: "unknown", reason: "the image has no platform" } };
  listener({ type: "scan-started", image: name });
  const scan = await waitForScan(
    repository.client,
    { ...repository, digest: platform.digest },
    { signal, ...(clock && { clock }) },
  );
  return { ...pushed, scan };
}

const tagTaken = ({ repositoryUri }: ImageRepository, tag: string, digest: string): UserError =>
  new UserError("BERTH-E3209", `the immutable tag ${tag} already names another image: ${digest}`, {
    where: repositoryUri,
    fix: IMMUTABLE_TAG_FIX,
  });

async function upload(
  archive: OciArchive,
  { root, children, blobs }: ImageContent,
  { name, tag }: TaggedImage,
  repository: ImageRepository,
  { listener, signal }: Pick<PushOptions, "listener" | "signal">,
): Promise<void> {
  const destination = await logIn(repository, signal);
  const registry = new RegistryClient(destination, signal);
  listener({
    type: "push-started",
    image: name,
    uri: `${repository.repositoryUri}:${tag}`,
    registry: destination.endpoint.host,
  });
  for (const blob of blobs) {
    const { digest, size } = blob;
    if (await registry.hasBlob(digest)) continue;
    await registry.uploadBlob(blob, () => archive.stream(digest));
    listener({ type: "blob-pushed", image: name, digest, size });
  }
  for (const manifest of children) await registry.putManifest(manifest, manifest.digest);
  await registry.putManifest(root, tag);
}

/**
 * The registry of a repository, with credentials for it. They stay in this process.
 *
 * Source: Amazon ECR User Guide, "Private registry authentication in Amazon ECR", "Using HTTP API authentication".
 */
async function logIn(
  { client, repositoryName, repositoryUri, isSandbox }: ImageRepository,
  signal: AbortSignal | undefined,
): Promise<RegistryRepository> {
  const { authorizationData = [] } = await client.call(
    "ecr",
    "GetAuthorizationToken",
    {},
    { signal },
  );
  const { authorizationToken, proxyEndpoint } = authorizationData[0] ?? {};
  if (authorizationToken === undefined || proxyEndpoint === undefined)
    throw new UserError("BERTH-E3210", "Amazon ECR returns no authorization token", {
      where: repositoryUri,
    });
  const proxy = new URL(proxyEndpoint);
  // Only a sandbox has a registry on this machine. Its token must not be sent to AWS, also if AWS_ENDPOINT_URL selected the sandbox.
  const isOnThisMachine = proxy.hostname === SANDBOX_HOST;
  if (isSandbox && !isOnThisMachine)
    throw new UserError(
      "BERTH-E3211",
      `the sandbox names a registry on another machine: ${proxy.host}`,
      { fix: "update Berth, and start the sandbox again" },
    );
  // A token is valid for every registry that the credentials may use, which includes those of other accounts.
  const endpoint = isOnThisMachine
    ? proxy
    : new URL(`https://${repositoryUri.slice(0, repositoryUri.indexOf("/"))}`);
  return { endpoint, repository: repositoryName, basicToken: authorizationToken };
}

const SANDBOX_HOST = "127.0.0.1";
