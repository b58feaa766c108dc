import type * as ecs from "@aws-sdk/client-ecs";
import { parseArn } from "../../../../aws/arn.ts";
import { dnsSuffix } from "../../../../aws/regions.ts";
import { authorize, type PolicyType } from "../../../../iam/authorize.ts";
import type { RequestContext } from "../../../../iam/conditions.ts";
import { evaluate } from "../../../../iam/evaluate.ts";
import { parsePolicy } from "../../../../iam/policy.ts";
import { identityGrants, seenRole } from "../../../authorization/identity-policies.ts";
import { resourcePolicy } from "../../../authorization/authorize-call.ts";
import { imageFacts } from "../../../workload-behavior.ts";
import { type Hop, type Trace, traceToInternet, type StoppedHop } from "../../../network/trace.ts";
import { publicAddress, resolve, toHost } from "../../../network/dns.ts";
import { AwsError } from "../../../protocol/errors.ts";
import type { Context } from "../../../core/operation.ts";
import type { NetworkInterface } from "../../ec2/tables.ts";
import { vpcEndpoints } from "../../ec2/tables.ts";
import { findImage, repositories } from "../../ecr/tables.ts";
import type { Role } from "../../iam/tables.ts";
import { findKey } from "../../kms/keys.ts";
import { logGroups } from "../../logs/tables.ts";
import { secrets } from "../../secretsmanager/tables.ts";
import { readSecret } from "../../secretsmanager/versions.ts";
import { parameters } from "../../ssm/index.ts";
import { isEcrImage } from "../check-definition.ts";
import type { Definition, StartStep } from "../tables.ts";

/** An image of ECR. */
interface EcrImage {
  readonly account: string;
  readonly repository: string;
}

/** Why a task does not start, for code to decide by. */
export type FailureCause =
  /** A packet to the host is lost: `stopped` says where. */
  | { readonly kind: "unreachable"; readonly host: string }
  | { readonly kind: "role-not-assumable" }
  | { readonly kind: "access-denied"; readonly action: string; readonly by: PolicyType }
  /** KMS does not decrypt a secret: the role may not use the key, or the key is not enabled. */
  | { readonly kind: "kms-denied" }
  | { readonly kind: "env-files-denied" }
  /** The policy of the S3 endpoint does not allow layers. */
  | { readonly kind: "layers-denied" }
  | { readonly kind: "secret-not-found" }
  /** A secret without the version that is asked for. */
  | { readonly kind: "secret-version-not-found"; readonly by: "stage" | "version-id" }
  | { readonly kind: "secret-not-readable" }
  /** A secret that is not JSON, or lacks the key. */
  | { readonly kind: "secret-json-key" }
  | { readonly kind: "log-group-not-found" }
  | { readonly kind: "registry-login-required" }
  | { readonly kind: "image-not-found"; readonly image?: EcrImage }
  | { readonly kind: "image-denied"; readonly image: EcrImage; readonly by: PolicyType }
  | { readonly kind: "platform-mismatch" }
  | { readonly kind: "disk-full" };

/** Why a task does not start, as AWS says it, and what the sandbox knows beside. */
export interface Failure {
  /** The stopped reason. */
  readonly reason: string;
  readonly cause: FailureCause;
  readonly code: "TaskFailedToStart";
  /** The step at which it broke. */
  readonly step: StartStep;
  /** Seconds until AWS gives up. A refusal is quick; a packet that is lost is waited for. */
  readonly seconds: number;
  /** Where the packet went, where one was lost. */
  readonly hops?: readonly Hop[];
  readonly stopped?: StoppedHop;
}

class TaskStartError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.reason);
    this.failure = failure;
  }
}

/** Seconds that a lost packet costs: 4 min 49 s were measured in public for a sealed security group. */
const LOST = 289;
const REFUSED = 5;

/** What one attempt to start a task has at hand. */
interface Attempt {
  readonly context: Context;
  readonly face: NetworkInterface;
  readonly definition: Definition;
  readonly taskId: string;
  readonly clusterName: string;
}

const lost = (step: StartStep, reason: string, trace: Trace, host: string): TaskStartError =>
  new TaskStartError({
    step,
    reason,
    cause: { kind: "unreachable", host },
    code: "TaskFailedToStart",
    seconds: LOST,
    hops: trace.hops,
    ...(trace.stopped ? { stopped: trace.stopped } : {}),
  });

const refused = (step: StartStep, cause: FailureCause, reason: string): TaskStartError =>
  new TaskStartError({ step, cause, reason, code: "TaskFailedToStart", seconds: REFUSED });

/** The address that a client would have tried: of an endpoint where one has taken the name over. */
function triedAddress({ context, face: networkInterface }: Attempt, host: string): string {
  const answer = resolve(context, networkInterface, host);
  return answer.kind === "endpoint" ? answer.face.privateIp : publicAddress(context, host);
}

/** The end of a client's message about a lost packet. */
function lostWords(attempt: Attempt, host: string, trace: Trace): string {
  return trace.stopped?.reason.kind === "dns-not-resolved"
    ? `dial tcp: lookup ${host}: no such host`
    : `dial tcp ${triedAddress(attempt, host)}:443: i/o timeout`;
}

/** A request that the policies deny, in AWS's words, and the type of the policy that decides. */
interface Denial {
  readonly words: string;
  readonly by: PolicyType;
}

/** One request of the task's, by a role: undefined where it is allowed. */
function explainDenial(
  { context, taskId }: Attempt,
  role: Role,
  action: string,
  resource: string,
  trace: Trace,
  more: RequestContext = {},
): Denial | undefined {
  const account = parseArn(role.arn)?.account ?? context.account;
  const session = `arn:${context.partition}:sts::${account}:assumed-role/${role.name}/${taskId}`;
  const endpoint =
    trace.endpointId === undefined ? undefined : context.in(vpcEndpoints).get(trace.endpointId);
  const owner = parseArn(resource)?.account;
  const verdict = authorize(
    {
      principal: { arn: role.arn, session },
      action,
      resource,
      context: {
        "aws:PrincipalArn": role.arn,
        "aws:PrincipalAccount": account,
        "aws:RequestedRegion": context.region,
        "aws:SecureTransport": "true",
        ...(endpoint ? { "aws:SourceVpce": endpoint.id, "aws:SourceVpc": endpoint.vpcId } : {}),
        ...more,
      },
    },
    {
      ...identityGrants(context, role),
      ...resourcePolicy(context, resource),
      ...(endpoint ? { endpoint: parsePolicy(endpoint.policy) } : {}),
      ...(owner === undefined || owner === "" ? {} : { resourceAccount: owner }),
    },
  );
  return verdict.allowed
    ? undefined
    : {
        words: `User: ${session} is not authorized to perform: ${action} on resource: ${resource} ${verdict.reason}`,
        by: verdict.policyType,
      };
}

/** The roles of a task can be assumed by ECS for it. Source: Amazon ECS Developer Guide, "Amazon ECS task execution IAM role". */
function assume({ context, clusterName, taskId }: Attempt, arn: string): Role {
  const role = seenRole(context, arn);
  const decision = role
    ? evaluate(parsePolicy(role.trust), {
        principal: { service: "ecs-tasks.amazonaws.com" },
        action: "sts:AssumeRole",
        resource: role.arn,
        context: {
          "aws:SourceAccount": context.account,
          "aws:SourceArn": context.arn("ecs", `task/${clusterName}/${taskId}`),
        },
      })
    : undefined;
  if (role && decision?.effect === "allow") return role;
  throw refused(
    "role",
    { kind: "role-not-assumable" },
    `ECS was unable to assume the role '${arn}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`,
  );
}

const hostOf = (context: Context, service: string, region = context.region): string =>
  `${service}.${region}.${dnsSuffix(context.partition)}`;

const AUTH = "ResourceInitializationError: unable to pull secrets or registry auth:";
const LOGGER = "ResourceInitializationError: failed to validate logger args:";

/** Source: Amazon ECS Developer Guide, "Troubleshooting Amazon ECS ResourceInitializationError errors". */
function registryAuth(attempt: Attempt, role: Role): void {
  const { context } = attempt;
  const host = hostOf(context, "api.ecr");
  const trace = toHost(context, attempt.face, host);
  if (!trace.arrives) {
    throw lost(
      "registry",
      `${AUTH} The task cannot pull registry auth from Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task network configuration. operation error ECR: GetAuthorizationToken, exceeded maximum number of attempts, 3, https response error StatusCode: 0, RequestID: , request send failed, Post "https://${host}/": ${lostWords(attempt, host, trace)}`,
      trace,
      host,
    );
  }
  const no = explainDenial(attempt, role, "ecr:GetAuthorizationToken", "*", trace);
  if (no !== undefined) {
    throw refused(
      "registry",
      { kind: "access-denied", action: "ecr:GetAuthorizationToken", by: no.by },
      `${AUTH} execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 1 time(s): operation error ECR: GetAuthorizationToken, https response error StatusCode: 400, RequestID: ${context.uuid()}, api error AccessDeniedException: ${no.words}`,
    );
  }
}

/** Secrets by ARN: secret[:json-key:version-stage:version-id], or a parameter. */
function pullSecret(attempt: Attempt, role: Role, valueFrom: string): void {
  const { context } = attempt;
  const arn = parseArn(valueFrom);
  if (arn?.service === "secretsmanager") pullFromSecretsManager(attempt, role, valueFrom);
  else pullParameter(attempt, role, valueFrom, arn?.region ?? context.region);
}

function pullFromSecretsManager(attempt: Attempt, role: Role, valueFrom: string): void {
  const { context } = attempt;
  const parts = valueFrom.split(":");
  const arn = parts.slice(0, 7).join(":");
  const [, , , region = "", account = ""] = parts;
  const [jsonKey, stage, versionId] = [parts[7], parts[8], parts[9]];
  const host = hostOf(context, "secretsmanager", region);
  const trace = toHost(context, attempt.face, host);
  const failed = `${AUTH} execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s):`;
  if (!trace.arrives) {
    throw lost(
      "secrets",
      `${AUTH} unable to retrieve secret from asm: There is a connection issue between the task and AWS Secrets Manager. Check your task network configuration. failed to fetch secret ${arn} from secrets manager: operation error Secrets Manager: GetSecretValue, https response error StatusCode: 0, RequestID: , canceled, context deadline exceeded`,
      trace,
      host,
    );
  }
  const home = context.at({ account, region });
  const secret = home
    .in(secrets)
    .find(
      (otherSecret) =>
        otherSecret.arn === arn || otherSecret.arn.replace(/-[A-Za-z0-9]{6}$/, "") === arn,
    );
  const no = explainDenial(
    attempt,
    role,
    "secretsmanager:GetSecretValue",
    secret?.arn ?? arn,
    trace,
    {
      "secretsmanager:VersionStage": stage || "AWSCURRENT",
    },
  );
  if (no !== undefined) {
    throw refused(
      "secrets",
      { kind: "access-denied", action: "secretsmanager:GetSecretValue", by: no.by },
      `${failed} failed to fetch secret ${arn} from secrets manager: operation error Secrets Manager: GetSecretValue, https response error StatusCode: 400, RequestID: ${context.uuid()}, api error AccessDeniedException: ${no.words}`,
    );
  }
  if (!secret || secret.deletion) {
    throw refused(
      "secrets",
      { kind: "secret-not-found" },
      `ResourceNotFoundException: The task can't retrieve the secret with ARN '${arn}' from AWS Secrets Manager. Check whether the secret exists in the specified Region. Fetching secret data from AWS Secrets Manager in region ${region}: secret ${arn}: ResourceNotFoundException: Secrets Manager can't find the specified secret.`,
    );
  }
  if (secret.keyId !== undefined) decrypt(attempt, role, secret.keyId, "secretsmanager", failed);
  let text: string;
  try {
    text = readSecret(home, secret, stage || undefined, versionId || undefined);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const cause: FailureCause =
      error.code === "ResourceNotFoundException"
        ? { kind: "secret-version-not-found", by: versionId ? "version-id" : "stage" }
        : { kind: "secret-not-readable" };
    throw refused("secrets", cause, `${failed} ${error.code}: ${error.message}`);
  }
  if (jsonKey === undefined || jsonKey === "") return;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refused(
      "secrets",
      { kind: "secret-json-key" },
      `${failed} invalid character '${text[0] ?? " "}' looking for beginning of value`,
    );
  }
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, jsonKey)) {
    throw refused(
      "secrets",
      { kind: "secret-json-key" },
      `${failed} retrieved secret from Secrets Manager did not contain json key ${jsonKey}`,
    );
  }
}

/** Secrets Manager and Parameter Store ask KMS themselves: no packet of the task's is needed. */
const BY_THE_SERVICE: Trace = { arrives: true, to: "", hops: [] };

/** The role needs the key as well as the secret. Source: Amazon ECS Developer Guide, "Amazon ECS task execution IAM role". */
function decrypt(
  attempt: Attempt,
  role: Role,
  keyName: string,
  service: "secretsmanager" | "ssm",
  failed: string,
): void {
  const key = findKey(attempt.context, keyName);
  if (key?.managedBy !== undefined) return;
  const isAllowed =
    key?.state === "Enabled" &&
    explainDenial(attempt, role, "kms:Decrypt", key.arn, BY_THE_SERVICE, {
      "kms:ViaService": hostOf(attempt.context, service),
      "kms:CallerAccount": attempt.context.account,
    }) === undefined;
  if (!isAllowed) {
    throw refused(
      "secrets",
      { kind: "kms-denied" },
      `${failed} https response error StatusCode: 400, api error AccessDeniedException: Access to KMS is not allowed`,
    );
  }
}

function pullParameter(attempt: Attempt, role: Role, valueFrom: string, region: string): void {
  const { context } = attempt;
  const host = hostOf(context, "ssm", region);
  const trace = toHost(context, attempt.face, host);
  const name = valueFrom.replace(/^arn:[^:]+:ssm:[^:]*:[^:]*:parameter/, "");
  const failed = `${AUTH} execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s):`;
  if (!trace.arrives) {
    throw lost(
      "secrets",
      `${AUTH} execution resource retrieval failed: unable to retrieve secrets from ssm: The task cannot pull secrets from AWS Systems Manager Parameter Store: service call has been retried 5 time(s): RequestCanceled: request context canceled caused by: context deadline exceeded`,
      trace,
      host,
    );
  }
  const home = context.at({ region });
  const row = home.in(parameters).get(name) ?? home.in(parameters).get(name.replace(/^\//, ""));
  const arn = row?.arn ?? home.arn("ssm", `parameter/${name.replace(/^\//, "")}`);
  const no = explainDenial(attempt, role, "ssm:GetParameters", arn, trace);
  if (no !== undefined) {
    throw refused(
      "secrets",
      { kind: "access-denied", action: "ssm:GetParameters", by: no.by },
      `${failed} operation error SSM: GetParameters, https response error StatusCode: 400, RequestID: ${context.uuid()}, api error AccessDeniedException: ${no.words}`,
    );
  }
  if (!row)
    throw refused("secrets", { kind: "secret-not-found" }, `${failed} invalid parameters: ${name}`);
  if (row.keyId !== undefined && row.keyId !== "alias/aws/ssm")
    decrypt(attempt, role, row.keyId, "ssm", failed);
}

/** The log driver is tried before anything is pulled. */
function openLog(attempt: Attempt, role: Role, container: ecs.ContainerDefinition): void {
  const { context } = attempt;
  const options = container.logConfiguration?.options ?? {};
  if (container.logConfiguration?.logDriver !== "awslogs") return;
  const region = options["awslogs-region"] ?? context.region;
  const name = options["awslogs-group"] ?? "";
  const host = hostOf(context, "logs", region);
  const trace = toHost(context, attempt.face, host);
  if (!trace.arrives) {
    throw lost(
      "logs",
      `${LOGGER} The task cannot find the Amazon CloudWatch log group defined in the task definition. There is a connection issue between the task and Amazon CloudWatch. Check your network configuration. signal: killed`,
      trace,
      host,
    );
  }
  const home = context.at({ region });
  const group = home.in(logGroups).get(name);
  const arn = home.arn("logs", `log-group:${name}`);
  const deny = (
    what: string,
    operation: "CreateLogGroup" | "CreateLogStream",
    no: Denial,
  ): TaskStartError =>
    refused(
      "logs",
      { kind: "access-denied", action: `logs:${operation}`, by: no.by },
      `${LOGGER} create stream has been retried 1 times: failed to create Cloudwatch ${what}: operation error CloudWatch Logs: ${operation}, https response error StatusCode: 400, RequestID: ${context.uuid()}, api error AccessDeniedException: ${no.words} : exit status 1`,
    );
  if (options["awslogs-create-group"] === "true" && !group) {
    const no = explainDenial(attempt, role, "logs:CreateLogGroup", arn, trace);
    if (no !== undefined) throw deny("log group", "CreateLogGroup", no);
  }
  const stream = `${options["awslogs-stream-prefix"]}/${container.name}/${attempt.taskId}`;
  const no = explainDenial(
    attempt,
    role,
    "logs:CreateLogStream",
    `${arn}:log-stream:${stream}`,
    trace,
  );
  if (no !== undefined) throw deny("log stream", "CreateLogStream", no);
  if (!group && options["awslogs-create-group"] !== "true") {
    throw refused(
      "logs",
      { kind: "log-group-not-found" },
      `${LOGGER} create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. : exit status 1`,
    );
  }
}

/** Hosts that an image's manifest and layers come from. */
function registryOf(image: string): {
  readonly host: string;
  readonly path: string;
  readonly shown: string;
} {
  const [first = "", ...rest] = image.split("/");
  const isHost =
    rest.length > 0 && (first.includes(".") || first.includes(":") || first === "localhost");
  if (isHost) return { host: first, path: rest.join("/"), shown: image };
  const path = rest.length > 0 ? image : `library/${image}`;
  return { host: "registry-1.docker.io", path, shown: `docker.io/${path}` };
}

const splitReference = (path: string): { readonly name: string; readonly tag: string } => {
  const at = path.indexOf("@");
  if (at > 0) return { name: path.slice(0, at).replace(/:[^/:]+$/, ""), tag: path.slice(at + 1) };
  const match = /^(.*?)(?::([^/:]+))?$/.exec(path);
  return { name: match?.[1] ?? path, tag: match?.[2] ?? "latest" };
};

const PULL = "CannotPullContainerError:";

function pullImage(
  attempt: Attempt,
  role: Role | undefined,
  container: ecs.ContainerDefinition,
): void {
  const { context, face: networkInterface, definition } = attempt;
  const image = container.image ?? "";
  const { host, path, shown } = registryOf(image);
  const { name, tag } = splitReference(path);
  const reference = `${shown.split(path)[0]}${name}${tag.includes(":") ? "@" : ":"}${tag}`;
  const trace = toHost(context, networkInterface, host.split(":")[0] ?? host);
  if (!trace.arrives) {
    throw lost(
      "image",
      `${PULL} pull image manifest has been retried 5 time(s): failed to resolve ref ${reference}: failed to do request: Head "https://${host}/v2/${name}/manifests/${tag}": ${lostWords(attempt, host, trace)}`,
      trace,
      host,
    );
  }
  const facts = imageFacts(context.laws.apps, image);
  const isEcr = isEcrImage(image);
  const [account = "", , , region = ""] = host.split(".");
  const ecrImage = { account, repository: name };
  const notFound = refused(
    "image",
    { kind: "image-not-found", ...(isEcr ? { image: ecrImage } : {}) },
    `${PULL} pull image manifest has been retried 1 time(s): failed to resolve ref ${reference}: ${reference}: not found`,
  );
  let platforms = facts.platforms;
  if (isEcr && role) {
    const home = context.at({ account, region });
    const arn = home.arn("ecr", `repository/${name}`);
    for (const action of ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]) {
      const no = explainDenial(attempt, role, action, arn, trace);
      if (no !== undefined) {
        throw refused(
          "image",
          { kind: "image-denied", image: ecrImage, by: no.by },
          `${PULL} The task can't pull the image. Check that the role has the permissions to pull images from the registry. pull image manifest has been retried 1 time(s): failed to resolve ref ${reference}: unexpected status from HEAD request to https://${host}/v2/${name}/manifests/${tag}: 403 Forbidden: ${no.words}`,
        );
      }
    }
    const repository = home.in(repositories).get(name);
    const known = repository ? findImage(repository, tag) : undefined;
    if (facts.exists === undefined && repository && !known) throw notFound;
    platforms ??= known?.platforms;
  } else if (facts.private === true && !container.repositoryCredentials) {
    throw refused(
      "image",
      { kind: "registry-login-required" },
      `${PULL} pull image manifest has been retried 1 time(s): failed to resolve ref ${reference}: failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://${host}/token: 401 Unauthorized`,
    );
  }
  if (facts.exists === false) throw notFound;
  checkPlatform(definition, platforms);
  if (isEcr) pullLayers(attempt, host);
  const room = definition.body.ephemeralStorage?.sizeInGiB ?? 20;
  if (facts.sizeGiB !== undefined && facts.sizeGiB > room) {
    throw refused(
      "image",
      { kind: "disk-full" },
      `${PULL} failed to extract layer: write /var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots: no space left on device`,
    );
  }
}

function checkPlatform(definition: Definition, platforms: readonly string[] | undefined): void {
  const { cpuArchitecture = "X86_64", operatingSystemFamily = "LINUX" } =
    definition.body.runtimePlatform ?? {};
  const wanted = `${operatingSystemFamily === "LINUX" ? "linux" : "windows"}/${cpuArchitecture === "ARM64" ? "arm64" : "amd64"}`;
  if (platforms && !platforms.includes(wanted)) {
    throw refused(
      "image",
      { kind: "platform-mismatch" },
      `${PULL} pull image manifest has been retried 1 time(s): image Manifest does not contain descriptor matching platform '${wanted}'`,
    );
  }
}

/** ECR keeps layers in a bucket of its own. Source: Amazon ECR User Guide, "Minimum Amazon S3 bucket permissions for Amazon ECR". */
function pullLayers(attempt: Attempt, registry: string): void {
  const { context, face: networkInterface } = attempt;
  const region = registry.split(".")[3] ?? context.region;
  const bucket = `prod-${region}-starport-layer-bucket`;
  const host = hostOf(context, `${bucket}.s3`, region);
  const trace =
    resolve(context, networkInterface, host).kind === "none"
      ? toHost(context, networkInterface, host)
      : traceToInternet(context, networkInterface, publicAddress(context, host), 443);
  const url = `https://${host}/`;
  if (!trace.arrives) {
    throw lost(
      "image",
      `${PULL} ref pull has been retried 5 time(s): failed to copy: httpReadSeeker: failed open: failed to do request: Get "${url}": ${lostWords(attempt, host, trace)}`,
      trace,
      host,
    );
  }
  const endpoint =
    trace.endpointId === undefined ? undefined : context.in(vpcEndpoints).get(trace.endpointId);
  if (!endpoint) return;
  const decision = evaluate(parsePolicy(endpoint.policy), {
    // The URL is signed by ECR: policies reach it by "*" alone.
    principal: { arn: `arn:${context.partition}:iam::000000000000:root` },
    action: "s3:GetObject",
    resource: `arn:${context.partition}:s3:::${bucket}/layer`,
    context: { "aws:SourceVpce": endpoint.id, "aws:SourceVpc": endpoint.vpcId },
  });
  if (decision.effect !== "allow") {
    throw refused(
      "image",
      { kind: "layers-denied" },
      `${PULL} ref pull has been retried 1 time(s): failed to copy: httpReadSeeker: failed open: unexpected status code ${url}: 403 Forbidden`,
    );
  }
}

/** Files of environment variables lie in S3. */
function pullEnvironment(
  attempt: Attempt,
  role: Role,
  files: readonly ecs.EnvironmentFile[],
): void {
  const { context, face: networkInterface } = attempt;
  for (const { value = "" } of files) {
    const bucket = value.replace(/^arn:[^:]+:s3:::/, "").split("/")[0] ?? "";
    const host = hostOf(context, "s3");
    const trace = toHost(context, networkInterface, host);
    const failed =
      "ResourceInitializationError: failed to download env files: file download command: non empty error stream:";
    if (!trace.arrives)
      throw lost(
        "secrets",
        `${failed} RequestCanceled: request context canceled caused by: context deadline exceeded`,
        trace,
        host,
      );
    for (const [action, resource] of [
      ["s3:GetBucketLocation", `arn:${context.partition}:s3:::${bucket}`],
      ["s3:GetObject", value],
    ] as const) {
      if (explainDenial(attempt, role, action, resource, trace) !== undefined)
        throw refused(
          "secrets",
          { kind: "env-files-denied" },
          `${failed} AccessDenied: Access Denied status code: 403`,
        );
    }
  }
}

/**
 * Walks a task through its start, in AWS's order. Answers why it fails; undefined where it starts.
 *
 * Source: Amazon ECS Developer Guide, "Amazon ECS task lifecycle" and "Viewing Amazon ECS stopped task errors".
 */
export function startTask(attempt: Attempt): Failure | undefined {
  const { body } = attempt.definition;
  const containers = body.containerDefinitions ?? [];
  try {
    const role =
      body.executionRoleArn === undefined ? undefined : assume(attempt, body.executionRoleArn);
    if (body.taskRoleArn !== undefined) assume(attempt, body.taskRoleArn);
    for (const container of containers) {
      const credentials = container.repositoryCredentials?.credentialsParameter;
      const wanted = [
        ...(container.secrets ?? []).flatMap((secret) => secret.valueFrom ?? []),
        ...(container.logConfiguration?.secretOptions ?? []).flatMap(
          (secretOption) => secretOption.valueFrom ?? [],
        ),
        ...(credentials === undefined ? [] : [credentials]),
      ];
      for (const from of wanted) if (role) pullSecret(attempt, role, from);
      if (role) pullEnvironment(attempt, role, container.environmentFiles ?? []);
    }
    if (role && containers.some((container) => isEcrImage(container.image ?? "")))
      registryAuth(attempt, role);
    for (const container of containers) if (role) openLog(attempt, role, container);
    for (const container of containers) pullImage(attempt, role, container);
    return undefined;
  } catch (error) {
    if (error instanceof TaskStartError) return error.failure;
    throw error;
  }
}
