import { type FailureId, failures } from "../../failures/catalogue.ts";
import { failureOf } from "../../failures/match-aws-error.ts";
import type { PolicyType } from "../../iam/authorize.ts";
import type { Trace, StoppedHop } from "../../sandbox/network/trace.ts";
import type { Context } from "../../sandbox/core/operation.ts";
import {
  type NetworkInterface,
  securityGroups,
  vpcEndpoints,
} from "../../sandbox/services/ec2/tables.ts";
import { repositories } from "../../sandbox/services/ecr/tables.ts";
import type { Failure } from "../../sandbox/services/ecs/startup/start-failure.ts";
import type { PlacementCause } from "../../sandbox/services/ecs/placement.ts";
import type { TargetRejection } from "../../sandbox/services/events/firing.ts";
import type { Finding } from "../result.ts";

/** A finding of a failure that may have a name. */
export function finding(
  id: FailureId | undefined,
  rest: Omit<Finding, "id" | "title" | "fix">,
): Finding {
  return id === undefined ? rest : { id, ...failures[id], ...rest };
}

const ENDPOINT_OF: Readonly<Partial<Record<Failure["step"], FailureId>>> = {
  registry: "NET-09",
  secrets: "NET-14",
  logs: "NET-13",
  image: "NET-10",
};

/** What is known of a task that did not start, beside why. */
interface Circumstances {
  readonly context: Context;
  readonly face: NetworkInterface;
  /** True where a task of the same service starts in another of its subnets. */
  readonly startsElsewhere: boolean;
}

/** The host that a lost packet was for; "" where none was lost. */
const hostOf = ({ cause }: Failure): string => (cause.kind === "unreachable" ? cause.host : "");

/** True for hosts of the bucket that keeps ECR's layers. */
const isLayerBucket = (host: string): boolean =>
  host.startsWith("prod-") && host.includes("-starport-layer-bucket.");

/** The endpoint service whose absence a lost packet shows. */
function serviceOf(failure: Failure): string {
  const host = hostOf(failure);
  switch (failure.step) {
    case "registry":
      return "ecr.api";
    case "logs":
      return "logs";
    case "secrets":
      return host.startsWith("ssm.") ? "ssm" : "secretsmanager";
    default:
      return isLayerBucket(host) ? "s3" : "ecr.dkr";
  }
}

function ofNoRoute(
  failure: Failure,
  { context, face: networkInterface, startsElsewhere }: Circumstances,
): FailureId {
  if (networkInterface.publicIp !== undefined) return "NET-03";
  if (startsElsewhere) return "NET-05";
  const own = context
    .in(vpcEndpoints)
    .filter((vpcEndpoint) => vpcEndpoint.vpcId === networkInterface.vpcId);
  if (own.length === 0)
    return failure.step === "image" && !hostOf(failure).includes("amazonaws") ? "NET-33" : "NET-01";
  const service = serviceOf(failure);
  const endpoint = own.find((vpcEndpoint) => vpcEndpoint.serviceName.endsWith(`.${service}`));
  if (service === "s3") return endpoint ? "NET-12" : "NET-11";
  const host = hostOf(failure);
  if (failure.step === "image" && !/\.ecr\./.test(host)) return "NET-33";
  if (failure.step === "image" && !host.includes(`.${context.region}.`)) return "NET-34";
  if (endpoint?.type === "Interface" && !endpoint.privateDns) return "NET-19";
  if (service === "ssm") return "NET-15";
  return ENDPOINT_OF[failure.step] ?? "NET-01";
}

/** True where tasks get out through endpoints, and none takes over the service's name. */
function lacksEndpoint(
  failure: Failure,
  { context, face: networkInterface }: Circumstances,
): boolean {
  const own = context
    .in(vpcEndpoints)
    .filter((vpcEndpoint) => vpcEndpoint.vpcId === networkInterface.vpcId);
  const service = serviceOf(failure);
  return (
    own.some((vpcEndpoint) => vpcEndpoint.type === "Interface") &&
    !own.some(
      (vpcEndpoint) =>
        vpcEndpoint.serviceName.endsWith(`.${service}`) &&
        (vpcEndpoint.type === "Gateway" || vpcEndpoint.privateDns),
    )
  );
}

/** Which failure it is that a packet of the task's was lost. */
function ofLost(
  failure: Failure,
  stopped: StoppedHop,
  circumstances: Circumstances,
): FailureId | undefined {
  const { context, face: networkInterface, startsElsewhere } = circumstances;
  const withoutEndpoints = (): FailureId | undefined =>
    context.in(vpcEndpoints).find((vpcEndpoint) => vpcEndpoint.vpcId === networkInterface.vpcId)
      ? undefined
      : "NET-01";
  const { ids, reason } = stopped;
  switch (reason.kind) {
    case "dns-not-resolved":
      return "NET-21";
    case "network-acl":
      return "NET-26";
    case "no-public-address":
      return startsElsewhere ? "NET-05" : "NET-02";
    case "private-nat":
      return "NET-06";
    case "route-loop":
      return "NET-04";
    case "source-dest-check":
      return "NET-08";
    case "security-group": {
      const isOwn =
        reason.direction === "egress" && ids.some((id) => networkInterface.groupIds.includes(id));
      if (!isOwn) return "NET-23";
      // Where endpoints lead out and this one is missing, its absence is what is wrong, not the closed group.
      if (lacksEndpoint(failure, circumstances)) return ofNoRoute(failure, circumstances);
      return isLayerBucket(hostOf(failure)) ? "NET-25" : "NET-24";
    }
    case "no-route":
      // The task's own table is the first that a packet meets: a later one is the NAT gateway's.
      return failure.hops?.some((hop) => hop.route !== undefined) === true
        ? "NET-04"
        : ofNoRoute(failure, circumstances);
    case "blackhole":
      if (reason.target === "nat-gateway") return "NET-06";
      if (reason.target === "network-interface") return "NET-08";
      return withoutEndpoints();
    case "wrong-target":
    case "unused-address":
    case "no-internet-gateway":
    case "asymmetric-route":
      return withoutEndpoints();
  }
}

const DENIED: Readonly<Record<string, FailureId>> = {
  "logs:CreateLogGroup": "IAM-08",
  "logs:CreateLogStream": "IAM-07",
  "secretsmanager:GetSecretValue": "IAM-09",
  "ssm:GetParameters": "IAM-09",
  "ecr:GetAuthorizationToken": "IAM-05",
};

/** Failures of policies other than those of the role and the resource. */
const DENIED_BY: Readonly<Partial<Record<PolicyType, FailureId>>> = {
  "VPC endpoint policy": "NET-27",
  "permissions boundary": "IAM-13",
  "session policy": "IAM-13",
  "service control policy": "IAM-13",
};

/** Which failure it is that a task did not start. */
export function ofStart(failure: Failure, circumstances: Circumstances): FailureId | undefined {
  if (failure.stopped) return ofLost(failure, failure.stopped, circumstances);
  const { cause } = failure;
  const { context } = circumstances;
  switch (cause.kind) {
    case "role-not-assumable":
      return "IAM-04";
    case "access-denied":
      return DENIED_BY[cause.by] ?? DENIED[cause.action];
    case "kms-denied":
      return "IAM-10";
    case "env-files-denied":
      return "IAM-15";
    case "layers-denied":
      return "NET-28";
    case "secret-not-found":
      return "TD-11";
    case "secret-version-not-found":
      return cause.by === "stage" ? "RACE-07" : "TD-11";
    case "secret-json-key":
      return "TD-10";
    case "log-group-not-found":
      return "LOG-01";
    case "registry-login-required":
      return "IAM-16";
    case "platform-mismatch":
      return "ECR-05";
    case "disk-full":
      return "ECR-07";
    case "image-denied":
      return DENIED_BY[cause.by] ?? (cause.image.account === context.account ? "IAM-05" : "ECR-04");
    case "image-not-found": {
      const own = context.in(repositories).get(cause.image?.repository ?? "");
      return own && own.images.length === 0 ? "ECR-02" : "ECR-01";
    }
    case "secret-not-readable":
    case "unreachable":
      return undefined;
  }
}

/** Which failure it is that a task is not placed; none where EC2 rejects its network interface. */
export const PLACEMENT: Readonly<Record<PlacementCause, FailureId | undefined>> = {
  "no-free-address": "CIDR-04",
  "vcpu-quota": "Q-01",
  "zone-without-fargate": "SVC-08",
  rejected: undefined,
};

/** Which failure it is that a schedule starts no task. */
export const ofFiring = ({
  isRoleNotAssumable: isRole,
  reason,
}: TargetRejection): FailureId | undefined => (isRole ? "IAM-04" : failureOf(reason));

/** Which failure it is that a load balancer does not find a task healthy. */
export function ofHealth(
  context: Context,
  networkInterface: NetworkInterface,
  reason: string | undefined,
  journey: Trace | undefined,
): FailureId | undefined {
  const stop = journey?.stopped?.reason;
  if (reason === "Target.NotInUse") return "ALB-18";
  if (!stop) return "ALB-12";
  if (stop.kind === "network-acl") return "NET-26";
  if (stop.kind !== "security-group") return undefined;
  if (stop.direction === "egress") return "ALB-10";
  const isDefault = networkInterface.groupIds.every(
    (id) => context.in(securityGroups).get(id)?.name === "default",
  );
  return isDefault ? "SVC-10" : "ALB-11";
}

/** Which failure it is that a request from outside gets no answer. */
export function ofLostVisit({ stopped }: Trace): FailureId | undefined {
  switch (stopped?.reason.kind) {
    case undefined:
      return undefined;
    case "security-group":
      return "ALB-09";
    case "network-acl":
      return "NET-26";
    case "no-internet-gateway":
      return "ALB-08";
    default:
      return "ALB-07";
  }
}
