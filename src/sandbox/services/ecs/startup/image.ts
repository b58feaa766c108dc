import type * as ecs from "@aws-sdk/client-ecs";
import { parseEcrImage } from "../../../../aws/index.ts";
import { evaluate, parsePolicy } from "../../../../iam/index.ts";
import type { Context } from "../../../core/operation.ts";
import { traceToHost } from "../../ec2/network/dns.ts";
import { imageFacts } from "../../../workload-behavior.ts";
import { vpcEndpoints } from "../../ec2/tables.ts";
import { pullThroughCacheRuleOf } from "../../ecr/pull-through-cache.ts";
import { findImage, repositories, type Repository } from "../../ecr/tables.ts";
import type { Role } from "../../iam/tables.ts";
import type { Definition } from "../tables.ts";
import { type Attempt, hostOf, connectionErrorMessage } from "./attempt.ts";
import { explainDenial, SERVICE_SIDE_TRACE } from "./role.ts";
import { connectionFailure, startFailure } from "./start-failure.ts";

/** The registry host and the path of an image reference. */
function registryOf(image: string): {
  readonly host: string;
  readonly path: string;
  readonly displayName: string;
} {
  const [first = "", ...rest] = image.split("/");
  const isHost =
    rest.length > 0 && (first.includes(".") || first.includes(":") || first === "localhost");
  if (isHost) return { host: first, path: rest.join("/"), displayName: image };
  const path = rest.length > 0 ? image : `library/${image}`;
  return { host: "registry-1.docker.io", path, displayName: `docker.io/${path}` };
}

const splitReference = (path: string): { readonly name: string; readonly tag: string } => {
  const at = path.indexOf("@");
  if (at > 0) return { name: path.slice(0, at).replace(/:[^/:]+$/, ""), tag: path.slice(at + 1) };
  const match = /^(.*?)(?::([^/:]+))?$/.exec(path);
  return { name: match?.[1] ?? path, tag: match?.[2] ?? "latest" };
};

/** A repository of Amazon ECR that an image reference names, in the context of its account and region. */
interface EcrRepository {
  readonly context: Context;
  /** Undefined if the sandbox does not have the repository. */
  readonly row: Repository | undefined;
}

/** The repository of an image; undefined if the image is not in Amazon ECR. */
function ecrRepositoryOf(context: Context, uri: string): EcrRepository | undefined {
  const image = parseEcrImage(uri);
  if (image === undefined) return undefined;
  const registryContext = context.at({ account: image.account, region: image.region });
  return { context: registryContext, row: registryContext.in(repositories).get(image.repository) };
}

/**
 * The digest of the manifest or index that an image reference names. Undefined if the sandbox does not have the image. Of an
 * image for several platforms, it is the digest of the index (aws/amazon-ecs-agent#3576).
 */
export function imageDigest(context: Context, image: string): string | undefined {
  const { tag } = splitReference(registryOf(image).path);
  if (isDigest(tag)) return tag;
  const repository = ecrRepositoryOf(context, image)?.row;
  return repository && findImage(repository, tag)?.digest;
}

const isFipsRegistry = (host: string): boolean => /\.dkr[.-]ecr-fips\./.test(host);

const isDigest = (tag: string): boolean => tag.includes(":");

const PULL_ERROR = "CannotPullContainerError:";

export function pullImage(
  attempt: Attempt,
  role: Role | undefined,
  container: ecs.ContainerDefinition,
): void {
  const { context, networkInterface, definition } = attempt;
  const image = container.image ?? "";
  const { host, path, displayName } = registryOf(image);
  const { name, tag: namedTag } = splitReference(path);
  const tag = attempt.pinnedDigests?.get(container.name ?? "") ?? namedTag;
  const reference = `${displayName.split(path)[0]}${name}${isDigest(tag) ? "@" : ":"}${tag}`;
  const trace = traceToHost(context, networkInterface, host.split(":")[0] ?? host);
  if (!trace.arrives) {
    throw connectionFailure(
      "image",
      `${PULL_ERROR} pull image manifest has been retried 5 time(s): failed to resolve ref ${reference}: failed to do request: Head "https://${host}/v2/${name}/manifests/${tag}": ${connectionErrorMessage(attempt, host, trace)}`,
      trace,
      host,
    );
  }
  const facts = imageFacts(context.settings.apps, image);
  const repository = ecrRepositoryOf(context, image);
  const ecrImage = repository && { account: repository.context.account, repository: name };
  const notFoundMessage = `${PULL_ERROR} pull image manifest has been retried 1 time(s): failed to resolve ref ${reference}: ${reference}: not found`;
  const notFound = startFailure(
    "image",
    { kind: "image-not-found", ...(ecrImage ? { image: ecrImage } : {}) },
    notFoundMessage,
  );
  let platforms = facts.platforms;
  if (repository && ecrImage && role) {
    const arn = repository.context.arn("ecr", `repository/${name}`);
    for (const action of ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]) {
      const denial = explainDenial(attempt, role, action, arn, trace);
      if (denial !== undefined) {
        throw startFailure(
          "image",
          { kind: "image-denied", image: ecrImage, by: denial.by },
          `${PULL_ERROR} The task can't pull the image. Check that the role has the permissions to pull images from the registry. pull image manifest has been retried 1 time(s): failed to resolve ref ${reference}: unexpected status from HEAD request to https://${host}/v2/${name}/manifests/${tag}: 403 Forbidden: ${denial.message}`,
        );
      }
    }
    const storedImage = repository.row && findImage(repository.row, tag);
    // If the repository does not exist yet, an image that exists by the settings of the sandbox exists in the upstream registry.
    const isStored =
      storedImage !== undefined || (repository.row !== undefined && facts.exists !== undefined);
    const rule = isStored ? undefined : pullThroughCacheRuleOf(repository.context, name);
    // The first pull through a cache rule is not supported by FIPS endpoints. Source: Amazon ECR User Guide, "Sync an upstream registry
    // with an Amazon ECR private registry": considerations. No public source of the error is known.
    if (rule && isFipsRegistry(host)) throw notFound;
    if (rule)
      importImage(attempt, role, {
        upstream: rule.upstream,
        arn,
        createsRepository: repository.row === undefined,
        usesEndpoint: trace.endpointId !== undefined,
        message: notFoundMessage,
      });
    else if (repository.row && !isStored) throw notFound;
    platforms ??= storedImage?.platforms;
  } else if (facts.private === true && !container.repositoryCredentials) {
    throw startFailure(
      "image",
      { kind: "registry-login-required" },
      `${PULL_ERROR} pull image manifest has been retried 1 time(s): failed to resolve ref ${reference}: failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://${host}/token: 401 Unauthorized`,
    );
  }
  if (facts.exists === false) throw notFound;
  checkPlatform(definition, platforms);
  if (repository) pullLayers(attempt, repository.context.region);
  const diskGiB = definition.body.ephemeralStorage?.sizeInGiB ?? 20;
  if (facts.sizeGiB !== undefined && facts.sizeGiB > diskGiB) {
    throw startFailure(
      "image",
      { kind: "disk-full" },
      `${PULL_ERROR} failed to extract layer: write /var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots: no space left on device`,
    );
  }
}

/** The import of an image through a pull-through cache rule. */
interface ImageImport {
  /** Host name of the upstream registry. */
  readonly upstream: string;
  /** ARN of the repository that gets the image. */
  readonly arn: string;
  readonly createsRepository: boolean;
  /** Whether the task reaches the registry through an interface endpoint. */
  readonly usesEndpoint: boolean;
  /** The error of the task if the import fails: ECR then reports that the image does not exist. */
  readonly message: string;
}

/**
 * The first pull of an image through a pull-through cache rule: ECR imports it with the permissions of the role. Behind an interface
 * endpoint, the first pull also needs a route to the internet.
 *
 * Sources: Amazon ECR User Guide, "IAM permissions required to sync an upstream registry with an Amazon ECR private registry" and
 * "Considerations for Amazon ECR VPC endpoints".
 */
function importImage(
  attempt: Attempt,
  role: Role,
  { upstream, arn, createsRepository, usesEndpoint, message }: ImageImport,
): void {
  for (const action of [
    "ecr:BatchImportUpstreamImage",
    ...(createsRepository ? ["ecr:CreateRepository"] : []),
  ]) {
    const denial = explainDenial(attempt, role, action, arn, SERVICE_SIDE_TRACE);
    if (denial)
      throw startFailure("image", { kind: "image-import-denied", by: denial.by }, message);
  }
  if (!usesEndpoint) return;
  const trace = traceToHost(attempt.context, attempt.networkInterface, upstream);
  if (!trace.arrives) throw connectionFailure("image", message, trace, upstream);
}

function checkPlatform(definition: Definition, platforms: readonly string[] | undefined): void {
  const { cpuArchitecture = "X86_64", operatingSystemFamily = "LINUX" } =
    definition.body.runtimePlatform ?? {};
  const requiredPlatform = `${operatingSystemFamily === "LINUX" ? "linux" : "windows"}/${cpuArchitecture === "ARM64" ? "arm64" : "amd64"}`;
  if (platforms && !platforms.includes(requiredPlatform)) {
    throw startFailure(
      "image",
      { kind: "platform-mismatch" },
      `${PULL_ERROR} pull image manifest has been retried 1 time(s): image Manifest does not contain descriptor matching platform '${requiredPlatform}'`,
    );
  }
}

/**
 * ECR stores image layers in a bucket of Amazon S3. Source: Amazon ECR User Guide, "Minimum Amazon S3 bucket
 * permissions for Amazon ECR".
 */
function pullLayers(attempt: Attempt, region: string): void {
  const { context, networkInterface } = attempt;
  const bucket = `prod-${region}-starport-layer-bucket`;
  const host = hostOf(context, `${bucket}.s3`, region);
  const trace = traceToHost(context, networkInterface, host);
  const url = `https://${host}/`;
  if (!trace.arrives) {
    throw connectionFailure(
      "image",
      `${PULL_ERROR} ref pull has been retried 5 time(s): failed to copy: httpReadSeeker: failed open: failed to do request: Get "${url}": ${connectionErrorMessage(attempt, host, trace)}`,
      trace,
      host,
    );
  }
  const endpoint =
    trace.endpointId === undefined ? undefined : context.in(vpcEndpoints).get(trace.endpointId);
  if (!endpoint) return;
  const decision = evaluate(parsePolicy(endpoint.policy), {
    // The URL is signed by ECR, so that only a statement with the principal "*" matches.
    principal: { arn: `arn:${context.partition}:iam::000000000000:root` },
    action: "s3:GetObject",
    resource: `arn:${context.partition}:s3:::${bucket}/layer`,
    context: { "aws:SourceVpce": endpoint.id, "aws:SourceVpc": endpoint.vpcId },
  });
  if (decision.effect !== "allow") {
    throw startFailure(
      "image",
      { kind: "layers-denied" },
      `${PULL_ERROR} ref pull has been retried 1 time(s): failed to copy: httpReadSeeker: failed open: unexpected status code ${url}: 403 Forbidden`,
    );
  }
}
