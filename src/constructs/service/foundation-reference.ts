import { type IResolvable, TerraformLocal, Token } from "cdktn";
import type { Construct } from "../construct.ts";
import { formatArn, parseEcrImage } from "../../aws/index.ts";
import type { FoundationOptions } from "../../config/index.ts";
import { CheckedConstruct } from "../foundation/checked-construct.ts";
import { listenerPort } from "../foundation/load-balancer.ts";
import { DataAwsCallerIdentity } from "../provider/data-caller-identity.generated.ts";
import { DataAwsSsmParameter } from "../provider/data-ssm-parameter.generated.ts";

/** A load balancer that forwards requests to services. */
export interface LoadBalancerReference {
  readonly arn: string;
  /** The part of the ARN that metrics have as a dimension: app/<name>/<id>. @default that part of a literal ARN */
  readonly arnSuffix?: string;
  /** ARN of the listener to which services add their rules. */
  readonly listenerArn: string;
  readonly dnsName: string;
  /** Protocol of the listener. @default "http" */
  readonly protocol?: "http" | "https";
  /** TCP port of the listener. @default 80, or 443 with https */
  readonly port?: number;
}

/** An ECR repository. */
export interface RepositoryReference {
  readonly name: string;
  readonly arn: string;
  /** <account>.dkr.ecr.<region>.amazonaws.com/<name> */
  readonly url: string;
}

/** What services and jobs use of a foundation: that of a `Foundation`, or existing resources. */
export interface FoundationReference {
  /** Prefix of the names of roles, task definitions and target groups. */
  readonly name: string;
  readonly region: string;
  /** Account ID. */
  readonly account: string;
  readonly clusterArn: string;
  readonly clusterName: string;
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  /** Whether tasks have public addresses. @default false */
  readonly assignPublicIp?: boolean | IResolvable;
  /** ARN of the key that encrypts the log groups. @default CloudWatch Logs encrypts with its own key */
  readonly keyArn?: string;
  /** The repository of images by tag or digest, and of `berth deploy`. @default none */
  readonly repository?: RepositoryReference;
  /** Required by services with a route. @default none */
  readonly loadBalancer?: LoadBalancerReference;
  /** ARN of the Cloud Map namespace of Service Connect. @default the default namespace of the cluster */
  readonly namespaceArn?: string;
  /**
   * ARN of the permissions boundary of the roles of services, whose path is then `/<name>/`. The deploy role of a pipeline creates
   * only such roles. @default none, with the path /
   */
  readonly roleBoundary?: string;
  /** The key and the log group of ECS Exec sessions, if the cluster sets them. @default none */
  readonly execSessions?: { readonly keyArn: string; readonly logGroupName: string };
}

/** The repository of a foundation: its own, or the existing one of the options, whose account is known and may be another one. */
export function repositoryOf({ name, region, repository = {} }: FoundationOptions): {
  readonly name: string;
  readonly region: string;
  readonly account?: string;
} {
  if (!("url" in repository)) return { name: repository.name ?? name, region };
  const image = parseEcrImage(repository.url);
  if (image === undefined)
    throw new TypeError(`${repository.url} is not a repository of Amazon ECR`);
  return { name: image.repository, region: image.region, account: image.account };
}

/** ARN of the repository of a foundation. */
export function repositoryArn(options: FoundationOptions, account: string): string {
  const repository = repositoryOf(options);
  return formatArn(
    "ecr",
    repository.region,
    repository.account ?? account,
    `repository/${repository.name}`,
  );
}

/**
 * The parts of a reference that follow from the options of a foundation and the names of its outputs.
 *
 * @param value the value of an output, as a Terraform expression
 */
export function referenceOf(
  options: FoundationOptions,
  account: string,
  value: (output: string) => string,
): FoundationReference {
  const { name, region, loadBalancer } = options;
  const usesServiceConnect =
    options.cluster?.namespace !== undefined ||
    Object.values(options.services ?? {}).some(({ serviceConnect }) => serviceConnect);
  return {
    name,
    region,
    account,
    clusterArn: value("cluster_arn"),
    clusterName: value("cluster_name"),
    vpcId: value("vpc_id"),
    subnetIds: Token.asList(value("task_subnet_ids")),
    securityGroupIds: [value("task_security_group_id")],
    assignPublicIp: options.egress === "public",
    keyArn: value("key_arn"),
    repository: {
      name: repositoryOf(options).name,
      arn: repositoryArn(options, account),
      url: value("repository_url"),
    },
    execSessions: { keyArn: value("key_arn"), logGroupName: value("log_group_name") },
    ...(loadBalancer === false
      ? {}
      : {
          loadBalancer: {
            arn: value("load_balancer_arn"),
            listenerArn: value("listener_arn"),
            dnsName: value("load_balancer_dns_name"),
            protocol: loadBalancer.certificateArn === undefined ? "http" : "https",
            port: listenerPort(loadBalancer),
          },
        }),
    ...(usesServiceConnect ? { namespaceArn: value("namespace_arn") } : {}),
  };
}

/** The condition that the foundation was applied with all requirements. */
const requirementsMet = (
  requirements: readonly string[],
): { readonly condition: string; readonly errorMessage: string } => ({
  condition: `\${length(setsubtract([${requirements.map((requirement) => JSON.stringify(requirement)).join(", ")}], toset(try(jsondecode(nonsensitive(self.value)).service_requirements, [])))) == 0}`,
  errorMessage: `the foundation was applied before the config required all of: ${requirements.join(", ")}. Run berth apply`,
});

/** Properties of a `PublishedFoundation`. */
export interface PublishedFoundationProps {
  /** The options of the foundation. */
  readonly foundation: FoundationOptions;
  /** What the foundation must have been applied with, as its output service_requirements lists it. @default [] */
  readonly requirements?: readonly string[];
}

/**
 * A foundation with another Terraform state. It reads the outputs that the foundation published in an SSM parameter.
 *
 * @example
 * const { reference } = new PublishedFoundation(this, "foundation", { foundation: options });
 * new Service(this, "web", { name: "web", foundation: reference, image: { tag: "v1" } });
 */
export class PublishedFoundation extends CheckedConstruct {
  readonly reference: FoundationReference;

  constructor(scope: Construct, id: string, props: PublishedFoundationProps) {
    super(scope, id, props);
    const { foundation, requirements = [] } = props;
    const { publish = true } = foundation;
    const parameter = new DataAwsSsmParameter(this, "resource", {
      name: typeof publish === "string" ? publish : `/berth/${foundation.name}`,
      ...(requirements.length === 0
        ? {}
        : { lifecycle: { postcondition: [requirementsMet(requirements)] } }),
    });
    const outputs = new TerraformLocal(
      this,
      "outputs",
      `\${nonsensitive(jsondecode(data.aws_ssm_parameter.${parameter.friendlyUniqueId}.value))}`,
    );
    const value = (output: string): string => `local.${outputs.friendlyUniqueId}.${output}`;
    const reference = referenceOf(
      foundation,
      foundation.account ?? new DataAwsCallerIdentity(this, "account").accountId,
      (output) => `\${${value(output)}}`,
    );
    this.reference = this.#withArnSuffix(reference, value("load_balancer_arn"));
  }

  /** Adds the dimension of metrics, which is not an output of the foundation. */
  #withArnSuffix(reference: FoundationReference, arn: string): FoundationReference {
    const { loadBalancer } = reference;
    if (loadBalancer === undefined) return reference;
    const suffix = new TerraformLocal(
      this,
      "load-balancer",
      `\${split(":loadbalancer/", ${arn})[1]}`,
    );
    return {
      ...reference,
      loadBalancer: { ...loadBalancer, arnSuffix: `\${local.${suffix.friendlyUniqueId}}` },
    };
  }
}
