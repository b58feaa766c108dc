import type { EndpointService, Region } from "../aws/index.ts";
import type { Overrides } from "./overrides.ts";
import type {
  JobOptions,
  ScaleOptions,
  ServiceOptions,
  WorkloadOptions,
} from "./service-options.ts";

/**
 * How tasks reach destinations outside the VPC.
 *
 * - `endpoints`: only AWS services, through VPC endpoints; private subnets have no route to the internet.
 * - `nat`: through one NAT gateway, in the first zone.
 * - `nat-per-zone`: through a NAT gateway in each zone.
 * - `public`: tasks run in public subnets with public addresses.
 */
export type Egress = "endpoints" | "nat" | "nat-per-zone" | "public";

/** How tasks reach AWS: through VPC endpoints, through NAT gateways, or with public addresses. */
export const outboundPathOf = ({
  egress = "endpoints",
}: Pick<FoundationOptions, "egress">): "endpoints" | "nat" | "public" =>
  egress === "nat-per-zone" ? "nat" : egress;

/** The platform of the image of a service or job. Source: OCI Image Format Specification, "Image Index". */
export const imagePlatformOf = ({
  architecture = "arm64",
}: Pick<WorkloadOptions, "architecture">): "linux/arm64" | "linux/amd64" =>
  architecture === "arm64" ? "linux/arm64" : "linux/amd64";

/** The key that encrypts logs, images and parameters. */
export interface KeyOptions {
  /** Waiting period before the key is deleted, in days, 7 to 30. @default 30 */
  readonly deletionWindowDays?: number;
}

/** An existing KMS key. Its policy must allow CloudWatch Logs to use it; Berth does not change the key. */
export interface ExistingKey {
  /** ARN of the key, in the foundation's region. */
  readonly arn: string;
}

/** The log group of the tasks and of ECS Exec sessions. */
export interface LogOptions {
  /** Name of the log group. @default "/ecs/<name>" */
  readonly name?: string;
  /** Retention of log events in days: a value that CloudWatch Logs supports; 0 means no expiry. @default 365 */
  readonly retentionDays?: number;
}

/** A VPC to create. */
export interface NetworkOptions {
  /** IPv4 block of the VPC, /16 to /22, private address space (RFC 1918, RFC 6598). @default "10.0.0.0/16" */
  readonly cidr?: string;
  /** Allow a block of public address space: the VPC cannot reach internet hosts that use it. @default false */
  readonly allowPublicAddressSpace?: boolean;
}

/** An existing VPC. Berth does not change its routes; set `egress` to match them. */
export interface ExistingNetwork {
  /** ID of the VPC (vpc-…). */
  readonly vpcId: string;
  /** Subnets of the tasks and of the interface endpoints, one per zone. */
  readonly privateSubnetIds: readonly string[];
  /** Subnets of an internet-facing load balancer, one per zone. @default [] */
  readonly publicSubnetIds?: readonly string[];
  /** Route tables of the task subnets: the S3 gateway endpoint is added to them. @default [] */
  readonly routeTableIds?: readonly string[];
}

/** An additional egress rule of the tasks. */
export interface EgressRule {
  /** An IPv4 block, a prefix list (pl-…) or a security group (sg-…). */
  readonly to: string;
  /** TCP port, 1 to 65535. */
  readonly port: number;
}

/** Properties of the tasks that the network depends on. */
export interface TaskOptions {
  /** TCP port on which the container listens. @default 8080 */
  readonly containerPort?: number;
  /** AWS services that the tasks call, in addition to ECR, S3 and CloudWatch Logs. @default [] */
  readonly uses?: readonly EndpointService[];
  /** Additional destinations of connections from the tasks. @default [] */
  readonly egressRules?: readonly EgressRule[];
}

/** The image repository. */
export interface RepositoryOptions {
  /** Name of the repository. @default the foundation's name */
  readonly name?: string;
  /** Tagged images to keep. @default 50 */
  readonly keepImages?: number;
  /** Days to keep untagged images. @default 7 */
  readonly keepUntaggedDays?: number;
  /** Allow destroy to delete a repository that contains images. @default false */
  readonly forceDelete?: boolean;
}

/** An existing repository. */
export interface ExistingRepository {
  /**
   * URL of the repository, without a tag: `<account>.dkr.ecr.<region>.amazonaws.com/<name>`, or with the host name for IPv6 or FIPS.
   */
  readonly url: string;
}

/** The ECS cluster. */
export interface ClusterOptions {
  /** Level of Container Insights; each level costs more. @default "disabled" */
  readonly containerInsights?: "disabled" | "enabled" | "enhanced";
  /** Allow users to run commands in tasks (ECS Exec); adds the ssmmessages endpoint. @default false */
  readonly exec?: boolean;
  /** Default capacity providers of services. @default ["FARGATE", "FARGATE_SPOT"], the first by default */
  readonly capacityProviders?: readonly ("FARGATE" | "FARGATE_SPOT")[];
  /** Name of a Cloud Map namespace for Service Connect. @default none */
  readonly namespace?: string;
}

/** The health check of the load balancer. */
export interface HealthCheckOptions {
  /** Path of the request, at most 1024 characters. @default "/" */
  readonly path?: string;
  /** HTTP codes that mean healthy, such as "200" or "200-299". @default "200" */
  readonly matcher?: string;
  /** TCP port. @default the container port */
  readonly port?: number;
}

/** The bucket for access logs. Its policy must allow Elastic Load Balancing to write. */
export interface AccessLogOptions {
  /** Name of the S3 bucket. */
  readonly bucket: string;
  /** Prefix of the keys of the log objects. @default none */
  readonly prefix?: string;
}

/** The load balancer with its listener and target group. */
export interface LoadBalancerOptions {
  /** Allowed clients: IPv4 blocks, prefix lists (pl-…) or security groups (sg-…). All other clients are denied. */
  readonly allowFrom: readonly string[];
  /** Network that the load balancer serves: the internet, or only private addresses. @default "internet-facing" */
  readonly scheme?: "internet-facing" | "internal";
  /** ARN of an issued ACM certificate in the same region: the listener uses HTTPS, and port 80 redirects to it. @default none: HTTP */
  readonly certificateArn?: string;
  /** TCP port of the listener. @default 443 with a certificate, else 80 */
  readonly port?: number;
  /** Deletion protection: destroy fails until this is false. @default true in production, else false */
  readonly deletionProtection?: boolean;
  /** The health check of the target group. @default {} */
  readonly healthCheck?: HealthCheckOptions;
  /** Bucket for access logs; its policy must allow Elastic Load Balancing to write. @default none */
  readonly accessLogs?: AccessLogOptions;
}

/** All options of a foundation. */
export interface FoundationOptions {
  /** Name of the foundation: lower-case letters, digits and hyphens, at most 32. Names of resources are derived from it. */
  readonly name: string;
  /** AWS region, such as "eu-west-1". */
  readonly region: Region;
  /** AWS account ID, 12 digits. Terraform then rejects credentials of another account. @default the account of the credentials */
  readonly account?: string;
  /** Production environment: enables deletion protection by default. @default false */
  readonly production?: boolean;
  /** Availability Zones: their number (1 to 6) or names. @default 2 */
  readonly zones?: number | readonly string[];
  /** How tasks reach destinations outside the VPC. @default "endpoints" */
  readonly egress?: Egress;
  /** The key that encrypts logs, images and parameters: a new key or an existing key. @default {} */
  readonly key?: KeyOptions | ExistingKey;
  /** The log group of the tasks and of ECS Exec sessions. @default {} */
  readonly logs?: LogOptions;
  /** The VPC: a new VPC or an existing VPC. @default {} */
  readonly network?: NetworkOptions | ExistingNetwork;
  /** Properties of the tasks that the network depends on. @default {} */
  readonly tasks?: TaskOptions;
  /** The image repository: a new repository or an existing repository. @default {} */
  readonly repository?: RepositoryOptions | ExistingRepository;
  /** The ECS cluster. @default {} */
  readonly cluster?: ClusterOptions;
  /** The load balancer; false creates none. */
  readonly loadBalancer: LoadBalancerOptions | false;
  /**
   * Services, by name. Each has its own Terraform state. The foundation gets the endpoints, security group rules and key
   * permissions that they need. @default {}
   */
  readonly services?: Readonly<Record<string, ServiceOptions>>;
  /** Jobs, by name. As for services, each has its own Terraform state. @default {} */
  readonly jobs?: Readonly<Record<string, JobOptions>>;
  /**
   * Write the outputs to this SSM parameter (SecureString) for other stacks; true means "/berth/<name>". Services and jobs read
   * this parameter. @default true with services or jobs, else false
   */
  readonly publish?: boolean | string;
  /** Tags of all resources that support tags. @default {} */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Attributes to set on the generated resources, by their Terraform names. The key is a resource type (all resources of the
   * type) or a full address (one resource), such as `{ aws_lb: { idle_timeout: 120 } }`. @default {}
   */
  readonly override?: Overrides;
}

/** The S3 backend of Terraform's state. */
export interface StateOptions {
  /** Name of the S3 bucket. `berth bootstrap` creates the bucket if it does not exist. */
  readonly bucket: string;
  /** Key of the state object. @default "<name>/terraform.tfstate" */
  readonly key?: string;
  /** Region of the bucket. @default the foundation's region */
  readonly region?: Region;
  /** ARN of the KMS key that encrypts the state. @default the bucket's default encryption */
  readonly kmsKeyArn?: string;
}

/** Existing roles to use instead of those that bootstrap creates. */
export interface ExistingRoles {
  /** ARN of the role that plans. @default the role that bootstrap creates */
  readonly plan?: string;
  /** ARN of the role that applies. @default the role that bootstrap creates */
  readonly apply?: string;
  /** ARN of the role that deploys services and jobs. @default the role that bootstrap creates */
  readonly deploy?: string;
  /** ARN of the role that pushes images. @default the role that bootstrap creates */
  readonly image?: string;
}

/** The GitHub Actions workflow for plan, apply and drift detection. */
export interface PipelineOptions {
  /** The GitHub repository: owner/name. @default the repository of the Git remote "origin" */
  readonly repository?: string;
  /** GitHub's ID of the owner; it does not change if the owner is renamed. @default bootstrap requests it from GitHub */
  readonly ownerId?: number;
  /** GitHub's ID of the repository. @default bootstrap requests it from GitHub */
  readonly repositoryId?: number;
  /** The branch that the pipeline applies. @default "main" */
  readonly branch?: string;
  /** File name of the workflow in .github/workflows; the roles trust only this workflow. @default "berth.yml" */
  readonly workflow?: string;
  /**
   * File name of the workflow that pushes images. The image role trusts only this workflow, and the pipeline's workflow if that builds
   * images. @default "image.yml"
   */
  readonly imageWorkflow?: string;
  /**
   * Path filters of the workflow, as GitHub filter patterns: a pull request or a merge that changes neither these paths nor
   * the workflow starts no run. @default every path
   */
  readonly paths?: readonly string[];
  /** Runner labels: of a GitHub-hosted runner or of self-hosted runners. @default "ubuntu-24.04" */
  readonly runsOn?: string | readonly string[];
  /**
   * Runner labels of jobs that run the code of a pull request (check and plan), including pull requests from forks. On a
   * self-hosted runner that is reused, such code could stay and read the credentials of a later apply.
   * @default "ubuntu-24.04", independent of runsOn
   */
  readonly checksRunOn?: string | readonly string[];
  /**
   * Runner labels of the jobs that build images, including the images of pull requests from forks. On a self-hosted runner that is
   * reused, code of a pull request could stay and change a later image. On a runner with the architecture of the images, such as
   * "ubuntu-24.04-arm", they are built without emulation. @default checksRunOn for pull requests, runsOn after a merge
   */
  readonly buildsRunOn?: string | readonly string[];
  /** Program that the workflow installs and runs. @default "terraform" */
  readonly engine?: "terraform" | "opentofu";
  /** Version of the engine. @default the version in the reference documentation */
  readonly engineVersion?: string;
  /** Existing roles to use instead of those that bootstrap creates. @default {} */
  readonly roles?: ExistingRoles;
  /**
   * Shell command that scans a built image, for each image of a pull request and of a merge. `$IMAGE_ARCHIVE` is the path of the image
   * as an OCI archive. An exit code other than 0 fails the job. @default no scan
   */
  readonly scanCommand?: string;
  /** Lowest severity of a finding of Amazon ECR's image scan with which a push fails. @default a push does not wait for the scan */
  readonly failOn?: "low" | "medium" | "high" | "critical";
  /** Schedule of the drift detection, as a cron expression in UTC. @default "17 5 * * 1-5" */
  readonly driftSchedule?: string;
}

/** Suppresses a finding until an expiry date. */
export interface SuppressionOptions {
  /** ID of the check or the failure in the output of berth check. */
  readonly id: string;
  /** Terraform address; * matches any characters. @default every address */
  readonly address?: string;
  /** Reason of the suppression. */
  readonly reason: string;
  /** Last day of the suppression, as YYYY-MM-DD. */
  readonly until: string;
}

/** Options of berth check, locally and in a pipeline. */
export interface ChecksOptions {
  /** Findings to suppress. @default [] */
  readonly suppressions?: readonly SuppressionOptions[];
  /**
   * The verdicts for which berth check exits with an error: "fail", or also "unknown" (information is missing, for example
   * about an existing VPC or key). The result always lists the missing facts.
   *
   * @default "unknown"
   */
  readonly failOn?: "unknown" | "fail";
  /** Report an error if tasks can reach the internet. @default false */
  readonly isolated?: boolean;
}

/** Options of the project: state, engine, checks and pipeline. */
export interface ProjectOptions {
  /** Default tags of the AWS provider. @default {} */
  readonly defaultTags?: Readonly<Record<string, string>>;
  /** S3 state with locking (`use_lockfile`) and encryption. @default a local file under .berth */
  readonly state?: StateOptions;
  /** The Terraform or OpenTofu program: a path or a name on PATH. @default terraform, then tofu */
  readonly terraformBin?: string;
  /** Options of berth check, locally and in a pipeline. @default {} */
  readonly checks?: ChecksOptions;
  /** The pipeline that berth pipeline writes, and the roles that berth bootstrap creates for it. @default none */
  readonly pipeline?: PipelineOptions;
}

/** Options of one environment that override the base. Without `name`, the environment's name is appended to the base name. */
export type EnvironmentOptions = Partial<
  Omit<FoundationOptions & ProjectOptions, "services" | "jobs">
> & {
  readonly services?: Readonly<Record<string, ServiceOverrides>>;
  readonly jobs?: Readonly<Record<string, Partial<JobOptions>>>;
};

/** Options of a service that an environment overrides. */
export type ServiceOverrides = Partial<Omit<ServiceOptions, "scale">> & {
  readonly scale?: Partial<ScaleOptions>;
};

/** The content of berth.config.ts. A key that is present must have a value: undefined is an error, not the default. */
export interface Config extends FoundationOptions, ProjectOptions {
  /** Environments by name, with their overrides: objects are merged, lists are replaced. @default none */
  readonly environments?: Readonly<Record<string, EnvironmentOptions>>;
}

/** The validated and merged options of one environment. */
export interface Settings extends FoundationOptions, ProjectOptions {
  /** "default" if the config defines no environments. */
  readonly environment: string;
}

/** What a config file exports: a config, a promise of it, or a function that returns one of them. */
export type ConfigExport = Config | Promise<Config> | (() => Config | Promise<Config>);

/**
 * Adds types to berth.config.ts. Returns its argument.
 *
 * @example
 * export default defineConfig({
 *   name: "hello",
 *   region: "eu-west-1",
 *   loadBalancer: { allowFrom: ["0.0.0.0/0"] },
 * });
 * @example
 * export default defineConfig(async () => ({
 *   name: "hello",
 *   region: "eu-west-1",
 *   loadBalancer: { allowFrom: await officeNetworks() },
 * }));
 */
export function defineConfig(config: Config): Config;
export function defineConfig(config: Promise<Config>): Promise<Config>;
export function defineConfig(config: () => Config | Promise<Config>): typeof config;
export function defineConfig(config: ConfigExport): ConfigExport {
  return config;
}
