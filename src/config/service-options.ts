import type { Overrides } from "./overrides.ts";

/**
 * An image that `berth build` builds for the `architecture` of the service, and `berth push` pushes to the foundation's repository.
 * `berth deploy` does both, unless `--image` or `--no-build` is passed.
 */
export interface BuiltImage {
  /** Build context: a folder, relative to the folder of the config. */
  readonly build: string;
  /** Path of the Dockerfile, relative to `build`. @default "Dockerfile" */
  readonly dockerfile?: string;
  /** Build stage of the Dockerfile. @default the last stage */
  readonly target?: string;
  /** Build arguments. They are visible in the image and in the list of processes: do not pass secrets. @default {} */
  readonly args?: Readonly<Record<string, string>>;
  /** Add an SBOM and a provenance attestation to the image. Only Docker Buildx supports them. @default true */
  readonly attestations?: boolean;
}

/** An image in the foundation's repository, by its tag. Terraform resolves the tag to a digest when it plans. */
export interface TaggedImage {
  /** Tag of the image. */
  readonly tag: string;
}

/** An image in the foundation's repository, by its digest. */
export interface DigestImage {
  /** Digest of the image: sha256: and 64 hexadecimal digits. */
  readonly digest: string;
}

/** CPU and memory of a task. */
export interface TaskSizeOptions {
  /** CPU units; 1024 are one vCPU. */
  readonly cpu: number;
  /** Memory in MiB: a size that Fargate supports with these CPU units. */
  readonly memory: number;
}

/** A secret in AWS Secrets Manager. The secret must exist when Terraform plans the service. */
export interface SecretReference {
  /** Name or ARN of the secret. */
  readonly secret: string;
  /** Key in the JSON object that is the value of the secret. @default the whole value */
  readonly key?: string;
  /** ID of a version of the secret. @default the current version when a task starts */
  readonly versionId?: string;
  /** ARN of the customer managed KMS key that encrypts the secret. @default the AWS managed key aws/secretsmanager */
  readonly kmsKeyArn?: string;
}

/** A parameter in AWS Systems Manager Parameter Store. */
export interface ParameterReference {
  /** Name or ARN of the parameter. */
  readonly parameter: string;
  /** ARN of the customer managed KMS key that encrypts the parameter. @default the AWS managed key aws/ssm */
  readonly kmsKeyArn?: string;
}

/** A statement of the task role's policy. It allows actions of the container's own code. */
export interface PermissionOptions {
  /** IAM actions, such as "s3:GetObject". */
  readonly actions: readonly string[];
  /** ARNs of resources. */
  readonly resources: readonly string[];
  /** Conditions: values by condition key, by condition operator. @default {} */
  readonly conditions?: Readonly<
    Record<string, Readonly<Record<string, string | readonly string[]>>>
  >;
}

/** The health check of a container, which ECS runs in the container. */
export interface ContainerHealthCheckOptions {
  /** Command: ["CMD-SHELL", "…"] or ["CMD", "program", "argument", …]. */
  readonly command: readonly string[];
  /** Seconds between two checks, 5 to 300. @default 30 */
  readonly interval?: number;
  /** Seconds until a check counts as failed, 2 to 60. @default 5 */
  readonly timeout?: number;
  /** Failed checks until the container is unhealthy, 1 to 10. @default 3 */
  readonly retries?: number;
  /** Seconds after the start in which failed checks do not count, 0 to 300. @default 0 */
  readonly startPeriod?: number;
}

/** The state of another container that a container waits for before it starts. */
export type ContainerCondition = "START" | "COMPLETE" | "SUCCESS" | "HEALTHY";

/** Options of every container: that of the service or job, and sidecars. */
export interface ContainerOptions {
  /** Arguments of the entry point, or the command if there is no entry point. @default that of the image */
  readonly command?: readonly string[];
  /** Entry point. @default that of the image */
  readonly entryPoint?: readonly string[];
  /** Environment variables. The values are visible in the account: use `secrets` for secrets. @default {} */
  readonly environment?: Readonly<Record<string, string>>;
  /** Environment variables whose values ECS reads when a task starts. @default {} */
  readonly secrets?: Readonly<Record<string, SecretReference | ParameterReference>>;
  /** User and group of the process: IDs or names of the image, such as "1000:1000". @default "1000:1000" */
  readonly user?: string;
  /** Mount the root file system read-only. @default true */
  readonly readonlyRootFilesystem?: boolean;
  /**
   * Folders that the container can write to, on empty volumes that end with the task. The owner is root, unless the Dockerfile
   * creates the folder for the user and declares it as a VOLUME. @default []
   */
  readonly writablePaths?: readonly string[];
  /** Seconds between SIGTERM and SIGKILL when a task stops, 1 to 120. @default 30 */
  readonly stopTimeout?: number;
  /** A health check that ECS runs in the container. @default none */
  readonly containerHealthCheck?: ContainerHealthCheckOptions;
  /** Containers of the task that must reach a state before this container starts. @default {} */
  readonly dependsOn?: Readonly<Record<string, ContainerCondition>>;
}

/** A further container in each task. */
export interface SidecarOptions extends ContainerOptions {
  /** URI of the image, with a tag or a digest. */
  readonly image: string;
  /** Stop the task when this container stops. @default true */
  readonly essential?: boolean;
  /** TCP port on which the container listens. @default none */
  readonly port?: number;
  /** Memory limit in MiB. @default only the limit of the task */
  readonly memory?: number;
}

/** The log group of a service or job. */
export interface ServiceLogOptions {
  /** Retention of log events in days: a value that CloudWatch Logs supports; 0 means no expiry. @default logs.retentionDays of the foundation */
  readonly retentionDays?: number;
}

/** Options that services and jobs share. */
export interface WorkloadOptions extends ContainerOptions {
  /** The image: the URI of an image, an image in the foundation's repository, or a Dockerfile to build. */
  readonly image: string | BuiltImage | TaggedImage | DigestImage;
  /** CPU and memory of a task. @default { cpu: 256, memory: 512 } */
  readonly size?: TaskSizeOptions;
  /** CPU architecture; the image must have it. @default "arm64" */
  readonly architecture?: "arm64" | "x86_64";
  /** Ephemeral storage of a task in GiB, 21 to 200. @default 20, which costs nothing */
  readonly ephemeralStorage?: number;
  /** What the container's own code may do: the statements of the task role's policy. @default [] */
  readonly permissions?: readonly PermissionOptions[];
  /** Further containers in each task, by name. @default {} */
  readonly sidecars?: Readonly<Record<string, SidecarOptions>>;
  /** Capacity that runs the tasks. ECS can stop tasks on FARGATE_SPOT with a warning of two minutes. @default the first of cluster.capacityProviders */
  readonly capacityProvider?: "FARGATE" | "FARGATE_SPOT";
  /** The log group. @default {} */
  readonly logs?: ServiceLogOptions;
  /**
   * Attributes to set on the generated resources, by their Terraform names. The key is a resource type (all resources of the
   * type) or a full address (one resource). @default {}
   */
  readonly override?: Overrides;
}

/** The requests that the load balancer forwards to a service. At least one of `path` and `host` is required. */
export interface RouteOptions {
  /** Path patterns with the wildcards * and ?, at most 128 characters each. @default every path */
  readonly path?: string | readonly string[];
  /** Host names with the wildcards * and ?. @default every host */
  readonly host?: string | readonly string[];
  /**
   * Priority of the listener rule, 1 to 50000: the load balancer uses the matching rule with the lowest number.
   *
   * @default derived from this route and the name of the service: routes with a host first, then longer paths
   */
  readonly priority?: number;
}

/** The health check of a service's target group. */
export interface ServiceHealthCheckOptions {
  /** Path of the request, at most 1024 characters. @default "/" */
  readonly path?: string;
  /** HTTP codes that mean healthy, such as "200" or "200-299". @default "200" */
  readonly matcher?: string;
  /** Seconds between two checks, 5 to 300. @default 15 */
  readonly interval?: number;
  /** Seconds until a check counts as failed, 2 to 120; less than the interval. @default 5 */
  readonly timeout?: number;
  /** Successful checks until a target is healthy, 2 to 10. @default 2 */
  readonly healthyThreshold?: number;
  /** Failed checks until a target is unhealthy, 2 to 10. @default 3 */
  readonly unhealthyThreshold?: number;
}

/** Automatic scaling of the number of tasks. At least one of `cpu`, `memory` and `requestsPerTarget` is required. */
export interface ScaleOptions {
  /** Smallest number of tasks. */
  readonly min: number;
  /** Largest number of tasks. */
  readonly max: number;
  /** Average CPU utilization to keep, in percent. @default none */
  readonly cpu?: number;
  /** Average memory utilization to keep, in percent. @default none */
  readonly memory?: number;
  /** Requests per task and minute to keep; requires a route. @default none */
  readonly requestsPerTarget?: number;
  /** Seconds between two reductions of the number of tasks. @default 300 */
  readonly scaleInCooldown?: number;
  /** Seconds between two increases of the number of tasks. @default 60 */
  readonly scaleOutCooldown?: number;
}

/** A task of the new revision that must succeed before each deployment, such as a database migration. */
export interface BeforeOptions {
  /** Command of the container. */
  readonly command: readonly string[];
  /** Seconds until the task is stopped and the deployment fails. @default 900 */
  readonly timeout?: number;
}

/** Alarms that roll back a deployment. Metrics are of the service's target group, so all but `names` require a route. */
export interface DeploymentAlarmOptions {
  /** Responses of targets with a 5xx code, in percent of the requests of a minute, in two of three minutes. @default none */
  readonly target5xxPercent?: number;
  /** Unhealthy targets, in two of three minutes: the alarm starts above this number. @default none */
  readonly unhealthyTargets?: number;
  /** Response time of targets in seconds, 99th percentile, in two of three minutes. @default none */
  readonly responseTimeP99?: number;
  /** Names of existing CloudWatch alarms. @default [] */
  readonly names?: readonly string[];
}

/** How ECS replaces tasks. */
export interface DeploymentOptions {
  /** Healthy tasks during a deployment, at least, in percent of the desired count. @default 100 */
  readonly minimumHealthyPercent?: number;
  /** Running tasks during a deployment, at most, in percent of the desired count. @default 200 */
  readonly maximumPercent?: number;
  /** Seconds after the start of a task in which failed health checks of the load balancer do not count. @default 60 with a route */
  readonly healthCheckGracePeriod?: number;
  /** Seconds in which a target that is removed completes requests, 0 to 3600. @default 30 */
  readonly deregistrationDelay?: number;
  /** Alarms that roll back a deployment. @default {} */
  readonly alarms?: DeploymentAlarmOptions;
}

/** A service: tasks that run all the time. */
export interface ServiceOptions extends WorkloadOptions {
  /** TCP port on which the container listens. @default none: a worker */
  readonly port?: number;
  /** The requests that the load balancer forwards to this service; requires a port. @default no load balancer */
  readonly route?: RouteOptions;
  /** The health check of the target group. @default {} */
  readonly healthCheck?: ServiceHealthCheckOptions;
  /** Number of tasks. @default 1, or 2 in production */
  readonly count?: number;
  /** Automatic scaling, instead of `count`. @default none */
  readonly scale?: ScaleOptions;
  /**
   * Service Connect: other services reach this service as http://<service>:<port>, and it reaches them. The foundation gets a
   * Cloud Map namespace. @default false
   */
  readonly serviceConnect?: boolean;
  /** Allow users to run commands in tasks (ECS Exec). @default cluster.exec */
  readonly exec?: boolean;
  /** A task of the new revision that must succeed before each deployment. @default none */
  readonly before?: BeforeOptions;
  /** How ECS replaces tasks. @default {} */
  readonly deployment?: DeploymentOptions;
}

/** A job: a task that runs on a schedule, or when `berth run` starts it. */
export interface JobOptions extends WorkloadOptions {
  /**
   * Schedule of EventBridge Scheduler: cron(minutes hours day-of-month month day-of-week year), rate(value unit) or
   * at(yyyy-mm-ddThh:mm:ss). @default none: `berth run` starts the job
   */
  readonly schedule?: string;
  /** Time zone of the schedule, by its IANA name. @default "UTC" */
  readonly timezone?: string;
  /** Whether the schedule starts tasks. @default true */
  readonly enabled?: boolean;
  /** Retries of a task that could not be started, 0 to 185. @default 3 */
  readonly retries?: number;
  /** ARN of an SQS queue that receives starts that failed after all retries. @default none */
  readonly deadLetterQueueArn?: string;
}
