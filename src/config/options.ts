import type { EndpointService } from "../aws/endpoint-services.ts";

/**
 * How tasks reach what is outside the VPC.
 *
 * - `endpoints`: only AWS services, through VPC endpoints; private subnets have no route to the internet.
 * - `nat`: through one NAT gateway, in the first zone.
 * - `nat-per-zone`: through a NAT gateway in each zone.
 * - `public`: tasks run in public subnets with public addresses.
 */
export type Egress = "endpoints" | "nat" | "nat-per-zone" | "public";

/** The key that encrypts logs, images and parameters. */
export interface KeyOptions {
  /** Days between asking for the key's deletion and the deletion, 7 to 30. @default 30 */
  readonly deletionWindowDays?: number;
}

/** A key that exists already. Its policy must let CloudWatch Logs use it; Berth does not change it. */
export interface ExistingKey {
  readonly arn: string;
}

/** The log group of the tasks and of ECS Exec sessions. */
export interface LogOptions {
  /** Name of the log group. @default "/ecs/<name>" */
  readonly name?: string;
  /** Days to keep events: one of the values CloudWatch Logs takes, 0 for ever. @default 365 */
  readonly retentionDays?: number;
}

/** A VPC to create. */
export interface NetworkOptions {
  /** IPv4 block of the VPC, /16 to /22, private address space (RFC 1918, RFC 6598). @default "10.0.0.0/16" */
  readonly cidr?: string;
  /** Accept a block that belongs to somebody on the internet. @default false */
  readonly allowPublicAddressSpace?: boolean;
}

/** A VPC that exists already. Its routes are yours; `egress` says what they lead to. */
export interface ExistingNetwork {
  readonly vpcId: string;
  /** Subnets of the tasks and of the interface endpoints, one a zone. */
  readonly privateSubnetIds: readonly string[];
  /** Subnets of an internet-facing load balancer, one a zone. @default [] */
  readonly publicSubnetIds?: readonly string[];
  /** Route tables of the task subnets: the S3 gateway endpoint is added to them. @default [] */
  readonly routeTableIds?: readonly string[];
}

/** A rule that lets tasks out to one more destination. */
export interface EgressRule {
  /** An IPv4 block, a prefix list (pl-…) or a security group (sg-…). */
  readonly to: string;
  /** TCP port, 1 to 65535. */
  readonly port: number;
}

/** What runs on the foundation, as far as the network must know. */
export interface TaskOptions {
  /** TCP port on which the container listens. @default 8080 */
  readonly containerPort?: number;
  /** AWS services that the tasks call beside ECR, S3 and CloudWatch Logs. @default [] */
  readonly uses?: readonly EndpointService[];
  /** Further destinations that tasks may open connections to. @default [] */
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
  /** Let destroy delete a repository that holds images. @default false */
  readonly forceDelete?: boolean;
}

/** A repository that exists already, by its URL: <account>.dkr.ecr.<region>.amazonaws.com/<name>. */
export interface ExistingRepository {
  readonly url: string;
}

/** The ECS cluster. */
export interface ClusterOptions {
  /** What Container Insights measures; each level costs more. @default "disabled" */
  readonly containerInsights?: "disabled" | "enabled" | "enhanced";
  /** Let people run commands in tasks (ECS Exec); adds the ssmmessages endpoint. @default false */
  readonly exec?: boolean;
  /** Capacity that services use unless they say otherwise. @default ["FARGATE", "FARGATE_SPOT"], the first by default */
  readonly capacityProviders?: readonly ("FARGATE" | "FARGATE_SPOT")[];
  /** A Cloud Map namespace for Service Connect, by its name. @default none */
  readonly namespace?: string;
}

/** How the load balancer asks a task whether it is well. */
export interface HealthCheckOptions {
  /** @default "/" */
  readonly path?: string;
  /** HTTP codes that mean healthy, such as "200" or "200-299". @default "200" */
  readonly matcher?: string;
  /** TCP port; the container's own by default. @default the container port */
  readonly port?: number;
}

/** The load balancer with its listener and target group. */
export interface LoadBalancerOptions {
  /** Who may connect: IPv4 blocks, prefix lists (pl-…) or security groups (sg-…). Closed unless stated. */
  readonly allowFrom: readonly string[];
  /** @default "internet-facing" */
  readonly scheme?: "internet-facing" | "internal";
  /** ARN of an issued ACM certificate in the same region: listen on HTTPS and redirect port 80 to it. @default none: HTTP */
  readonly certificateArn?: string;
  /** TCP port of the listener. @default 443 with a certificate, else 80 */
  readonly port?: number;
  /** Refuse to be deleted until this is false. @default true in production, else false */
  readonly deletionProtection?: boolean;
  readonly healthCheck?: HealthCheckOptions;
  /** Bucket that takes the access logs; its policy must admit them. @default none */
  readonly accessLogs?: { readonly bucket: string; readonly prefix?: string };
}

/**
 * Attributes to set on underlying resources, under their Terraform names, keyed by resource type (every resource of
 * that type) or by full address (that one). A key that meets no resource is an error.
 *
 * @example { aws_lb: { idle_timeout: 120 } }
 */
export type Overrides = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Everything a foundation is made from. */
export interface FoundationOptions {
  /** Name of the foundation: lower-case letters, digits and hyphens, at most 32. It names what is created. */
  readonly name: string;
  /** AWS region, such as "eu-west-1". */
  readonly region: string;
  /** AWS account id, 12 digits. Terraform then refuses any other account. @default the account of the credentials */
  readonly account?: string;
  /** Is this where users are? Turns deletion protection on unless said otherwise. @default false */
  readonly production?: boolean;
  /** Availability zones: how many (1 to 6), or which. @default 2 */
  readonly zones?: number | readonly string[];
  /** @default "endpoints" */
  readonly egress?: Egress;
  readonly key?: KeyOptions | ExistingKey;
  readonly logs?: LogOptions;
  readonly network?: NetworkOptions | ExistingNetwork;
  readonly tasks?: TaskOptions;
  readonly repository?: RepositoryOptions | ExistingRepository;
  readonly cluster?: ClusterOptions;
  /** The load balancer, or false for none. */
  readonly loadBalancer: LoadBalancerOptions | false;
  /** Write the outputs to this SSM parameter (SecureString) for other stacks to read; true for "/berth/<name>". @default false */
  readonly publish?: boolean | string;
  /** Tags on every resource that takes them. @default {} */
  readonly tags?: Readonly<Record<string, string>>;
  readonly override?: Overrides;
}

/** Where Terraform keeps its state. */
export interface StateOptions {
  /** S3 bucket; it must exist. */
  readonly bucket: string;
  /** Key of the state object. @default "<name>/terraform.tfstate" */
  readonly key?: string;
  /** Region of the bucket. @default the foundation's region */
  readonly region?: string;
  /** ARN of the KMS key that encrypts the state. @default the bucket's own encryption */
  readonly kmsKeyArn?: string;
}

/** The GitHub Actions that plan, apply and watch the foundation. */
export interface PipelineOptions {
  /** The repository on GitHub: owner/name. @default that of Git's remote "origin" */
  readonly repository?: string;
  /** The number under which GitHub knows the owner, whatever it is called. @default asked of GitHub by bootstrap */
  readonly ownerId?: number;
  /** The number under which GitHub knows the repository. @default asked of GitHub by bootstrap */
  readonly repositoryId?: number;
  /** The branch that is applied. @default "main" */
  readonly branch?: string;
  /** Name of the workflow's file in .github/workflows; the roles trust it alone. @default "berth.yml" */
  readonly workflow?: string;
  /** Name of the workflow's file that pushes images; the image role trusts it alone. @default "image.yml" */
  readonly imageWorkflow?: string;
  /**
   * Paths whose changes concern the foundation, as GitHub's filter patterns: a pull request or a merge that touches none
   * of them, nor the workflow, starts nothing. @default every path
   */
  readonly paths?: readonly string[];
  /** Labels of the runners: one of GitHub's, or those of your own. @default "ubuntu-24.04" */
  readonly runsOn?: string | readonly string[];
  /**
   * Labels of the runners for jobs that run the code of a pull request (check and plan), pull requests from forks among
   * them. On a self-hosted runner that is used again, such code can wait for the credentials of a later apply.
   * @default "ubuntu-24.04", whatever runsOn is
   */
  readonly checksRunOn?: string | readonly string[];
  /** @default "terraform" */
  readonly engine?: "terraform" | "opentofu";
  /** The engine's version. @default the one that the reference names */
  readonly engineVersion?: string;
  /** Roles that exist already, instead of those that bootstrap makes. */
  readonly roles?: { readonly plan?: string; readonly apply?: string };
  /** When to look for drift, as cron says it, in UTC. @default "17 5 * * 1-5" */
  readonly driftSchedule?: string;
}

/** A finding of a check that somebody has looked at, and lets be for now. */
export interface SuppressionOptions {
  /** The check or the failure, as berth check shows it. */
  readonly id: string;
  /** Terraform's address, with * for any characters. @default every address */
  readonly address?: string;
  readonly reason: string;
  /** The day after which it counts again, as YYYY-MM-DD. */
  readonly until: string;
}

/** How the foundation is checked, by hand and in a pipeline. */
export interface ChecksOptions {
  /** @default [] */
  readonly suppressions?: readonly SuppressionOptions[];
  /**
   * What lets berth check fail: also a fact that is missing, as of a VPC or a key that is not the foundation's own, or
   * only what is refuted. The result says what is unknown either way.
   *
   * @default "unknown"
   */
  readonly failOn?: "unknown" | "fail";
  /** Whether a way from a task to the internet is an error. @default false */
  readonly isolated?: boolean;
}

/** What surrounds the foundation in a project: environments, state, the engine. */
export interface ProjectOptions {
  /** Tags that Terraform's AWS provider puts on everything. @default {} */
  readonly defaultTags?: Readonly<Record<string, string>>;
  /** S3 state with locking (`use_lockfile`) and encryption. @default a local file under .berth */
  readonly state?: StateOptions;
  /** The engine: a path or a name on PATH. @default terraform, then tofu */
  readonly terraformBin?: string;
  readonly checks?: ChecksOptions;
  /** The pipeline that berth pipeline writes, and the roles that berth bootstrap makes for it. @default none */
  readonly pipeline?: PipelineOptions;
}

/** One environment: whatever differs from the base. `name` gets the environment's name as a suffix unless stated. */
export type EnvironmentOptions = Partial<FoundationOptions & ProjectOptions>;

/** What berth.config.ts says. A key that is present must have a value: undefined is an error, not the default. */
export interface Config extends FoundationOptions, ProjectOptions {
  /** Named environments and what each overrides; objects are merged, lists replaced. @default none */
  readonly environments?: Readonly<Record<string, EnvironmentOptions>>;
}

/** The config of one environment, checked and merged. */
export interface Settings extends FoundationOptions, ProjectOptions {
  /** "default" where the config names no environments. */
  readonly environment: string;
}

/**
 * Gives berth.config.ts its types. Returns what it is given.
 *
 * @example
 * export default defineConfig({
 *   name: "hello",
 *   region: "eu-west-1",
 *   loadBalancer: { allowFrom: ["0.0.0.0/0"] },
 * });
 */
export function defineConfig(config: Config): Config {
  return config;
}
