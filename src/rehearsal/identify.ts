import { type FailureId, failureOf, failures } from "../aws/failures.ts";
import type { Hop, Journey } from "../sandbox/network/journey.ts";
import type { Context } from "../sandbox/service.ts";
import {
  type NetworkInterface,
  securityGroups,
  vpcEndpoints,
} from "../sandbox/services/ec2/rows.ts";
import { repositories } from "../sandbox/services/ecr/rows.ts";
import type { Failure } from "../sandbox/services/ecs/launch.ts";
import type { Finding } from "./verdicts.ts";

/** A finding of a failure that may have a name. */
export function finding(
  id: FailureId | undefined,
  rest: Omit<Finding, "id" | "title" | "fix">,
): Finding {
  return id === undefined ? rest : { id, ...failures[id], ...rest };
}

const REFUSED: readonly (readonly [RegExp, FailureId])[] = [
  [/unable to assume the role/, "IAM-04"],
  [/VPC endpoint policy/, "NET-27"],
  [/permissions boundary|session policy|service control policy/, "IAM-13"],
  [/starport-layer-bucket[^ ]*: 403 Forbidden/, "NET-28"],
  [/failed to download env files/, "IAM-15"],
  [/logs:CreateLogGroup/, "IAM-08"],
  [/logs:CreateLogStream/, "IAM-07"],
  [/Access to KMS is not allowed/, "IAM-10"],
  [/secretsmanager:GetSecretValue|ssm:GetParameters/, "IAM-09"],
  [/json key|looking for beginning of value/, "TD-10"],
  [/staging label/, "RACE-07"],
  [/can't find the specified secret|invalid parameters:/, "TD-11"],
  [/specified log group does not exist/, "LOG-01"],
  [/ecr:GetAuthorizationToken/, "IAM-05"],
  [/matching platform/, "ECR-05"],
  [/no space left on device/, "ECR-07"],
  [/401 Unauthorized/, "IAM-16"],
];

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

const hostIn = (reason: string): string => /https:\/\/([^/"]+)/.exec(reason)?.[1] ?? "";

/** The endpoint service whose absence a lost packet shows. */
function serviceIn({ step, reason }: Failure): string {
  switch (step) {
    case "registry":
      return "ecr.api";
    case "logs":
      return "logs";
    case "secrets":
      return /ssm/.test(reason) ? "ssm" : "secretsmanager";
    default:
      return hostIn(reason).includes("starport") ? "s3" : "ecr.dkr";
  }
}

function ofNoRoute(failure: Failure, { context, face, startsElsewhere }: Circumstances): FailureId {
  if (face.publicIp !== undefined) return "NET-03";
  if (startsElsewhere) return "NET-05";
  const own = context.in(vpcEndpoints).filter((one) => one.vpcId === face.vpcId);
  if (own.length === 0)
    return failure.step === "image" && !hostIn(failure.reason).includes("amazonaws")
      ? "NET-33"
      : "NET-01";
  const service = serviceIn(failure);
  const endpoint = own.find((one) => one.serviceName.endsWith(`.${service}`));
  if (service === "s3") return endpoint ? "NET-12" : "NET-11";
  const host = hostIn(failure.reason);
  if (failure.step === "image" && !/\.ecr\./.test(host)) return "NET-33";
  if (failure.step === "image" && !host.includes(`.${context.region}.`)) return "NET-34";
  if (endpoint?.type === "Interface" && !endpoint.privateDns) return "NET-19";
  if (service === "ssm") return "NET-15";
  return ENDPOINT_OF[failure.step] ?? "NET-01";
}

/** True where tasks get out through endpoints, and none takes over the service's name. */
function lacksEndpoint(failure: Failure, { context, face }: Circumstances): boolean {
  const own = context.in(vpcEndpoints).filter((one) => one.vpcId === face.vpcId);
  const service = serviceIn(failure);
  return (
    own.some((one) => one.type === "Interface") &&
    !own.some(
      (one) =>
        one.serviceName.endsWith(`.${service}`) && (one.type === "Gateway" || one.privateDns),
    )
  );
}

/** Which failure it is that a packet of the task's was lost. */
function ofLost(
  failure: Failure,
  stopped: Hop,
  circumstances: Circumstances,
): FailureId | undefined {
  const { context, face, startsElsewhere } = circumstances;
  const { at, says } = stopped;
  if (says.includes("does not resolve")) return "NET-21";
  if (says.includes("network ACL")) return "NET-26";
  if (says.includes("no public address")) return startsElsewhere ? "NET-05" : "NET-02";
  if (says.includes("NAT gateway is gone") || says.includes("private NAT")) return "NET-06";
  if (says.includes("its own subnet sends")) return "NET-04";
  if (says.includes("source/destination check") || says.includes("interface is gone"))
    return "NET-08";
  if (says.includes("no rule of the security group")) {
    const isOwn = at.split(", ").some((id) => face.groupIds.includes(id)) && says.includes(" out ");
    if (!isOwn) return "NET-23";
    // Where endpoints lead out and this one is missing, its absence is what is wrong, not the closed group.
    if (lacksEndpoint(failure, circumstances)) return ofNoRoute(failure, circumstances);
    return hostIn(failure.reason).includes("starport") ? "NET-25" : "NET-24";
  }
  if (says.includes("there is no route")) {
    // The task's own table is the first that a packet meets: a later one is the NAT gateway's.
    const tables = (failure.hops ?? []).filter((hop) => hop.at.startsWith("rtb-"));
    if (tables.length > 0) return "NET-04";
    return ofNoRoute(failure, circumstances);
  }
  return context.in(vpcEndpoints).find((one) => one.vpcId === face.vpcId) ? undefined : "NET-01";
}

/** Which failure it is that a task did not start. */
export function ofStart(failure: Failure, circumstances: Circumstances): FailureId | undefined {
  if (failure.stopped) return ofLost(failure, failure.stopped, circumstances);
  const { reason } = failure;
  const named = REFUSED.find(([pattern]) => pattern.test(reason))?.[1];
  if (named !== undefined) return named;
  if (failure.step !== "image") return undefined;
  const { context } = circumstances;
  const [, account, repository] =
    /(\d{12})\.dkr\.ecr\.[^/]+\/(?:v2\/)?([^:@"]+?)(?:\/manifests|[:@])/.exec(reason) ?? [];
  if (/403 Forbidden/.test(reason)) return account === context.account ? "IAM-05" : "ECR-04";
  if (!/not found/.test(reason)) return undefined;
  const own = context.in(repositories).get(repository ?? "");
  return own && own.images.length === 0 ? "ECR-02" : "ECR-01";
}

const PLACEMENT: readonly (readonly [RegExp, FailureId])[] = [
  [/InsufficientFreeAddresses/, "CIDR-04"],
  [/vCPUs/, "Q-01"],
  [/Internal error/, "SVC-08"],
];

export const ofPlacement = (words: string): FailureId | undefined =>
  PLACEMENT.find(([pattern]) => pattern.test(words))?.[1];

/** Which failure it is that a schedule starts no task. */
export const ofFiring = (words: string): FailureId | undefined =>
  words.includes("unable to assume the role") ? "IAM-04" : failureOf(words);

/** Which failure it is that a load balancer does not find a task healthy. */
export function ofHealth(
  context: Context,
  face: NetworkInterface,
  reason: string | undefined,
  journey: Journey | undefined,
): FailureId | undefined {
  const stopped = journey?.stopped;
  if (reason === "Target.NotInUse") return "ALB-18";
  if (!stopped) return "ALB-12";
  if (stopped.says.includes("network ACL")) return "NET-26";
  if (!stopped.says.includes("no rule of the security group")) return undefined;
  if (stopped.says.includes(" out ")) return "ALB-10";
  const isDefault = face.groupIds.every(
    (id) => context.in(securityGroups).get(id)?.name === "default",
  );
  return isDefault ? "SVC-10" : "ALB-11";
}

/** Which failure it is that a request from outside gets no answer. */
export function ofLostVisit({ stopped }: Journey): FailureId | undefined {
  if (!stopped) return undefined;
  if (stopped.says.includes("no rule of the security group")) return "ALB-09";
  if (stopped.says.includes("network ACL")) return "NET-26";
  return stopped.says.includes("no internet gateway") ? "ALB-08" : "ALB-07";
}
