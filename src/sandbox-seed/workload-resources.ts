import { AwsClient } from "../aws-client/index.ts";
import { dnsSuffix, parseArn, partitionOf } from "../aws/index.ts";
import {
  type ContainerOptions,
  type FoundationOptions,
  imagePlatformOf,
  type ParameterReference,
  type SecretReference,
  type WorkloadOptions,
} from "../config/index.ts";
import { repositoryOf } from "../constructs/index.ts";
import { openRepository, prepareImage, pushImage } from "../images/index.ts";
import { sandboxEnvironment } from "../sandbox/client.ts";
import type { AccountRegion, Sandbox } from "../sandbox/index.ts";
import { inspect } from "../sandbox/inspection/index.ts";
import { secretNameOf, Seeder } from "../sandbox/seeding.ts";
import { temporaryFolder } from "../shared/index.ts";
import { locationOf, seedKey } from "./existing-resources.ts";

/** The value of assumed secrets and parameters. */
const ASSUMED_VALUE = "assumed";

/** The containers of a service or job: its own, and its sidecars. */
const containersOf = (workload: WorkloadOptions): readonly ContainerOptions[] => [
  workload,
  ...Object.values(workload.sidecars ?? {}),
];

const unique = <T>(values: readonly (T | undefined)[]): T[] => [
  ...new Set(values.filter((value) => value !== undefined)),
];

/** The name of a parameter. @param nameOrArn a name, or an ARN */
export const parameterNameOf = (nameOrArn: string): string => {
  const resource = parseArn(nameOrArn)?.resource;
  if (resource === undefined) return nameOrArn;
  const name = resource.replace(/^parameter\//, "");
  return name.includes("/") ? `/${name}` : name;
};

/**
 * Creates in a sandbox what the services and jobs of a config expect to exist: secrets with the keys that they read, parameters, the
 * keys that encrypt them, images by tag in the repository of the foundation, and alarms. Call it after the foundation and all
 * earlier stacks are applied: what exists is not changed.
 *
 * @param account the account ID of the foundation
 * @returns the assumptions about the created resources, one line for each
 */
export async function seedWorkloadResources(
  sandbox: Sandbox,
  options: FoundationOptions,
  account: string,
): Promise<string[]> {
  const { region, services = {}, jobs = {} } = options;
  const location = { account, region };
  const workloads: readonly WorkloadOptions[] = [
    ...Object.values(services),
    ...Object.values(jobs),
  ];
  const references = workloads
    .flatMap(containersOf)
    .flatMap(({ secrets = {} }) => Object.values(secrets));
  const secrets = references.filter((reference) => "secret" in reference);
  const parameters = references.filter((reference) => "parameter" in reference);
  return [
    ...unique(references.map(({ kmsKeyArn }) => kmsKeyArn)).flatMap((arn) =>
      seedKey(sandbox, arn, location),
    ),
    ...unique(secrets.map(({ secret }) => secret)).flatMap((secret) =>
      seedSecret(
        sandbox,
        secrets.filter((reference) => reference.secret === secret),
        location,
      ),
    ),
    ...unique(parameters.map(({ parameter }) => parameter)).flatMap((parameter) =>
      seedParameter(
        sandbox,
        parameters.filter((reference) => reference.parameter === parameter),
        location,
      ),
    ),
    ...(await seedImages(sandbox, options, location)),
    ...unique(
      Object.values(services).flatMap(({ deployment }) => deployment?.alarms?.names ?? []),
    ).flatMap((alarm) => seedAlarm(sandbox, alarm, location)),
  ];
}

/** @param references all references to one secret */
function seedSecret(
  sandbox: Sandbox,
  references: readonly SecretReference[],
  location: AccountRegion,
): string[] {
  const [{ secret } = { secret: "" }] = references;
  const place = secret.startsWith("arn:") ? locationOf(secret) : location;
  const seeder = new Seeder(sandbox, place);
  const name = secretNameOf(secret);
  if (seeder.succeeds("secretsmanager", "DescribeSecret", { SecretId: name })) return [];
  const keys = unique(references.map(({ key }) => key));
  const [kmsKeyArn] = unique(references.map((reference) => reference.kmsKeyArn));
  const [versionId, ...otherVersions] = unique(references.map((reference) => reference.versionId));
  const value =
    keys.length === 0
      ? ASSUMED_VALUE
      : JSON.stringify(Object.fromEntries(keys.map((key) => [key, ASSUMED_VALUE])));
  seeder.putSecret(secret, value, {
    ...(kmsKeyArn === undefined ? {} : { KmsKeyId: kmsKeyArn }),
    // The ID of a version is the token of the request that creates it.
    ...(versionId === undefined ? {} : { ClientRequestToken: versionId }),
  });
  for (const ClientRequestToken of otherVersions)
    seeder.call("secretsmanager", "PutSecretValue", {
      SecretId: name,
      SecretString: value,
      ClientRequestToken,
    });
  const known = keys.length === 0 ? "" : `, with the keys ${keys.join(", ")}`;
  return [`the secret ${secret} exists${known}`];
}

/** @param references all references to one parameter */
function seedParameter(
  sandbox: Sandbox,
  references: readonly ParameterReference[],
  location: AccountRegion,
): string[] {
  const [{ parameter } = { parameter: "" }] = references;
  const place = parameter.startsWith("arn:") ? locationOf(parameter) : location;
  const seeder = new Seeder(sandbox, place);
  const Name = parameterNameOf(parameter);
  if (seeder.succeeds("ssm", "GetParameter", { Name })) return [];
  const [kmsKeyArn] = unique(references.map((reference) => reference.kmsKeyArn));
  if (kmsKeyArn === undefined) seeder.putParameter(Name, ASSUMED_VALUE);
  else
    seeder.call("ssm", "PutParameter", {
      Name,
      Value: ASSUMED_VALUE,
      Type: "SecureString",
      KeyId: kmsKeyArn,
    });
  return [`the parameter ${parameter} exists`];
}

/**
 * The repository of the foundation's images, and where it is.
 *
 * @param foundationAccount the account ID of the foundation
 */
function placedRepositoryOf(
  options: FoundationOptions,
  foundationAccount: string,
): { readonly repositoryName: string; readonly place: AccountRegion } {
  const { name, region, account = foundationAccount } = repositoryOf(options);
  return { repositoryName: name, place: { account, region } };
}

/** The URL of the repository of a foundation's images. @param account the account ID of the foundation */
export function repositoryUrlOf(options: FoundationOptions, account: string): string {
  const { repositoryName, place } = placedRepositoryOf(options, account);
  const suffix = dnsSuffix(partitionOf(place.region));
  return `${place.account}.dkr.ecr.${place.region}.${suffix}/${repositoryName}`;
}

/** The images that services and jobs name by their tag: the platforms of the tasks, by the tag. */
function taggedImagesOf({
  services = {},
  jobs = {},
}: FoundationOptions): ReadonlyMap<string, readonly string[]> {
  const images = new Map<string, string[]>();
  for (const workload of [...Object.values(services), ...Object.values(jobs)]) {
    const { image } = workload;
    if (typeof image !== "object" || !("tag" in image)) continue;
    images.set(image.tag, unique([...(images.get(image.tag) ?? []), imagePlatformOf(workload)]));
  }
  return images;
}

/**
 * Pushes images with the tags of the config to the repository of the foundation, which is created if it does not exist. They are
 * prepared images for the platforms of the tasks.
 */
async function seedImages(
  sandbox: Sandbox,
  options: FoundationOptions,
  location: AccountRegion,
): Promise<string[]> {
  const images = taggedImagesOf(options);
  if (images.size === 0) return [];
  const { repositoryName, place } = placedRepositoryOf(options, location.account);
  const seeder = new Seeder(sandbox, place);
  const exists = inspect(sandbox).resource("repository", repositoryName, place) !== undefined;
  if (!exists) seeder.call("ecr", "CreateRepository", { repositoryName });
  const missing = [...images].filter(
    ([imageTag]) =>
      !seeder.succeeds("ecr", "DescribeImages", { repositoryName, imageIds: [{ imageTag }] }),
  );
  await pushPreparedImages(sandbox, missing, { repositoryName, place });
  return [
    ...(exists ? [] : [`the repository ${repositoryName} exists in account ${place.account}`]),
    ...missing.map(([tag]) => `the repository ${repositoryName} has an image with the tag ${tag}`),
  ];
}

/** Pushes prepared images to the registry of a sandbox. @param images their platforms, by their tags */
async function pushPreparedImages(
  sandbox: Sandbox,
  images: readonly (readonly [tag: string, platforms: readonly string[]])[],
  { repositoryName, place }: ReturnType<typeof placedRepositoryOf>,
): Promise<void> {
  if (images.length === 0) return;
  const folder = temporaryFolder("images");
  try {
    const client = new AwsClient({
      region: place.region,
      env: sandboxEnvironment({}, sandbox.url, place.account),
    });
    const repository = await openRepository({ client, repositoryName, isSandbox: true });
    for (const [tag, platforms] of images)
      await pushImage(prepareImage({ name: "assumed", tag, platforms }, folder.path), repository, {
        project: folder.path,
        listener: () => {},
        waitForScan: "never",
      });
  } finally {
    folder.remove();
  }
}

/** Removes the images with the tags of a config from the repository of the foundation, if both exist. */
export function removeSeededImages(
  sandbox: Sandbox,
  options: FoundationOptions,
  account: string,
): void {
  const tags = [...taggedImagesOf(options).keys()];
  const { repositoryName, place } = placedRepositoryOf(options, account);
  if (tags.length === 0 || !inspect(sandbox).resource("repository", repositoryName, place)) return;
  new Seeder(sandbox, place).call("ecr", "BatchDeleteImage", {
    repositoryName,
    imageIds: tags.map((imageTag) => ({ imageTag })),
  });
}

function seedAlarm(sandbox: Sandbox, AlarmName: string, location: AccountRegion): string[] {
  const seeder = new Seeder(sandbox, location);
  const { MetricAlarms = [] } = seeder.call("monitoring", "DescribeAlarms", {
    AlarmNames: [AlarmName],
  }) as { readonly MetricAlarms?: readonly unknown[] };
  if (MetricAlarms.length > 0) return [];
  seeder.call("monitoring", "PutMetricAlarm", {
    AlarmName,
    Namespace: "Berth/Assumed",
    MetricName: "Assumed",
    Statistic: "Sum",
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: "GreaterThanThreshold",
  });
  return [`the alarm ${AlarmName} exists, and is not in the state ALARM`];
}
