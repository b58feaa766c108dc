import { z } from "zod";
import {
  arnOf,
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
import { imageUriProblem } from "./image-uri.ts";
import { isTimeZone, scheduleProblem } from "./schedule.ts";
import type {
  JobOptions,
  ScaleOptions,
  SecretReference,
  ParameterReference,
  ServiceOptions,
} from "./service-options.ts";
import type { ServiceOverrides } from "./options.ts";

const imageUri = stringWithRule(imageUriProblem);

/** Source: OCI Distribution Specification, "Pulling manifests". */
const tag = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/, "a tag has 1 to 128 letters, digits and . _ -");

const builtImage = object({
  build: z.string().min(1, 'expected a folder, such as "."'),
  dockerfile: z
    .string()
    .min(1, "expected the path of a Dockerfile, relative to the build folder")
    .optional(),
  // Source: Dockerfile reference, "FROM".
  target: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9._-]*$/, "expected the name of a build stage, such as runtime")
    .optional(),
  args: z
    .record(
      stringWithRule((text) =>
        /^[A-Za-z_][A-Za-z0-9_]*$/.test(text)
          ? undefined
          : `"${text}" is not the name of a build argument: expected letters, digits and _, not starting with a digit`,
      ),
      z.string(),
    )
    .optional(),
  attestations: z.boolean().optional(),
});
const taggedImage = object({ tag });
const digestImage = object({
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/, "expected sha256: and 64 hexadecimal digits"),
});
const unknownImage = z.custom<never>(
  () => false,
  "expected the URI of an image, { build }, { tag } or { digest }",
);
const image = selectSchema((value) => {
  if (typeof value === "string") return imageUri;
  if (hasKey(value, "build")) return builtImage;
  if (hasKey(value, "tag")) return taggedImage;
  return hasKey(value, "digest") ? digestImage : unknownImage;
});

const secretName = stringWithRule((text) =>
  /^(arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:)?[A-Za-z0-9/_+=.@-]{1,512}$/.test(text)
    ? undefined
    : `"${text}" is not the name or ARN of a secret`,
);
const parameterName = stringWithRule((text) =>
  /^(arn:aws[a-z-]*:ssm:[a-z0-9-]+:\d{12}:parameter\/[A-Za-z0-9_./-]+|\/?[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+){0,14})$/.test(
    text,
  )
    ? undefined
    : `"${text}" is not the name or ARN of a parameter`,
);
const secretReference = object({
  secret: secretName,
  key: z
    .string()
    .regex(/^[^:]+$/, "a JSON key must not be empty or contain a colon")
    .optional(),
  versionId: z
    .string()
    .regex(/^[A-Za-z0-9-]{32,64}$/, "a version ID has 32 to 64 letters, digits and hyphens")
    .optional(),
  kmsKeyArn: keyArn.optional(),
});
const parameterReference = object({ parameter: parameterName, kmsKeyArn: keyArn.optional() });
const bothReferences = z.custom<never>(() => false, "set secret or parameter, not both");
const noReference = z.custom<never>(
  () => false,
  "expected { secret } for Secrets Manager, or { parameter } for Parameter Store",
);
const secret: z.ZodType<SecretReference | ParameterReference> = selectSchema((value) => {
  if (hasKey(value, "secret")) return hasKey(value, "parameter") ? bothReferences : secretReference;
  return hasKey(value, "parameter") ? parameterReference : noReference;
});

/** Variables that ECS sets in each container. Source: Amazon ECS Developer Guide, "Amazon ECS environment variables". */
const RESERVED_VARIABLES: ReadonlySet<string> = new Set([
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_EXECUTION_ENV",
  "ECS_AGENT_URI",
  "ECS_CONTAINER_METADATA_URI",
  "ECS_CONTAINER_METADATA_URI_V4",
]);
const variableName = stringWithRule((text) => {
  if (RESERVED_VARIABLES.has(text))
    return `ECS sets ${text} in each container: choose another name`;
  return /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(text)
    ? undefined
    : `"${text}" is not the name of an environment variable: expected letters, digits and _ . -, not starting with a digit`;
});

const command = z.array(z.string()).min(1, "a command has at least one word");
const seconds = (min: number, max: number, what: string): z.ZodNumber =>
  wholeNumber(min, max, `${what} in seconds`);

/** Source: Amazon ECS API Reference, HealthCheck. */
const containerHealthCheck = object({
  command: z
    .array(z.string())
    .min(2, 'expected ["CMD-SHELL", "…"] or ["CMD", "program", …]')
    .refine(
      ([kind]) => kind === "CMD" || kind === "CMD-SHELL",
      'the first word is "CMD" or "CMD-SHELL"',
    )
    .refine(
      ([kind, ...words]) => kind !== "CMD-SHELL" || words.length === 1,
      '"CMD-SHELL" has one argument: the command line',
    ),
  interval: seconds(5, 300, "an interval").optional(),
  timeout: seconds(2, 60, "a timeout").optional(),
  retries: wholeNumber(1, 10, "a number of retries").optional(),
  startPeriod: seconds(0, 300, "a start period").optional(),
});

const containerName = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,29}$/,
    "a container name has 1 to 30 lower-case letters, digits and hyphens, and starts with a letter",
  );

const container = {
  command: command.optional(),
  entryPoint: command.optional(),
  environment: z.record(variableName, z.string()).optional(),
  secrets: z.record(variableName, secret).optional(),
  user: z
    .string()
    .regex(
      /^[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$/,
      'expected a user, or user:group, such as "1000:1000"',
    )
    .optional(),
  readonlyRootFilesystem: z.boolean().optional(),
  writablePaths: z
    .array(
      z.string().regex(/^(\/[^/:\s]+)+$/, "expected an absolute path of a folder, such as /tmp"),
    )
    .optional(),
  // Source: Amazon ECS API Reference, ContainerDefinition: stopTimeout.
  stopTimeout: seconds(1, 120, "a stop timeout").optional(),
  containerHealthCheck: containerHealthCheck.optional(),
  dependsOn: z.record(z.string(), z.enum(["START", "COMPLETE", "SUCCESS", "HEALTHY"])).optional(),
};

const sidecar = object({
  ...container,
  image: imageUri,
  essential: z.boolean().optional(),
  port: port.optional(),
  memory: wholeNumber(6, 122_880, "a memory size in MiB").optional(),
});

const permission = object({
  actions: z
    .array(
      stringWithRule((text) =>
        /^[a-z0-9-]+:[A-Za-z0-9*?]+$/.test(text)
          ? undefined
          : `"${text}" is not an IAM action such as s3:GetObject`,
      ),
    )
    .min(1, "set at least one action"),
  resources: z
    .array(
      stringWithRule((text) =>
        text === "*" || /^arn:aws[a-z-]*:[^:]+:[^:]*:[^:]*:.+$/.test(text)
          ? undefined
          : `"${text}" is not an ARN, and not "*"`,
      ),
    )
    .min(1, "set at least one resource"),
  conditions: z
    .record(z.string(), z.record(z.string(), z.union([z.string(), z.array(z.string())])))
    .optional(),
});

const workload = {
  ...container,
  image,
  size: object({ cpu: z.number(), memory: z.number() }).optional(),
  architecture: z.enum(["arm64", "x86_64"]).optional(),
  ephemeralStorage: wholeNumber(21, 200, "an ephemeral storage size in GiB").optional(),
  permissions: z.array(permission).optional(),
  sidecars: z.record(containerName, sidecar).optional(),
  capacityProvider: z.enum(["FARGATE", "FARGATE_SPOT"]).optional(),
  logs: object({ retentionDays: retention.optional() }).optional(),
  override: overrides.optional(),
};

/** Source: Elastic Load Balancing User Guide, "Condition types for listener rules": path and host conditions. */
const pathPattern = z
  .string()
  .min(1, "a path pattern has at least one character")
  .max(128, "a path pattern has at most 128 characters")
  .startsWith("/", 'a path pattern starts with "/"')
  .regex(
    /^[A-Za-z0-9_\-.$/~"'@:+&()!,;=*?]*$/,
    "a path pattern contains only letters, digits, _ - . $ / ~ \" ' @ : + & and the wildcards * and ?",
  );
const hostPattern = z
  .string()
  .max(128, "a host has at most 128 characters")
  .regex(
    /^(?=.*\.)[A-Za-z0-9*?.-]+$/,
    'expected a host name such as "www.example.com" or "*.example.com", without a scheme and a port',
  );
const oneOrMore = <Item extends z.ZodType>(
  item: Item,
): z.ZodType<z.output<Item> | z.output<Item>[]> =>
  selectSchema((value) =>
    Array.isArray(value) ? z.array(item).min(1, "set at least one, or omit it") : item,
  );

const route = object({
  path: oneOrMore(pathPattern).optional(),
  host: oneOrMore(hostPattern).optional(),
  priority: wholeNumber(1, 50_000, "a priority").optional(),
});

const positiveNumber = (max: number, what: string): z.ZodNumber =>
  z.number(`expected ${what}`).refine((n) => n > 0 && n <= max, {
    error: ({ input }) => `${String(input)} is not ${what}: a number above 0, at most ${max}`,
  });

const scaleShape = {
  min: wholeNumber(0, 5000, "a number of tasks"),
  max: wholeNumber(1, 5000, "a number of tasks"),
  cpu: positiveNumber(100, "a CPU utilization in percent").optional(),
  memory: positiveNumber(100, "a memory utilization in percent").optional(),
  requestsPerTarget: wholeNumber(1, 1_000_000, "a number of requests per minute").optional(),
  scaleInCooldown: seconds(0, 3600, "a cooldown").optional(),
  scaleOutCooldown: seconds(0, 3600, "a cooldown").optional(),
};
const scale: z.ZodType<ScaleOptions> = object(scaleShape);

const service = {
  ...workload,
  port: port.optional(),
  route: route.optional(),
  // Source: Elastic Load Balancing API Reference, CreateTargetGroup.
  healthCheck: object({
    path: healthCheckPath.optional(),
    matcher: healthCheckMatcher.optional(),
    interval: seconds(5, 300, "an interval").optional(),
    timeout: seconds(2, 120, "a timeout").optional(),
    healthyThreshold: wholeNumber(2, 10, "a threshold").optional(),
    unhealthyThreshold: wholeNumber(2, 10, "a threshold").optional(),
  }).optional(),
  // Source: Amazon ECS Developer Guide, "Amazon ECS service quotas": tasks per service.
  count: wholeNumber(0, 5000, "a number of tasks").optional(),
  scale: scale.optional(),
  serviceConnect: z.boolean().optional(),
  exec: z.boolean().optional(),
  before: object({ command, timeout: seconds(1, 86_400, "a timeout").optional() }).optional(),
  deployment: object({
    minimumHealthyPercent: wholeNumber(0, 100, "a percentage").optional(),
    maximumPercent: wholeNumber(100, 200, "a percentage").optional(),
    healthCheckGracePeriod: seconds(0, 2_147_483_647, "a grace period").optional(),
    deregistrationDelay: seconds(0, 3600, "a deregistration delay").optional(),
    alarms: object({
      target5xxPercent: positiveNumber(100, "a percentage").optional(),
      unhealthyTargets: wholeNumber(0, 1000, "a number of targets").optional(),
      responseTimeP99: positiveNumber(3600, "a response time in seconds").optional(),
      names: z.array(z.string().min(1).max(255)).min(1, "set at least one name").optional(),
    }).optional(),
  }).optional(),
};

const job = {
  ...workload,
  schedule: stringWithRule(scheduleProblem).optional(),
  timezone: stringWithRule((text) =>
    isTimeZone(text) ? undefined : `"${text}" is not a time zone such as Europe/Berlin`,
  ).optional(),
  enabled: z.boolean().optional(),
  // Source: EventBridge Scheduler API Reference, RetryPolicy.
  retries: wholeNumber(0, 185, "a number of retries").optional(),
  // Source: EventBridge Scheduler User Guide, "Configuring a schedule's dead-letter queue in EventBridge Scheduler".
  deadLetterQueueArn: arnOf("sqs", /^[^/]+$/, "arn:aws:sqs:eu-west-1:111122223333:failed")
    .refine((arn) => !arn.endsWith(".fifo"), {
      error: "EventBridge Scheduler requires a standard queue, not a FIFO queue",
    })
    .optional(),
};

const workloadName = (kind: string): z.ZodString =>
  z
    .string()
    .regex(
      /^[a-z](-?[a-z0-9]){0,19}$/,
      `the name of a ${kind} has 1 to 20 lower-case letters, digits and single hyphens, and starts with a letter`,
    );

/** Services by name. */
export const services: z.ZodType<Readonly<Record<string, ServiceOptions>>> = z.record(
  workloadName("service"),
  object(service),
);

/** Jobs by name. */
export const jobs: z.ZodType<Readonly<Record<string, JobOptions>>> = z.record(
  workloadName("job"),
  object(job),
);

/** Services in an environment: every option is optional, because the base config may have it. */
export const serviceOverrides: z.ZodType<Readonly<Record<string, ServiceOverrides>>> = z.record(
  workloadName("service"),
  object({ ...service, scale: object(scaleShape).partial() }).partial(),
);

/** Jobs in an environment. */
export const jobOverrides: z.ZodType<Readonly<Record<string, Partial<JobOptions>>>> = z.record(
  workloadName("job"),
  object(job).partial(),
);
