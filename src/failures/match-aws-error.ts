// The only file that matches text: errors of AWS, of Terraform, of its AWS provider and HCL parser, and of Berth's sandbox. All
// other code uses typed values (test/meta/text-decisions.test.ts).
import type { FailureId } from "./catalogue/index.ts";

/** Patterns of error texts with the failure that each identifies. The first match counts. */
const FAILURE_PATTERNS: readonly (readonly [RegExp, FailureId])[] = [
  [/Gateway\.NotAttached/, "NET-07"],
  [/Enabling private DNS requires both/, "NET-20"],
  [/does not support the availability zone of the subnet/, "NET-29"],
  [/DuplicateSubnetsInSameZone/, "NET-31"],
  [/private-dns-enabled cannot be set because there is already/, "NET-32"],
  [/RouteAlreadyExists/, "NET-39"],
  [/InvalidServiceName/, "NET-41"],
  [/Subnets must all belong to the same VPC/, "NET-42"],
  [/InvalidSubnet\.Conflict/, "CIDR-02"],
  [/InvalidSubnet\.Range/, "CIDR-01"],
  [/InvalidVpc\.Range|Not enough IP space available/, "CIDR-03"],
  [/execution role ARN to support ECR images/, "IAM-01"],
  [/execution role ARN to support log driver/, "IAM-02"],
  [/specifying container secrets/, "IAM-03"],
  [/iam:PassRole/, "IAM-11"],
  [/Unable to assume the service linked role/, "IAM-12"],
  [/valid taskRoleArn is not being used/, "IAM-14"],
  [/KMS key does not exist or is not allowed to be used with Arn/, "KMS-01"],
  [/KmsException/, "KMS-02"],
  [/is pending deletion|is disabled/, "KMS-05"],
  [/new key policy will not allow you to update/, "KMS-06"],
  [/Fargate requires log configuration options to include/, "LOG-03"],
  [/at least one container has to be configured with the awsfirelens/, "LOG-07"],
  [/Log driver \w+ is not supported|When awsfirelens log driver is specified/, "LOG-04"],
  [/Log driver awslogs (requires|disallows) options|option 'awslogs-create-group'/, "LOG-03"],
  [/ResourceAlreadyExistsException.*log group/s, "LOG-05"],
  [/No Fargate configuration exists/, "TD-01"],
  [/be defined at the task level/, "TD-02"],
  [/Fargate only supports network mode|given networkMode of this task definition/, "TD-03"],
  [/host ports and container ports in port mappings must match/, "TD-04"],
  [
    /is greater than for the task|The sum of all container|'memoryReservation' must be|At least one of 'memory'/,
    "TD-05",
  ],
  [/SUCCESS or COMPLETE condition|Dependency cycle|with a HEALTHY condition/, "TD-20"],
  [/is mapped multiple times in task/, "TD-21"],
  [/secret name must be unique|Duplicate secret names/, "TD-22"],
  [
    /Invalid setting for container|Invalid '(container|host)Port' setting|Invalid port mapping name|hostname is not supported/,
    "TD-23",
  ],
  [/parameter ARN has a different account ID/, "TD-12"],
  [/does not support launch_type FARGATE/, "TD-14"],
  [/Unknown volume|depends on container/, "TD-15"],
  [/EFS IAM authorization requires a task role/, "TD-17"],
  [/Invalid ephemeral storage size|does not support ARM64 with WINDOWS/, "TD-18"],
  [/TaskDefinition not found|Unable to find task definition/i, "RACE-14"],
  [
    /not supported (on|by|for) Fargate|Fargate (does|compatible task definitions do) not support|Links are not supported|placement constraints/i,
    "TD-13",
  ],
  [/has target type instance, which is incompatible/, "ALB-01"],
  [/does not have an associated load balancer/, "ALB-02"],
  [/does not exist in the task definition|did not have a container port/, "ALB-03"],
  [/are in different VPCs|is in a different VPC than load balancer/, "ALB-04"],
  [/At least two subnets in two different Availability Zones/, "ALB-05"],
  [/multiple subnets in the same Availability Zone/, "ALB-06"],
  [/has no internet gateway/, "ALB-08"],
  [/A certificate must be specified/, "ALB-14"],
  [/UnsupportedCertificate/, "ALB-15"],
  [/A listener already exists on this port/, "ALB-17"],
  [/cannot be longer than 32|load balancer name/i, "ALB-21"],
  [/grace period is only valid/, "ALB-22"],
  [/Access Denied for bucket/, "ALB-23"],
  [/capacity provider that is not associated with the cluster/, "SVC-02"],
  [/both a launch type and capacity provider strategy/, "SVC-03"],
  [/PlatformUnknownException/, "SVC-04"],
  [/cannot be 100 as this will block deployments/, "SVC-06"],
  [/does not appear to belong to the same VPC/, "SVC-07"],
  [/subnets can not be empty|maximum of (16 subnets|5 security groups)/, "SVC-09"],
  [/with a CODE_DEPLOY deployment controller/, "SVC-11"],
  [/Namespace is missing|portName|NamespaceNotFound/, "SVC-13"],
  [/SRV record/, "SVC-14"],
  [/AddressLimitExceeded/, "Q-02"],
  [/(Vpc|NatGateway|InternetGateway|VpcEndpoint)LimitExceeded/, "Q-03"],
  [/RulesPerSecurityGroupLimitExceeded|TooMany/, "Q-04"],
  [/RepositoryNotEmptyException/, "DEST-01"],
  [/deletion protection is enabled/, "DEST-02"],
  [/already scheduled for deletion/, "DEST-04"],
  [/mapped public address/, "DEST-06"],
  [/DependencyViolation/, "DEST-05"],
  [/ClusterContains(Services|Tasks)Exception/, "DEST-07"],
  [/currently in use by a listener or a rule|ResourceInUse/, "DEST-09"],
  [/BucketNotEmpty/, "DEST-10"],
  [/Instance cannot be destroyed/, "DEST-17"],
  [/parameter availabilityZone is invalid/, "TF-04"],
  [
    /no matching .* found|couldn't find resource|empty result|reading .*(NotFound|does not exist)/is,
    "TF-05",
  ],
  [/Resource\.AlreadyAssociated/, "TF-07"],
  [/ImageTagAlreadyExistsException/, "ECR-03"],
  [/specified cluster is in a busy state/, "RACE-11"],
  [/can't retrieve the secret/, "TD-11"],
  [/no (session|permissions boundary) policy allows|no permissions boundary allows/, "IAM-13"],
  [/Not authorized to perform sts:AssumeRole/, "IAM-04"],
  [/quota for (PolicySize|ACLSizePerRole)|Maximum policy size of/, "IAM-18"],
  [/MalformedPolicy|InvalidPolicyDocument|Invalid parameter at 'PolicyText'/, "IAM-17"],
];

/** The failure that the text of an AWS or Terraform error identifies; undefined if the catalogue has none for it. */
export const failureOf = (text: string): FailureId | undefined =>
  FAILURE_PATTERNS.find(([pattern]) => pattern.test(text))?.[1];

/** Kinds of errors that have the same fix for every type of resource. */
export type ErrorKind =
  | "no-credentials"
  | "expired-credentials"
  | "wrong-account"
  | "access-denied"
  | "deletion-protection"
  | "repository-not-empty"
  | "kms-key-denied"
  | "quota-reached"
  | "already-exists"
  | "bucket-not-found"
  | "not-implemented"
  | "invalid-credentials"
  | "profile-not-found"
  | "unreachable"
  | "invalid-override";

/** Patterns of error texts with the kind that each identifies. The first match counts. */
const KIND_PATTERNS: readonly (readonly [RegExp, ErrorKind])[] = [
  [/failed to get shared config profile/, "profile-not-found"],
  [
    /InvalidClientTokenId|SignatureDoesNotMatch|UnrecognizedClientException|AuthFailure|InvalidAccessKeyId/,
    "invalid-credentials",
  ],
  [/No valid credential sources|failed to refresh cached credentials/, "no-credentials"],
  [/ExpiredToken|token.*expired/i, "expired-credentials"],
  [/AWS account ID not allowed/, "wrong-account"],
  [/UnauthorizedOperation|AccessDenied(?!.*KMS key)|not authorized to perform/, "access-denied"],
  [/deletion protection is enabled/, "deletion-protection"],
  [/RepositoryNotEmpty/, "repository-not-empty"],
  [/KMS key does not exist or is not allowed/, "kms-key-denied"],
  [/VpcLimitExceeded|AddressLimitExceeded|LimitExceeded/, "quota-reached"],
  [/already exists|Duplicate/, "already-exists"],
  [/NoSuchBucket/, "bucket-not-found"],
  [/NotImplemented.*Berth's sandbox/s, "not-implemented"],
  [/request send failed|no such host|connection refused|dial tcp/, "unreachable"],
  // Berth's own configuration is valid, so that only an override can be wrong.
  [
    /Extraneous JSON object property|Unsupported argument|Incorrect attribute value type/,
    "invalid-override",
  ],
];

/** The kind of an error, from its text; undefined for other errors. */
export const errorKindOf = (text: string): ErrorKind | undefined =>
  KIND_PATTERNS.find(([pattern]) => pattern.test(text))?.[1];

/** The variable for which Terraform's error requires a value; undefined for other errors. */
export const requiredVariableIn = (text: string): string | undefined =>
  /input variable "([^"]+)" is not set, and has no default value/.exec(text)?.[1];

/** An error of an AWS API. */
export interface ApiError {
  readonly code: string;
  readonly message: string;
}

/** The AWS API error in a message of the AWS provider; undefined if the message contains none. */
export function apiErrorIn(text: string): ApiError | undefined {
  const [, code, message = ""] =
    /RequestID: [\w-]*, (?:api error )?([\w.]+): (.*)$/s.exec(text) ?? [];
  return code === undefined ? undefined : { code, message: message.trim() };
}

/** The provider's summary of an error without the details of the HTTP request; unchanged if it has none. */
export function shortSummary(summary: string): string {
  const match = /^(.*?): operation error [^:]+: \w+,.*?api error (\S+): (.*)$/s.exec(summary);
  if (match) return `${match[1]}: ${match[2]}: ${match[3]}`;
  const unsent = /^(.*?): operation error .*?request send failed, (.*)$/s.exec(summary);
  return unsent ? `${unsent[1]}: ${unsent[2]}` : summary;
}

/** An error of Terraform in one line: its short summary, and the first paragraph of its detail unless the summary contains it. */
export function errorText(summary: string, detail: string): string {
  const [paragraph = ""] = detail.split("\n\n");
  const line = paragraph.replaceAll("\n", " ").trim();
  return shortSummary(summary) + (line === "" || summary.includes(line) ? "" : `: ${line}`);
}

/** True if Terraform's S3 backend does not find its bucket. */
export const isBucketMissing = (text: string): boolean => /does not exist|NoSuchBucket/.test(text);

/** True if the provider's data source finds no OIDC provider with the URL. */
export const isOidcProviderMissing = (text: string): boolean =>
  /finding IAM OIDC Provider by url .*: (not found|couldn't find resource)/.test(text);

/** True if the provider's data source finds no KMS alias with the name. */
export const isKmsAliasMissing = (text: string): boolean =>
  /reading KMS Alias .*: (empty result|couldn't find resource|.*not found)/.test(text);

/** The provider in an error of terraform init, as namespace/type; undefined if the error names none. */
export function providerNamedIn(text: string): string | undefined {
  const match = /provider registry\.[^/]+\/([\w-]+\/[\w-]+)|provider ([\w-]+\/[\w-]+)/.exec(text);
  return match?.[1] ?? match?.[2];
}

/** The address of a resource whose import block names an object that does not exist; undefined for other errors of Terraform. */
export function missingImportIn(text: string): string | undefined {
  const [, address] =
    /import an existing object to "((?:[^"\\]|\\.)+)", the provider detected that no object exists/.exec(
      text,
    ) ?? [];
  return address?.replaceAll('\\"', '"');
}

/** An error of HashiCorp's HCL parser. */
export interface HclError {
  readonly line: string;
  readonly column: string;
  readonly message: string;
}

/**
 * The position and the message in a text of the HCL parser; undefined for other texts.
 *
 * @example hclErrorIn("parse config: [main.tf:1,5-2,1: Invalid expression; Expected the start of an expression.]")?.line; // 1
 */
export function hclErrorIn(text: string): HclError | undefined {
  const [, line, column, summary, detail] =
    /:(\d+),(\d+)-\d+(?:,\d+)?: ([^;]+); ([^]+)\]$/.exec(text) ?? [];
  return line === undefined || column === undefined
    ? undefined
    : { line, column, message: `${summary}: ${detail}` };
}

/** The feature in a message of `notImplementedMessage`; undefined for other messages. */
export const notImplementedIn = (text: string): string | undefined =>
  /Berth's sandbox does not implement ([^\n,]+)/.exec(text)?.[1]?.replace(/[.\s]+$/, "");

/** The kind of a stopped reason of an ECS task; undefined for other reasons. */
export function stopKindOf(
  stoppedReason: string,
): "scaling" | "container-health-check" | "load-balancer-health-check" | undefined {
  if (stoppedReason.startsWith("Scaling activity")) return "scaling";
  if (stoppedReason.includes("ELB health checks")) return "load-balancer-health-check";
  return stoppedReason.includes("container health checks") ? "container-health-check" : undefined;
}

/** True for the ECS service event of a deployment that is blocked by its minimum and maximum percent. */
export const isDeploymentBlocked = (event: string): boolean =>
  event.includes("because of the service deployment configuration");

/** A connection of a task that failed, as its stopped reason describes it. */
export interface FailedConnection {
  /** The host name, such as api.ecr.eu-west-1.amazonaws.com; absent if the text contains only the AWS service. */
  readonly host?: string;
  /** The IP address to which the task connected. */
  readonly address?: string;
  readonly port?: number;
  readonly problem: "timeout" | "name-not-resolved" | "connection-refused";
}

/** A failure that the text of ECS identifies. */
export interface IdentifiedFailure {
  readonly id: FailureId;
  /** Other failures with the same text: only the network or the policies of the account distinguish them. */
  readonly alternatives: readonly FailureId[];
  /** The connection that failed; absent for other failures. */
  readonly connection?: FailedConnection;
}

/** True for 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 and 100.64.0.0/10: in a VPC, the address of an interface endpoint. */
const isPrivateAddress = (address: string): boolean =>
  /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(
    address,
  );

/** The failed connection in a stopped reason; undefined if the text is about something else. */
function connectionIn(text: string): FailedConnection | undefined {
  const host = /https?:\/\/([\w.-]+)/.exec(text)?.[1];
  const lookup = /dial tcp: lookup ([\w.-]+)[^:]*(?::\d+)?: /.exec(text)?.[1];
  if (lookup !== undefined) return { host: lookup, problem: "name-not-resolved" };
  const [, address, port, error = ""] = /dial tcp ([\d.]+):(\d+): ([^"]*)/.exec(text) ?? [];
  if (address !== undefined)
    return {
      ...(host === undefined ? {} : { host }),
      address,
      port: Number(port),
      problem: error.includes("refused") ? "connection-refused" : "timeout",
    };
  return /There is a connection issue between the task and|context deadline exceeded|Client\.Timeout exceeded|has been retried 5 time\(s\): failed to fetch secret|failed to validate logger args:.*signal: killed|net\/http: request canceled/s.test(
    text,
  )
    ? { ...(host === undefined ? {} : { host }), problem: "timeout" }
    : undefined;
}

/** The missing VPC endpoint of a connection, by the text of ECS or the host. The first match counts. */
const ENDPOINT_PATTERNS: readonly (readonly [RegExp, FailureId])[] = [
  [/starport-layer-bucket|httpReadSeeker|failed to download env files/, "NET-11"],
  [/registry auth from Amazon ECR|ecr registry auth|api\.ecr\./, "NET-09"],
  [/\.dkr[.-]ecr\./, "NET-10"],
  [/failed to validate logger args/, "NET-13"],
  [/secret from asm|AWS Secrets Manager/, "NET-14"],
  [/secrets from ssm|Parameter Store/, "NET-15"],
  [/failed to resolve ref/, "NET-33"],
];

/** How tasks reach AWS: through VPC endpoints, through a NAT gateway, or with public addresses. */
export type OutboundPath = "endpoints" | "nat" | "public";

/** Failures of the path that tasks use, the most likely one first. */
const PATH_FAILURES: Readonly<Record<Exclude<OutboundPath, "endpoints">, readonly FailureId[]>> = {
  nat: ["NET-01", "NET-06", "NET-04", "NET-05", "NET-08"],
  public: ["NET-03", "NET-02", "NET-05"],
};

/**
 * The failures of a connection. A private address belongs to an interface endpoint, so that a filter drops the packets. A public
 * address means that there is no endpoint with private DNS, and no outbound path. The failures of the path that the tasks use
 * come first.
 */
function connectionFailureIn(
  text: string,
  connection: FailedConnection,
  outboundPath: OutboundPath,
): IdentifiedFailure | undefined {
  if (connection.problem === "name-not-resolved")
    return { id: "NET-21", alternatives: ["NET-24", "NET-26"], connection };
  const endpoint = ENDPOINT_PATTERNS.find(([pattern]) => pattern.test(text))?.[1];
  if (endpoint === undefined) return undefined;
  const filters: readonly FailureId[] =
    endpoint === "NET-11" ? ["NET-12", "NET-25", "NET-24", "NET-26"] : ["NET-24", "NET-26"];
  if (connection.address !== undefined && isPrivateAddress(connection.address))
    return { id: "NET-23", alternatives: filters, connection };
  const paths: readonly FailureId[] = [
    "NET-01",
    "NET-02",
    "NET-03",
    "NET-04",
    "NET-05",
    "NET-06",
    "NET-08",
  ];
  const withoutEndpoint: readonly FailureId[] =
    endpoint === "NET-33" || endpoint === "NET-11" ? [] : ["NET-19"];
  const otherRegion: readonly FailureId[] = endpoint === "NET-10" ? ["NET-34"] : [];
  const unknownAddress: readonly FailureId[] =
    connection.address === undefined ? ["NET-21", "NET-23"] : [];
  const others = [...withoutEndpoint, ...otherRegion, ...unknownAddress, ...filters, ...paths];
  const ids =
    outboundPath === "endpoints"
      ? [endpoint, ...others]
      : [...PATH_FAILURES[outboundPath], ...filters, ...unknownAddress, endpoint];
  const [id = endpoint, ...alternatives] = new Set(ids);
  return { id, alternatives, connection };
}

/**
 * Patterns of stopped reasons and service events of ECS, with the failure that each identifies and others with the same text. The
 * first match counts.
 *
 * Source: Amazon ECS Developer Guide, "Amazon ECS stopped tasks error messages", "Troubleshooting Amazon ECS
 * ResourceInitializationError errors", "CannotPullContainer task errors in Amazon ECS" and "Amazon ECS service event messages"; the
 * quotations in src/failures/aws-errors.ts; aws/amazon-ecs-agent (asm.go: JSON keys).
 */
const TASK_PATTERNS: readonly (readonly [RegExp, FailureId, ...FailureId[]])[] = [
  [
    /ECS was unable to assume the role|Not authorized to perform sts:AssumeRole/,
    "IAM-04",
    "RACE-03",
  ],
  [/no VPC endpoint policy allows|explicit deny in a VPC endpoint policy/, "NET-27"],
  [/starport-layer-bucket.*403/s, "NET-28"],
  [
    /explicit deny in (a|an) (service control|resource control|session) policy|explicit deny in a permissions boundary|no (service control policy|session policy|permissions boundary) allows/,
    "IAM-13",
  ],
  [/not authorized to perform: ecr:GetAuthorizationToken/, "IAM-05", "IAM-06", "RACE-03"],
  [/not authorized to perform: ecr:\w+ .*no resource-based policy allows/s, "ECR-04"],
  [/not authorized to perform: ecr:/, "IAM-05", "ECR-04", "RACE-03"],
  [/not authorized to perform: logs:CreateLogGroup/, "IAM-08"],
  [/not authorized to perform: logs:/, "IAM-07", "RACE-03"],
  [/Access to KMS is not allowed|not authorized to perform: kms:/, "IAM-10", "KMS-03", "KMS-05"],
  [/KMS key is disabled|KMSInvalidStateException|is pending deletion/, "KMS-05"],
  [/not authorized to perform: (secretsmanager|ssm):/, "IAM-09", "RACE-03"],
  [/failed to download env files.*(AccessDenied|403)/s, "IAM-15"],
  [/did not contain json key|invalid character .* looking for beginning of value/, "TD-10"],
  [/invalid ARN format for the AWS Secrets Manager secret|unexpected ARN format/, "TD-24"],
  [/secret value for (staging label|VersionId|version)/, "RACE-07", "TD-11"],
  [/can't (find|retrieve) the (specified )?secret|invalid parameters: /, "TD-11"],
  [/log group does not exist/, "LOG-01", "LOG-02"],
  [/failed to invoke EFS utils|mount\.nfs4/, "TD-16"],
  [/descriptor matching platform|exec format error|image operating system/, "ECR-05"],
  [/no space left on device/, "ECR-07"],
  [/toomanyrequests|429 Too Many Requests/, "ECR-08"],
  [/401 Unauthorized|failed to authorize|pull access denied|no basic auth credentials/, "IAM-16"],
  [/Check that the role has the permissions to pull images|403 Forbidden/, "ECR-04", "IAM-05"],
  [
    /CannotPullContainerError.*(: not found|manifest unknown|does not exist)/is,
    "ECR-01",
    "ECR-02",
    "ECR-06",
    "ECR-09",
  ],
  [/failed container health checks/, "TD-06"],
  [/failed ELB health checks/, "ALB-12", "ALB-13"],
  [/Essential container in task exited|OutOfMemoryError|CannotStartContainerError/, "TD-09"],
  [/limit on the number of vCPUs/, "Q-01"],
  [/InsufficientFreeAddressesInSubnet|insufficient free addresses/i, "CIDR-04"],
  [
    /Capacity is unavailable at this time|unable to place a task\. Reason: Internal error/,
    "SVC-08",
  ],
  [/because of the service deployment configuration/, "SVC-06"],
];

/**
 * The failure that a stopped reason of a task or an event of a service identifies; undefined for other texts.
 *
 * @param outboundPath decides which failure of a connection to AWS is the most likely one
 * @example taskFailureIn("Task failed container health checks")?.id; // TD-06
 */
export function taskFailureIn(
  text: string,
  outboundPath: OutboundPath = "endpoints",
): IdentifiedFailure | undefined {
  const connection = connectionIn(text);
  const unreachable = connection && connectionFailureIn(text, connection, outboundPath);
  if (unreachable) return unreachable;
  const [, id, ...alternatives] = TASK_PATTERNS.find(([pattern]) => pattern.test(text)) ?? [];
  return id === undefined ? undefined : { id, alternatives };
}

/**
 * The reason in the service event of a task that fails the health check of its target group; undefined for other events.
 *
 * Source: Amazon ECS Developer Guide, "Amazon ECS service event messages": service (name) (port number) is unhealthy in
 * (target-group arn) due to (reason …).
 */
export function unhealthyReasonIn(event: string): string | undefined {
  return /is unhealthy in \(target-group \S+\) due to \(reason (.*)\)/.exec(event)?.[1];
}

/** The kind of a reason in {@link unhealthyReasonIn}, with the name that Elastic Load Balancing gives it in a target's health. */
export function unhealthyKindOf(
  reason: string,
): "Target.Timeout" | "Target.ResponseCodeMismatch" | "Target.FailedHealthChecks" {
  if (/timed out/i.test(reason)) return "Target.Timeout";
  return /these codes/.test(reason) ? "Target.ResponseCodeMismatch" : "Target.FailedHealthChecks";
}

/** True for a service event about a task that could not be placed. */
export const isPlacementFailure = (event: string): boolean =>
  event.includes("was unable to place a task");
