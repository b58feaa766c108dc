import { createHash } from "node:crypto";
import { dnsSuffix, partitionOf, regionNames } from "../../../aws/index.ts";
import { notImplemented } from "../../protocol/errors.ts";
import type { Context } from "../../core/operation.ts";
import type { Parameter } from "./tables.ts";

/** Whether a name or path is one of those that AWS publishes. Source: AWS Systems Manager User Guide, "Discovering public parameters in Parameter Store". */
export const isPublicPath = (name: string): boolean => `${name}/`.startsWith("/aws/service/");

/** Values that change with every release of AWS, such as AMI IDs, are made up; the release is fixed. */
const RELEASE = { date: "20250610", time: new Date("2025-06-10T00:00:00Z") };

const amiId = (context: Context, name: string): string =>
  `ami-0${createHash("sha256").update(`${context.region} ${name}`).digest("hex").slice(0, 16)}`;

/** The variants of the ECS-optimized AMI, and the names of their images. Source: Amazon ECS Developer Guide, "Retrieving Amazon ECS-optimized Linux AMI metadata". */
const ECS_AMIS: Readonly<Record<string, readonly [os: string, image: string]>> = {
  "amazon-linux-2023": ["Amazon Linux 2023", "al2023-ami-ecs-hvm-2023.0-kernel-6.1-x86_64"],
  "amazon-linux-2023/arm64": ["Amazon Linux 2023", "al2023-ami-ecs-hvm-2023.0-kernel-6.1-arm64"],
  "amazon-linux-2023/gpu": ["Amazon Linux 2023", "al2023-ami-ecs-gpu-hvm-2023.0-kernel-6.1-x86_64"],
  "amazon-linux-2023/neuron": [
    "Amazon Linux 2023",
    "al2023-ami-ecs-neuron-hvm-2023.0-kernel-6.1-x86_64",
  ],
  "amazon-linux-2": ["Amazon Linux 2", "amzn2-ami-ecs-hvm-2.0-x86_64-ebs"],
  "amazon-linux-2/arm64": ["Amazon Linux 2", "amzn2-ami-ecs-hvm-2.0-arm64-ebs"],
  "amazon-linux-2/gpu": ["Amazon Linux 2", "amzn2-ami-ecs-gpu-hvm-2.0-x86_64-ebs"],
  "amazon-linux-2/inf": ["Amazon Linux 2", "amzn2-ami-ecs-inf-hvm-2.0-x86_64-ebs"],
  "amazon-linux-2/kernel-5.10": ["Amazon Linux 2", "amzn2-ami-ecs-kernel-5.10-hvm-2.0-x86_64-ebs"],
  "amazon-linux-2/kernel-5.10/arm64": [
    "Amazon Linux 2",
    "amzn2-ami-ecs-kernel-5.10-hvm-2.0-arm64-ebs",
  ],
};

/** Source: Amazon Linux 2023 User Guide, "Launching AL2023 by using the SSM parameter"; Amazon Linux 2 User Guide. */
const LINUX_AMIS = ["x86_64", "arm64"].flatMap((architecture) => [
  `al2023-ami-kernel-default-${architecture}`,
  `al2023-ami-kernel-6.1-${architecture}`,
  `al2023-ami-kernel-6.12-${architecture}`,
  `al2023-ami-minimal-kernel-default-${architecture}`,
  `al2023-ami-minimal-kernel-6.1-${architecture}`,
  `amzn2-ami-hvm-${architecture}-gp2`,
  `amzn2-ami-hvm-${architecture}-ebs`,
  `amzn2-ami-kernel-5.10-hvm-${architecture}-gp2`,
  `amzn2-ami-kernel-5.10-hvm-${architecture}-ebs`,
  `amzn2-ami-minimal-hvm-${architecture}-ebs`,
]);

/** Variants and architectures of Bottlerocket for ECS. Source: Amazon ECS Developer Guide, "Amazon ECS-optimized Bottlerocket AMI variants". */
const BOTTLEROCKET = ["aws-ecs-1", "aws-ecs-1-nvidia", "aws-ecs-2", "aws-ecs-2-nvidia"].flatMap(
  (variant) => ["x86_64", "arm64"].map((architecture) => `${variant}/${architecture}`),
);

/** The accounts of the AWS for Fluent Bit images. Source: Amazon ECS Developer Guide, "Using FireLens: AWS for Fluent Bit image repositories". */
const FLUENT_BIT_ACCOUNTS = {
  aws: "906394416424",
  "aws-cn": "128054284489",
  "aws-us-gov": "161423150738",
} as const;
const FLUENT_BIT_VERSION = "2.32.5.20250327";

function ecsAmiParameters(context: Context): [string, string][] {
  return Object.entries(ECS_AMIS).flatMap(([variant, [os, image]]) => {
    const members: Readonly<Record<string, string>> = {
      ecs_agent_version: "1.94.0",
      ecs_runtime_version: "Docker version 25.0.8",
      image_id: amiId(context, image),
      image_name: image.replace(/hvm-[\d.]+/, `$&.${RELEASE.date}`),
      image_version: `${image.includes("2023") ? "2023.0" : "2.0"}.${RELEASE.date}`,
      os,
      source_image_name: image.replace("-ecs", ""),
    };
    const path = `/aws/service/ecs/optimized-ami/${variant}/recommended`;
    return [
      [path, JSON.stringify({ ...members, schema_version: 1 })],
      ...Object.entries(members).map(([name, value]): [string, string] => [
        `${path}/${name}`,
        value,
      ]),
    ];
  });
}

function globalParameters(): [string, string][] {
  const root = "/aws/service/global-infrastructure/regions";
  return regionNames.flatMap((region): [string, string][] => {
    const partition = partitionOf(region);
    return [
      [`${root}/${region}`, region],
      [`${root}/${region}/partition`, partition],
      [`${root}/${region}/domain`, dnsSuffix(partition)],
    ];
  });
}

/** The public parameters that the sandbox has in a region, by name. */
function publicValues(context: Context): ReadonlyMap<string, string> {
  const registry = `${FLUENT_BIT_ACCOUNTS[context.partition]}.dkr.ecr.${context.region}.${dnsSuffix(context.partition)}`;
  return new Map([
    ...ecsAmiParameters(context),
    ...LINUX_AMIS.map((name): [string, string] => [
      `/aws/service/ami-amazon-linux-latest/${name}`,
      amiId(context, name),
    ]),
    ...BOTTLEROCKET.flatMap((variant): [string, string][] => [
      [`/aws/service/bottlerocket/${variant}/latest/image_id`, amiId(context, variant)],
      [`/aws/service/bottlerocket/${variant}/latest/image_version`, "1.40.0-a1b2c3d4"],
    ]),
    ...["stable", "latest", FLUENT_BIT_VERSION].map((name): [string, string] => [
      `/aws/service/aws-for-fluent-bit/${name}`,
      `${registry}/aws-for-fluent-bit:${FLUENT_BIT_VERSION}`,
    ]),
    ...globalParameters(),
  ]);
}

const toParameter = (context: Context, name: string, value: string): Parameter => ({
  name,
  // AWS's parameters belong to no account.
  arn: `arn:${context.partition}:ssm:${context.region}::parameter${name}`,
  type: "String",
  stored: value,
  tier: "Standard",
  dataType: value.startsWith("ami-") ? "aws:ec2:image" : "text",
  version: 1,
  modified: RELEASE.time,
  modifiedBy: "AWS",
  labels: [],
  tags: {},
  earlier: [],
});

/**
 * A parameter that AWS publishes in each region; undefined if the name is not in a public path.
 *
 * @throws AwsError NotImplemented for a public parameter that the sandbox does not have
 */
export function publicParameter(context: Context, name: string): Parameter | undefined {
  if (!isPublicPath(name)) return undefined;
  const value = publicValues(context).get(name);
  if (value === undefined) throw notImplemented(`the public parameter ${name}`);
  return toParameter(context, name, value);
}

/**
 * The public parameters below a path, in the order of their names.
 *
 * @throws AwsError NotImplemented if the sandbox has none of them
 */
export function publicParametersBelow(context: Context, path: string): Parameter[] {
  const below = [...publicValues(context)].filter(([name]) => name.startsWith(path));
  if (below.length === 0) throw notImplemented(`the public parameters below ${path}`);
  return below
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => toParameter(context, name, value));
}
