import type { FailureId } from "../../failures/index.ts";
import type { LostPackets, Reason } from "../../reachability/index.ts";
import type { NetworkInterface, VpcEndpoint } from "../../topology/index.ts";
import type { CheckContext } from "../engine/check.ts";
import type { ConnectionRequirement, StepName } from "./connection-requirements.ts";

/** The failure of a step without the VPC endpoint of its service. */
export const missingEndpointFailures: Readonly<Record<StepName, FailureId>> = {
  registry: "NET-09",
  image: "NET-10",
  layers: "NET-11",
  logs: "NET-13",
  secrets: "NET-14",
  parameters: "NET-15",
  exec: "NET-17",
};

/** A connection of a startup step whose packets are lost. */
interface LostConnection {
  readonly task: NetworkInterface;
  readonly requirement: ConnectionRequirement;
  /** The VPC endpoints of the task's VPC. */
  readonly endpoints: readonly VpcEndpoint[];
  /** True if tasks in another subnet can start. */
  readonly startsElsewhere: boolean;
}

/** The failure of a startup step whose packets are lost. */
export function startupFailureOf(
  { network, plan }: CheckContext,
  task: NetworkInterface,
  requirement: ConnectionRequirement,
  { reason, hops, isResponse }: LostPackets,
  startsElsewhere: boolean,
): FailureId {
  // Only network ACLs lose responses: they are stateless.
  if (isResponse === true) return "NET-26";
  const usesNat = hops.some(
    (hop) => plan.resourceAt(hop.origin.address)?.type === "aws_nat_gateway",
  );
  const { vpc } = task.subnet;
  const endpoints = vpc === undefined ? [] : network.endpointsIn(vpc);
  const connection: LostConnection = { task, requirement, endpoints, startsElsewhere };
  switch (reason.kind) {
    case "dns-disabled":
    case "no-such-host":
      return "NET-21";
    case "network-acl":
      return "NET-26";
    case "no-public-address":
      return usesNat ? "NET-06" : startsElsewhere ? "NET-05" : "NET-02";
    case "source-dest-check":
      return "NET-08";
    case "security-group":
      return securityGroupFailure(reason, connection);
    case "blackhole":
      if (usesNat) return "NET-04";
      return reason.target === "nat-gateway" ? "NET-06" : "NET-01";
    case "detached-gateway":
    case "no-return-route":
    case "no-route":
    case "route-loop":
      return usesNat ? "NET-04" : noRouteFailure(connection);
  }
}

const endpointFor = ({ requirement, endpoints }: LostConnection): VpcEndpoint | undefined => {
  const { target } = requirement;
  return target.kind === "service"
    ? endpoints.find((endpoint) => endpoint.service === target.service)
    : undefined;
};

function securityGroupFailure(
  { direction, groups }: Extract<Reason, { readonly kind: "security-group" }>,
  connection: LostConnection,
): FailureId {
  const { task, requirement, endpoints } = connection;
  const endpoint = endpointFor(connection);
  if (direction === "ingress") return endpoint ? "NET-23" : "NET-08";
  const isGroupOfTask = task.securityGroups.some((key) => groups.includes(key));
  if (!isGroupOfTask) return "NET-08";
  const lacksEndpoint =
    endpoints.some(({ isGateway }) => !isGateway) &&
    !(endpoint && (endpoint.isGateway || endpoint.privateDnsEnabled === true));
  if (lacksEndpoint) return noRouteFailure(connection);
  return requirement.name === "layers" ? "NET-25" : "NET-24";
}

function noRouteFailure(connection: LostConnection): FailureId {
  const { task, requirement, endpoints, startsElsewhere } = connection;
  if (task.hasPublicIp === true) return "NET-03";
  if (startsElsewhere) return "NET-05";
  const isPublicRegistry = requirement.target.kind === "registry";
  if (endpoints.length === 0) return isPublicRegistry ? "NET-33" : "NET-01";
  const endpoint = endpointFor(connection);
  if (requirement.name === "layers") return endpoint ? "NET-12" : "NET-11";
  if (isPublicRegistry) return "NET-33";
  if (requirement.name === "image" && endpoint?.privateDnsEnabled === true) return "NET-34";
  if (endpoint && endpoint.privateDnsEnabled !== true) return "NET-19";
  return missingEndpointFailures[requirement.name];
}
