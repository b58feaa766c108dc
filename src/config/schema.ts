import { z } from "zod";
import {
  parseArn,
  endpointServices,
  tagLimits,
  isRegion,
  nameProblem,
  parseEcrImage,
  zonesOf,
} from "../aws/index.ts";
import { isCidr, isPrivate, parseCidr } from "../ip/index.ts";
import { checkWorkloads } from "./check-workloads.ts";
import { foundationNameProblem } from "./foundation-name.ts";
import { regionSuggestion } from "./nearest.ts";
import type { Config, FoundationOptions, ProjectOptions } from "./options.ts";
import {
  arnOf,
  awsName,
  hasKey,
  healthCheckMatcher,
  healthCheckPath,
  keyArn,
  object,
  overrides,
  port,
  retention,
  selectSchema,
  stringWithRule,
  wholeNumber,
} from "./schema-parts.ts";
import { jobs, jobOverrides, serviceOverrides, services } from "./workload-schema.ts";

const roleArn = arnOf("iam", /^role\/.+/, "arn:aws:iam::111122223333:role/hello-plan");
const runnerLabel = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "a runner label contains only letters, digits and . _ -");
const runnerLabels = z.union([runnerLabel, z.array(runnerLabel).min(1)]);
const workflowName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\.ya?ml$/, 'expected a file name such as "berth.yml"');
const certificateArn = arnOf(
  "acm",
  /^certificate\/.+/,
  "arn:aws:acm:eu-west-1:111122223333:certificate/1234abcd",
);

const idOf = (prefix: string): z.ZodString =>
  stringWithRule((text) =>
    new RegExp(`^${prefix}-[0-9a-f]{8,17}$`).test(text)
      ? undefined
      : `"${text}" is not an ID such as ${prefix}-0a1b2c3d4e5f60718`,
  );

/** Validates the peer of a security group rule: an IPv4 block, a prefix list or a security group. */
export function peerProblem(text: string): string | undefined {
  if (/^(pl|sg)-[0-9a-f]{8,17}$/.test(text)) return undefined;
  const parsed = parseCidr(text);
  if (isCidr(parsed)) return undefined;
  const hint = parsed.hint === undefined ? "" : `; did you mean ${parsed.hint}?`;
  return `${parsed.problem}; expected an IPv4 block, a prefix list (pl-…) or a security group (sg-…)${hint}`;
}

const vpcBlock = stringWithRule((text) => {
  const parsed = parseCidr(text);
  if (!isCidr(parsed)) {
    return `${parsed.problem}; ${parsed.hint === undefined ? "expected a block from /16 to /22" : `did you mean ${parsed.hint}?`}`;
  }
  return parsed.prefix < 16 || parsed.prefix > 22
    ? `"${text}" is a /${parsed.prefix}; a foundation requires /16 to /22, for the subnets of 8 zones`
    : undefined;
});

const bucketName = stringWithRule((text) =>
  /^(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(text)
    ? undefined
    : `"${text}" is not a bucket name: expected 3 to 63 lower-case letters, digits, dots and hyphens`,
);

const tags = z.record(z.string(), z.string()).superRefine((map, context) => {
  const entries = Object.entries(map);
  const fail = (message: string, path: string[] = []): void =>
    context.addIssue({ code: "custom", message, path });
  if (entries.length > tagLimits.count) {
    fail(`${entries.length} tags; AWS allows ${tagLimits.count} per resource`);
  }
  for (const [key, value] of entries) {
    if (key === "" || key.length > tagLimits.key) {
      fail(`a tag key has 1 to ${tagLimits.key} characters`, [key]);
    }
    if (/^aws:/i.test(key)) fail('a tag key must not start with "aws:"', [key]);
    if (value.length > tagLimits.value) {
      fail(`a tag value has at most ${tagLimits.value} characters`, [key]);
    }
    if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(key + value)) {
      fail("a tag contains only letters, digits, spaces and _ . : / = + - @", [key]);
    }
  }
});

const key = object({
  deletionWindowDays: wholeNumber(7, 30, "a deletion window in days").optional(),
});
const existingKey = object({ arn: keyArn });

const zoneCount = wholeNumber(1, 6, "a number of zones");
const zoneNames = z.array(z.string()).min(1, "set at least one zone").max(6, "set at most 6 zones");

const network = object({
  cidr: vpcBlock.optional(),
  allowPublicAddressSpace: z.boolean().optional(),
}).superRefine(({ cidr, allowPublicAddressSpace }, context) => {
  const parsed = parseCidr(cidr ?? "10.0.0.0/16");
  if (isCidr(parsed) && !isPrivate(parsed) && allowPublicAddressSpace !== true) {
    context.addIssue({
      code: "custom",
      path: ["cidr"],
      message: `"${cidr}" is public address space: the VPC could not reach the internet hosts that use it; use 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10, or set allowPublicAddressSpace`,
    });
  }
});
const existingNetwork = object({
  vpcId: idOf("vpc"),
  privateSubnetIds: z.array(idOf("subnet")).min(1, "set at least one subnet"),
  publicSubnetIds: z.array(idOf("subnet")).optional(),
  routeTableIds: z.array(idOf("rtb")).optional(),
});

const repository = object({
  name: awsName("repository").optional(),
  keepImages: wholeNumber(1, 10_000, "a number of images").optional(),
  keepUntaggedDays: wholeNumber(1, 3650, "a number of days").optional(),
  forceDelete: z.boolean().optional(),
});
const existingRepository = object({
  url: stringWithRule((text) => {
    const image = parseEcrImage(text);
    return image === undefined || image.repositoryUri !== text
      ? "expected <account>.dkr.ecr.<region>.amazonaws.com/<name>, or the host name for IPv6 or FIPS, without a tag"
      : nameProblem("repository", image.repository);
  }),
});

const loadBalancer = object({
  allowFrom: z.array(stringWithRule(peerProblem)),
  scheme: z.enum(["internet-facing", "internal"]).optional(),
  certificateArn: certificateArn.optional(),
  port: port.optional(),
  deletionProtection: z.boolean().optional(),
  healthCheck: object({
    path: healthCheckPath.optional(),
    matcher: healthCheckMatcher.optional(),
    port: port.optional(),
  }).optional(),
  accessLogs: object({ bucket: bucketName, prefix: z.string().optional() }).optional(),
});

const foundation = {
  name: stringWithRule(foundationNameProblem),
  region: z.string().refine(isRegion, {
    error: ({ input }) =>
      `"${String(input)}" is not a known region; ${regionSuggestion(String(input))}`,
  }),
  account: z
    .string("expected the account ID as a string of 12 digits")
    .regex(/^\d{12}$/, "an account ID has 12 digits")
    .optional(),
  production: z.boolean().optional(),
  zones: selectSchema((value) => (Array.isArray(value) ? zoneNames : zoneCount)).optional(),
  egress: z.enum(["endpoints", "nat", "nat-per-zone", "public"]).optional(),
  key: selectSchema((value) => (hasKey(value, "arn") ? existingKey : key)).optional(),
  logs: object({
    name: awsName("logGroup").optional(),
    retentionDays: retention.optional(),
  }).optional(),
  network: selectSchema((value) => (hasKey(value, "vpcId") ? existingNetwork : network)).optional(),
  tasks: object({
    containerPort: port.optional(),
    uses: z.array(z.enum(endpointServices)).optional(),
    egressRules: z.array(object({ to: stringWithRule(peerProblem), port })).optional(),
  }).optional(),
  repository: selectSchema((value) =>
    hasKey(value, "url") ? existingRepository : repository,
  ).optional(),
  cluster: object({
    containerInsights: z.enum(["disabled", "enabled", "enhanced"]).optional(),
    exec: z.boolean().optional(),
    capacityProviders: z
      .array(z.enum(["FARGATE", "FARGATE_SPOT"]))
      .min(1, "set at least one capacity provider")
      .refine(
        (providers) => new Set(providers).size === providers.length,
        "a capacity provider is set twice",
      )
      .optional(),
    namespace: awsName("namespace").optional(),
  }).optional(),
  loadBalancer: selectSchema((value) => (value === false ? z.literal(false) : loadBalancer)),
  publish: selectSchema((value) =>
    typeof value === "string" ? awsName("parameter") : z.boolean(),
  ).optional(),
  tags: tags.optional(),
  services: services.optional(),
  jobs: jobs.optional(),
  override: overrides.optional(),
};

const project = {
  defaultTags: tags.optional(),
  state: object({
    bucket: bucketName,
    key: z.string().min(1).optional(),
    region: foundation.region.optional(),
    kmsKeyArn: keyArn.optional(),
  }).optional(),
  terraformBin: z.string().min(1).optional(),
  checks: object({
    // src/checks/engine/suppressions.ts validates the IDs and dates.
    suppressions: z
      .array(
        object({
          id: z.string(),
          address: z.string().optional(),
          reason: z.string(),
          until: z.string(),
        }),
      )
      .optional(),
    failOn: z.enum(["unknown", "fail"]).optional(),
    isolated: z.boolean().optional(),
  }).optional(),
  pipeline: object({
    repository: z
      .string()
      .regex(/^[A-Za-z0-9-]+\/[A-Za-z0-9._-]+$/, "expected owner/name")
      .optional(),
    ownerId: wholeNumber(1, Number.MAX_SAFE_INTEGER, "a GitHub ID").optional(),
    repositoryId: wholeNumber(1, Number.MAX_SAFE_INTEGER, "a GitHub ID").optional(),
    branch: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/, "a branch contains only letters, digits and . _ / -")
      .optional(),
    workflow: workflowName.optional(),
    imageWorkflow: workflowName.optional(),
    paths: z
      .array(
        z
          .string()
          .regex(
            /^[^/\s][^\n]*$/,
            'expected a path relative to the repository root, such as "infra/**"',
          ),
      )
      .min(1, "set at least one path, or omit paths")
      .optional(),
    runsOn: runnerLabels.optional(),
    checksRunOn: runnerLabels.optional(),
    buildsRunOn: runnerLabels.optional(),
    engine: z.enum(["terraform", "opentofu"]).optional(),
    engineVersion: z
      .string()
      .regex(/^\d+\.\d+\.\d+$/, "expected a full version such as 1.13.5")
      .optional(),
    roles: object({
      plan: roleArn.optional(),
      apply: roleArn.optional(),
      deploy: roleArn.optional(),
      image: roleArn.optional(),
    }).optional(),
    scanCommand: z.string().min(1, "expected a shell command").optional(),
    failOn: z.enum(["low", "medium", "high", "critical"]).optional(),
    driftSchedule: z
      .string()
      .regex(
        /^[0-9*,/-]+( [0-9*,/-]+){4}$/,
        'expected a cron expression with five numeric fields, such as "17 5 * * 1-5"',
      )
      .optional(),
  }).optional(),
};

/** Validates combinations of options, for one environment after merging. */
function checkCombinations(
  options: FoundationOptions,
  fail: (path: (string | number)[], message: string) => void,
): void {
  const { network, loadBalancer, egress = "endpoints" } = options;
  const existing = network !== undefined && "vpcId" in network ? network : undefined;
  if (existing) {
    if (options.zones !== undefined) {
      fail(["zones"], "zones cannot be set for an existing VPC: remove zones or network.vpcId");
    }
    if (loadBalancer && (loadBalancer.scheme ?? "internet-facing") === "internet-facing") {
      if ((existing.publicSubnetIds ?? []).length < 2) {
        fail(
          ["network", "publicSubnetIds"],
          "an internet-facing load balancer requires subnets in two zones: set at least two public subnets",
        );
      }
    } else if (loadBalancer && existing.privateSubnetIds.length < 2) {
      fail(
        ["network", "privateSubnetIds"],
        "a load balancer requires subnets in two zones: set at least two",
      );
    }
    if (egress === "endpoints" && (existing.routeTableIds ?? []).length === 0) {
      fail(
        ["network", "routeTableIds"],
        'egress "endpoints" requires the route tables of the task subnets: tasks pull image layers from S3 through a gateway endpoint in these route tables',
      );
    }
    if (egress === "public" && (existing.publicSubnetIds ?? []).length === 0) {
      fail(["network", "publicSubnetIds"], 'egress "public" requires public subnets for the tasks');
    }
  } else {
    const available = zonesOf(options.region);
    const zones = options.zones ?? 2;
    if (typeof zones === "number") {
      if (zones > available.length) {
        fail(
          ["zones"],
          `${options.region} has ${available.length} zones (${available.join(", ")}), not ${zones}`,
        );
      }
    } else {
      for (const [index, zone] of zones.entries()) {
        if (
          !zone.startsWith(options.region) ||
          !/^[a-h]$/.test(zone.slice(options.region.length))
        ) {
          fail(
            ["zones", index],
            `"${zone}" is not a zone of ${options.region}; use full names such as ${available[0]}`,
          );
        }
      }
      if (new Set(zones).size !== zones.length) fail(["zones"], "a zone is set twice");
    }
    const count = typeof zones === "number" ? zones : zones.length;
    if (loadBalancer && count < 2) {
      fail(
        ["zones"],
        "a load balancer requires at least two zones; one zone is allowed only with loadBalancer: false",
      );
    }
  }
  if (loadBalancer) {
    const port = loadBalancer.port ?? (loadBalancer.certificateArn === undefined ? 80 : 443);
    if (loadBalancer.certificateArn !== undefined) {
      if (port === 80) {
        fail(
          ["loadBalancer", "port"],
          "port 80 redirects to HTTPS; choose another port for HTTPS, such as 443",
        );
      }
      const region = parseArn(loadBalancer.certificateArn)?.region;
      if (region !== options.region) {
        fail(
          ["loadBalancer", "certificateArn"],
          `the certificate is in ${region}; a load balancer in ${options.region} requires a certificate in ${options.region}`,
        );
      }
    }
  }
  const key = options.key;
  if (key !== undefined && "arn" in key) {
    const region = parseArn(key.arn)?.region;
    if (region !== options.region) {
      fail(
        ["key", "arn"],
        `the key is in ${region}; resources in ${options.region} require a key in ${options.region}`,
      );
    }
  }
  checkWorkloads(options, fail);
}

/** Schema of the merged options of one environment. */
export const settingsSchema: z.ZodType<FoundationOptions & ProjectOptions> = z
  .strictObject({ ...foundation, ...project })
  .superRefine((options, context) =>
    checkCombinations(options, (path, message) =>
      context.addIssue({ code: "custom", path, message }),
    ),
  );

/** Schema of the config file, before environments are merged. */
export const configSchema: z.ZodType<Config> = object({
  ...foundation,
  ...project,
  environments: z
    .record(
      z
        .string()
        .regex(
          /^[a-z][a-z0-9-]{0,15}$/,
          "an environment name has 1 to 16 lower-case letters, digits and hyphens, and starts with a letter",
        ),
      object({
        ...foundation,
        ...project,
        services: serviceOverrides,
        jobs: jobOverrides,
      }).partial(),
    )
    .optional(),
});
