import { isEcrRegistry } from "../../aws/index.ts";
import { type FailureId, failures, failureOf } from "../../failures/index.ts";
import type { PolicyType } from "../../iam/index.ts";
import type {
  Inspection,
  PlacementCause,
  StartFailure,
  StoppedHop,
  TargetRejection,
  TestInterface,
  Trace,
  VpcEndpoint,
} from "../../sandbox/inspection/index.ts";
import type { Finding } from "../result.ts";

/** A finding with the title and fix of a failure; without them if the failure is unknown. */
export function createFinding(
  id: FailureId | undefined,
  rest: Omit<Finding, "id" | "title" | "fix">,
): Finding {
  return id === undefined ? rest : { id, ...failures[id], ...rest };
}

/** The failure of a missing VPC endpoint, by the step that requires the endpoint. */
const MISSING_ENDPOINT: Readonly<Partial<Record<StartFailure["step"], FailureId>>> = {
  registry: "NET-09",
  secrets: "NET-14",
  logs: "NET-13",
  image: "NET-10",
};

/** The place in which a task does not start. */
interface TaskLocation {
  readonly inspection: Inspection;
  readonly account: string;
  readonly region: string;
  readonly networkInterface: TestInterface;
  /** True if a task of the same service starts in another subnet. */
  readonly startsElsewhere: boolean;
}

/** The host that the task could not reach; "" if the failure is not in the network. */
const hostOf = ({ cause }: StartFailure): string =>
  cause.kind === "unreachable" ? cause.host : "";

/** True for a host of the S3 bucket with the image layers of Amazon ECR. */
const isLayerBucket = (host: string): boolean =>
  host.startsWith("prod-") && host.includes("-starport-layer-bucket.");

/** The AWS service that the task could not reach, as in the name of a VPC endpoint. */
function unreachableService(failure: StartFailure): string {
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

function endpointsInVpc({ inspection, networkInterface }: TaskLocation): VpcEndpoint[] {
  return inspection
    .resources("vpc-endpoint")
    .filter((vpcEndpoint) => vpcEndpoint.vpcId === networkInterface.vpcId);
}

function identifyMissingRoute(failure: StartFailure, location: TaskLocation): FailureId {
  const { region, networkInterface, startsElsewhere } = location;
  if (networkInterface.publicIp !== undefined) return "NET-03";
  if (startsElsewhere) return "NET-05";
  const endpoints = endpointsInVpc(location);
  const host = hostOf(failure);
  const isPublicRegistry = failure.step === "image" && !isEcrRegistry(host) && !isLayerBucket(host);
  if (endpoints.length === 0) return isPublicRegistry ? "NET-33" : "NET-01";
  const service = unreachableService(failure);
  const endpoint = endpoints.find((candidate) => candidate.serviceName.endsWith(`.${service}`));
  if (service === "s3") return endpoint ? "NET-12" : "NET-11";
  if (isPublicRegistry) return "NET-33";
  if (failure.step === "image" && !host.includes(`.${region}.`)) return "NET-34";
  if (endpoint?.type === "Interface" && !endpoint.privateDns) return "NET-19";
  if (service === "ssm") return "NET-15";
  return MISSING_ENDPOINT[failure.step] ?? "NET-01";
}

/** True if the VPC has interface endpoints, but none for the service that the task could not reach. */
function lacksEndpoint(failure: StartFailure, location: TaskLocation): boolean {
  const endpoints = endpointsInVpc(location);
  const service = unreachableService(failure);
  return (
    endpoints.some((vpcEndpoint) => vpcEndpoint.type === "Interface") &&
    !endpoints.some(
      (vpcEndpoint) =>
        vpcEndpoint.serviceName.endsWith(`.${service}`) &&
        (vpcEndpoint.type === "Gateway" || vpcEndpoint.privateDns),
    )
  );
}

/** Identifies the failure if a packet of the task did not arrive. */
function identifyLostPacket(
  failure: StartFailure,
  stopped: StoppedHop,
  location: TaskLocation,
): FailureId | undefined {
  const { networkInterface, startsElsewhere } = location;
  const noInternetAccess = (): FailureId | undefined =>
    endpointsInVpc(location).length > 0 ? undefined : "NET-01";
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
      const isTaskGroup =
        reason.direction === "egress" &&
        ids.some((id) => networkInterface.securityGroupIds.includes(id));
      if (!isTaskGroup) return "NET-23";
      // In a VPC with endpoints, the missing endpoint is the cause and not the security group.
      if (lacksEndpoint(failure, location)) return identifyMissingRoute(failure, location);
      return isLayerBucket(hostOf(failure)) ? "NET-25" : "NET-24";
    }
    case "no-route":
      // The first route table is that of the task's subnet, a later one that of the NAT gateway's subnet.
      return failure.hops?.some((hop) => hop.route !== undefined) === true
        ? "NET-04"
        : identifyMissingRoute(failure, location);
    case "blackhole":
      if (reason.target === "nat-gateway") return "NET-06";
      if (reason.target === "network-interface") return "NET-08";
      return noInternetAccess();
    case "wrong-target":
    case "unused-address":
    case "no-internet-gateway":
    case "asymmetric-route":
      return noInternetAccess();
  }
}

/** Failures by the action that a policy of the role or the resource does not allow. */
const DENIED_ACTION: Readonly<Record<string, FailureId>> = {
  "logs:CreateLogGroup": "IAM-08",
  "logs:CreateLogStream": "IAM-07",
  "secretsmanager:GetSecretValue": "IAM-09",
  "ssm:GetParameters": "IAM-09",
  "ecr:GetAuthorizationToken": "IAM-05",
};

/** Failures by the type of the policy that denies, for policies other than those of the role and the resource. */
const DENIED_BY_POLICY: Readonly<Partial<Record<PolicyType, FailureId>>> = {
  "VPC endpoint policy": "NET-27",
  "permissions boundary": "IAM-13",
  "session policy": "IAM-13",
  "service control policy": "IAM-13",
};

/** Identifies the failure if a task does not start; undefined if it is not in the catalogue. */
export function identifyStartFailure(
  failure: StartFailure,
  location: TaskLocation,
): FailureId | undefined {
  if (failure.stopped) return identifyLostPacket(failure, failure.stopped, location);
  const { cause } = failure;
  const { inspection, account, region } = location;
  switch (cause.kind) {
    case "role-not-assumable":
      return "IAM-04";
    case "access-denied":
      return DENIED_BY_POLICY[cause.by] ?? DENIED_ACTION[cause.action];
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
    case "secret-arn-format":
      return "TD-24";
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
      return DENIED_BY_POLICY[cause.by] ?? (cause.image.account === account ? "IAM-05" : "ECR-04");
    case "image-import-denied":
      return DENIED_BY_POLICY[cause.by] ?? "ECR-09";
    case "image-not-found": {
      const name = cause.image?.repository ?? "";
      const repository = inspection.resource("repository", name, { account, region });
      return repository?.imageCount === 0 ? "ECR-02" : "ECR-01";
    }
    case "secret-not-readable":
    case "unreachable":
      return undefined;
  }
}

/** Failures by the reason why ECS cannot place a task; undefined if EC2 rejects the network interface. */
export const PLACEMENT_FAILURES: Readonly<Record<PlacementCause, FailureId | undefined>> = {
  "no-free-address": "CIDR-04",
  "vcpu-quota": "Q-01",
  "zone-without-fargate": "SVC-08",
  rejected: undefined,
};

/** Identifies the failure if a schedule cannot start its task. */
export const identifyScheduleFailure = ({
  isRoleNotAssumable,
  reason,
}: TargetRejection): FailureId | undefined => (isRoleNotAssumable ? "IAM-04" : failureOf(reason));

/** Identifies the failure if the load balancer's health check of a task fails. */
export function identifyHealthCheckFailure(
  inspection: Inspection,
  networkInterface: TestInterface,
  reason: string | undefined,
  trace: Trace | undefined,
): FailureId | undefined {
  const stopReason = trace?.stopped?.reason;
  if (reason === "Target.NotInUse") return "ALB-18";
  if (!stopReason) return "ALB-12";
  if (stopReason.kind === "network-acl") return "NET-26";
  if (stopReason.kind !== "security-group") return undefined;
  if (stopReason.direction === "egress") return "ALB-10";
  const isDefault = networkInterface.securityGroupIds.every(
    (id) => inspection.resource("security-group", id)?.name === "default",
  );
  return isDefault ? "SVC-10" : "ALB-11";
}

/** Identifies the failure if a request to a load balancer gets no response. */
export function identifyRequestFailure({ stopped }: Trace): FailureId | undefined {
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
