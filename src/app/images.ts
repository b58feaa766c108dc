import { dirname, join, resolve } from "node:path";
import { imagePlatformOf, type Settings } from "../config/index.ts";
import { loadConfig } from "../config/load.ts";
import { repositoryOf } from "../constructs/index.ts";
import {
  buildImage,
  type BuildContext,
  type BuilderName,
  type BuiltImageRecord,
  commitTag,
  digestOfTag,
  findBuiltImage,
  type ImageListener,
  type ImageRepository,
  type ImageScan,
  openRepository,
  type ProjectImage,
  pushImage,
  type RepositoryReference,
  revisionOf,
  scanVerdict,
  selectBuilder,
  type SelectedBuilder,
  type ScanSeverity,
} from "../images/index.ts";
import { UserError } from "../shared/index.ts";
import { type AwsOptions, withAwsSession } from "./aws-session.ts";
import type { OperationHost } from "./host.ts";
import { interruptible, interruptionOf } from "../terraform/index.ts";
import { type ConfigOptions, resolveOptions } from "./options.ts";
import { selectTargets, type ServiceProject } from "./service-session.ts";
import type { ServiceTarget } from "./service-target.ts";
import { suggest } from "./suggested-command.ts";

/** Options of {@link build}. */
export interface BuildOptions extends ConfigOptions {
  /** Names of services and jobs. @default all with `image: { build }` */
  readonly services?: readonly string[];
  /** Environment variables of the builder. BERTH_BUILDER selects the builder. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** Ends the builder. @default none */
  readonly signal?: AbortSignal;
}

/** An image that was built. */
export interface ImageBuild {
  /** The services and jobs that have this image. */
  readonly services: readonly string[];
  /** The tag in the repository: the first of the services and the commit. */
  readonly tag: string;
  readonly digest: string;
  /** Such as linux/arm64. */
  readonly platform: string;
  /** The Git commit. */
  readonly commit: string;
  /** Whether the files of the build differ from the commit. */
  readonly isModified: boolean;
  readonly builder: BuilderName;
  /** Whether the image has an SBOM and a provenance attestation. */
  readonly hasAttestations: boolean;
  /** The OCI archive, relative to the folder of the config. */
  readonly archive: string;
}

/** The result of {@link build}. */
export interface BuildResult {
  readonly images: readonly ImageBuild[];
}

/** Options of {@link push}. */
export interface PushOptions extends AwsOptions {
  /** Names of services and jobs. @default all with `image: { build }` */
  readonly services?: readonly string[];
  /** Wait for the scan of each image, and compare its findings with this severity. @default no verdict */
  readonly failOn?: ScanSeverity;
}

/** An image in the repository. */
export interface ImagePush {
  /** The services and jobs that have this image. */
  readonly services: readonly string[];
  /** The URI with the digest. */
  readonly image: string;
  readonly tag: string;
  readonly digest: string;
  /** `unchanged` if the tag already named this image. */
  readonly outcome: "pushed" | "unchanged";
  /** Absent if the repository does not scan images on push and `failOn` is not set. */
  readonly scan?: ImageScan;
  /** Whether the scan has findings of the severity `failOn` or a higher one; absent without `failOn`. */
  readonly verdict?: "pass" | "fail" | "unknown";
}

/** The result of {@link push}. */
export interface PushResult {
  readonly images: readonly ImagePush[];
}

/** An image, with the services and jobs that have it. */
interface ServiceImage extends ProjectImage {
  readonly services: readonly string[];
}

export async function buildServiceImages(
  options: BuildOptions,
  host: OperationHost,
): Promise<BuildResult> {
  const resolved = resolveOptions("build", options);
  const { config, env, signal } = resolved;
  host.event?.({ type: "step-started", step: "config" });
  const settings = await loadConfig(config, options.environment);
  const images = selectImages(settings, options.services);
  const context = buildContext(config, env, host, signal);
  try {
    const revised = await withRevisions(images, context);
    const builder = await selectBuilder(env);
    const built: ImageBuild[] = [];
    for (const image of revised)
      built.push(imageBuildOf(image.services, await buildImage(image, context, builder)));
    return { images: built };
  } catch (error) {
    throw interruptionOf(error, signal);
  }
}

const imageBuildOf = (
  services: readonly string[],
  { name, source, tag, digest, commit, isModified, builder, hasAttestations }: BuiltImageRecord,
): ImageBuild => ({
  services,
  tag,
  digest,
  platform: source.platform,
  commit,
  isModified,
  builder,
  hasAttestations,
  archive: join(".berth", "images", `${name}.tar`),
});

export function pushServiceImages(options: PushOptions, host: OperationHost): Promise<PushResult> {
  return withAwsSession("push", options, host, async (session) => {
    const { settings, scope, signal, env } = session;
    const { failOn } = options;
    const selected = selectImages(settings, options.services);
    const context = buildContext(scope.config, env, host, signal);
    const built = selected.map((image) => {
      const record = findBuiltImage(image, context.project);
      if (record !== undefined) return { services: image.services, record };
      throw new UserError(
        "BERTH-E3208",
        `the image of ${image.name} was not built with the options of the config`,
        { where: context.project, fix: `run ${suggest("build", scope, image.name)}` },
      );
    });
    const repository = await openRepository(imageRepositoryOf(session, isSandbox(options)), signal);
    const images: ImagePush[] = [];
    for (const { services, record } of built) {
      const { tag, digest } = record;
      const { uri, outcome, scan } = await pushImage(record, repository, {
        ...context,
        waitForScan: failOn === undefined ? "on-push" : "always",
      });
      images.push({
        services,
        image: uri,
        tag,
        digest,
        outcome,
        ...(scan === undefined ? {} : { scan }),
        ...(scan === undefined || failOn === undefined
          ? {}
          : { verdict: scanVerdict(scan, failOn) }),
      });
    }
    return { images };
  });
}

/**
 * The images of services and jobs whose image is built: those of the checked-out commit. An image that the repository does not
 * have is built, unless it was built before, and pushed.
 *
 * @returns URIs with digests, by the name of the service or job. Those with another image are left out
 * @throws UserError BERTH-E3004 if the process is interrupted, and the errors of build and push
 */
export function provideImages(
  project: ServiceProject,
  targets: readonly ServiceTarget[],
  host: OperationHost,
): Promise<ReadonlyMap<string, string>> {
  const { settings, options } = project;
  const images = imagesOf(settings, targets);
  if (images.length === 0) return Promise.resolve(new Map());
  return interruptible(async (signal) => {
    const context = buildContext(options.config, options.env, host, signal);
    const revised = await withRevisions(images, context);
    const repository = await openRepository(imageRepositoryOf(project, isSandbox(options)), signal);
    let builder: Promise<SelectedBuilder> | undefined;
    const findBuilder = (): Promise<SelectedBuilder> => (builder ??= selectBuilder(context.env));
    const uris = new Map<string, string>();
    for (const image of revised) {
      const uri = await provideImage(image, repository, context, findBuilder);
      for (const service of image.services) uris.set(service, uri);
    }
    return uris;
  });
}

async function provideImage(
  image: Awaited<ReturnType<typeof withRevisions>>[number],
  repository: ImageRepository,
  context: BuildContext,
  findBuilder: () => Promise<SelectedBuilder>,
): Promise<string> {
  const { name, revision } = image;
  const isModified = revision.modifiedFiles.length > 0;
  if (!isModified) {
    const tag = commitTag(name, revision.commit);
    const digest = await digestOfTag(repository, tag, context.signal);
    if (digest !== undefined) {
      const uri = `${repository.repositoryUri}@${digest}`;
      context.listener({ type: "found", image: name, uri });
      return uri;
    }
  }
  const earlier = isModified ? undefined : findBuiltImage(image, context.project);
  const record =
    earlier?.commit === revision.commit && !earlier.isModified
      ? earlier
      : await buildImage(image, context, await findBuilder());
  const { uri } = await pushImage(record, repository, { ...context, waitForScan: "never" });
  return uri;
}

const withRevisions = async <Image extends ProjectImage>(
  images: readonly Image[],
  context: BuildContext,
): Promise<(Image & { readonly revision: Awaited<ReturnType<typeof revisionOf>> })[]> => {
  const revised = [];
  for (const image of images)
    revised.push({ ...image, revision: await revisionOf(image, context) });
  return revised;
};

function buildContext(
  config: string,
  env: NodeJS.ProcessEnv,
  host: OperationHost,
  signal: AbortSignal | undefined,
): BuildContext {
  const listener: ImageListener = (event) => host.event?.({ type: "image", event });
  return { project: dirname(resolve(config)), config, env, signal, listener };
}

const isSandbox = ({ sandbox = false }: Pick<AwsOptions, "sandbox">): boolean => sandbox !== false;

/** The repository of a foundation, as the destination of images. */
function imageRepositoryOf(
  { settings, clientIn }: Pick<ServiceProject, "settings" | "clientIn">,
  isInSandbox: boolean,
): RepositoryReference {
  const { name, region, account } = repositoryOf(settings);
  return {
    client: clientIn(region),
    repositoryName: name,
    ...(account === undefined ? {} : { registryId: account }),
    isSandbox: isInSandbox,
  };
}

/**
 * The images of services and jobs that are built.
 *
 * @param names their names. @default all whose image is built
 * @throws UserError BERTH-E6001 if the image of a named service is not built, or if no image is built
 */
function selectImages(settings: Settings, names: readonly string[] = []): readonly ServiceImage[] {
  const targets = selectTargets(settings, names);
  const images = imagesOf(settings, targets);
  const built = new Set(images.flatMap(({ services }) => services));
  const other = names.find((name) => !built.has(name));
  if (other !== undefined || images.length === 0)
    throw new UserError(
      "BERTH-E6001",
      other === undefined
        ? "no service or job of the config has an image to build"
        : `the config sets the image of ${other}: it is not built`,
      { fix: 'set image: { build: "." }, with the folder of its Dockerfile', exitCode: 64 },
    );
  return images;
}

/**
 * The images of services and jobs, without images that are not built. Services with the same build options have the same image. Its
 * name is that of the first of them in the config.
 */
function imagesOf(
  settings: Settings,
  targets: readonly Pick<ServiceTarget, "name">[],
): readonly ServiceImage[] {
  const selected = new Set(targets.map(({ name }) => name));
  const groups = new Map<string, ProjectImage & { readonly services: string[] }>();
  for (const [name, workload] of [
    ...Object.entries(settings.services ?? {}),
    ...Object.entries(settings.jobs ?? {}),
  ]) {
    const { image } = workload;
    if (typeof image === "string" || !("build" in image)) continue;
    const { build: context, dockerfile = "Dockerfile", target, args = {} } = image;
    const source = {
      context,
      dockerfile,
      ...(target === undefined ? {} : { target }),
      args,
      platform: imagePlatformOf(workload),
      attestations: image.attestations ?? true,
    };
    const key = JSON.stringify(source);
    const group = groups.get(key) ?? { name, source, services: [] };
    groups.set(key, group);
    if (selected.has(name)) group.services.push(name);
  }
  return [...groups.values()].filter(({ services }) => services.length > 0);
}
