import { isCidr, parseCidr } from "../../ip/index.ts";
import type { Context } from "../core/operation.ts";
import { traceToHost } from "../services/ec2/network/dns.ts";
import {
  type Trace,
  traceBetween,
  traceFromInternet,
  traceToInternet,
} from "../services/ec2/network/trace.ts";
import type { Sandbox } from "../server.ts";
import { createNetworkInterface } from "../services/ec2/network-interfaces.ts";
import {
  type NetworkInterface,
  networkInterfaces,
  securityGroupRules,
  securityGroups,
  subnets,
} from "../services/ec2/tables.ts";
import { requireTask } from "./ecs-rows.ts";
import { contextsWith } from "./resources.ts";

/** A client in a subnet that does not exist yet. It is created for the test, and rolled back. */
export interface NewClient {
  readonly subnetId: string;
  /** Security groups of the client, in addition to one that allows all outbound traffic. @default none */
  readonly securityGroupIds?: readonly string[];
  /** A public IPv4 address of the client. @default none */
  readonly publicIp?: string;
}

/** Where a packet starts. */
export type Source =
  /** ARN of a running task. */
  | { readonly task: string }
  /** ID of a network interface. */
  | { readonly networkInterface: string }
  | NewClient
  /** An IPv4 address on the internet. */
  | { readonly internet: string };

/** Where a packet goes. */
export type Destination =
  | { readonly task: string }
  | { readonly networkInterface: string }
  /** A host name, such as api.ecr.eu-west-1.amazonaws.com. The DNS resolver of the VPC resolves it. */
  | { readonly host: string }
  /** An IPv4 address on the internet. */
  | { readonly internet: string };

/** The ID of the security group of new clients, which allows all outbound traffic. */
const CLIENT_GROUP_ID = "sg-0c11e47000000000a";

/** A network interface with the context of its account and region. */
interface Located {
  readonly context: Context;
  readonly networkInterface: NetworkInterface;
}

/** Creates the network interface of a new client. Call it in `Store.dryRun`. */
export function createClient(
  sandbox: Sandbox,
  { subnetId, securityGroupIds = [], publicIp }: NewClient,
): Located {
  const context = contextsWith(sandbox, subnets).find((candidate) =>
    candidate.in(subnets).has(subnetId),
  );
  const subnet = context?.in(subnets).get(subnetId);
  if (!context || !subnet) throw new TypeError(`the subnet ${subnetId} does not exist`);
  const { vpcId } = subnet;
  const description = "a test client";
  context
    .in(securityGroups)
    .put(CLIENT_GROUP_ID, { id: CLIENT_GROUP_ID, vpcId, name: "client", description });
  context.in(securityGroupRules).put("sgr-client", {
    id: "sgr-client",
    groupId: CLIENT_GROUP_ID,
    isEgress: true,
    protocol: "-1",
    from: -1,
    to: -1,
    peer: { cidr4: "0.0.0.0/0" },
  });
  const networkInterface = createNetworkInterface(context, subnet, {
    type: "interface",
    description,
    groupIds: [CLIENT_GROUP_ID, ...securityGroupIds],
    ...(publicIp === undefined ? {} : { publicIp }),
  });
  return { context, networkInterface };
}

function findInterface(sandbox: Sandbox, id: string): Located {
  for (const context of contextsWith(sandbox, networkInterfaces)) {
    const networkInterface = context.in(networkInterfaces).get(id);
    if (networkInterface) return { context, networkInterface };
  }
  throw new TypeError(`the network interface ${id} does not exist`);
}

function interfaceOf(
  sandbox: Sandbox,
  place: { readonly task: string } | { readonly networkInterface: string },
): Located {
  if ("networkInterface" in place) return findInterface(sandbox, place.networkInterface);
  const { row } = requireTask(sandbox, place.task);
  if (row.status === "STOPPED" || row.interfaceId === undefined)
    throw new TypeError(`the task ${place.task} has no network interface: it is ${row.status}`);
  return findInterface(sandbox, row.interfaceId);
}

function requireAddress(address: string): string {
  if (!isCidr(parseCidr(`${address}/32`))) throw new TypeError(`${address} is not an IPv4 address`);
  return address;
}

/** The network interface of a source, or its address on the internet. Call it in `Store.dryRun`. */
export function resolveSource(sandbox: Sandbox, from: Source): Located | string {
  if ("internet" in from) return requireAddress(from.internet);
  return "subnetId" in from ? createClient(sandbox, from) : interfaceOf(sandbox, from);
}

/** Traces a TCP connection and its responses. The state of the sandbox does not change. */
export function trace(sandbox: Sandbox, from: Source, to: Destination, port: number): Trace {
  return sandbox.store.dryRun(() => {
    const source = resolveSource(sandbox, from);
    if (typeof source === "string") {
      if ("host" in to || "internet" in to)
        throw new TypeError(
          "a packet from the internet needs a task or network interface as its destination",
        );
      const { context, networkInterface } = interfaceOf(sandbox, to);
      return traceFromInternet(context, source, networkInterface, port);
    }
    const { context, networkInterface } = source;
    if ("host" in to) return traceToHost(context, networkInterface, to.host, port);
    if ("internet" in to)
      return traceToInternet(context, networkInterface, requireAddress(to.internet), port);
    return traceBetween(context, networkInterface, interfaceOf(sandbox, to).networkInterface, port);
  });
}
