import { dnsSuffix } from "../../../../aws/index.ts";
import type { Context } from "../../../core/operation.ts";
import { publicAddress, resolveHost } from "../../ec2/network/dns.ts";
import type { Trace } from "../../ec2/network/trace.ts";
import type { NetworkInterface } from "../../ec2/tables.ts";
import type { Definition } from "../tables.ts";

/** The inputs of a task start. */
export interface Attempt {
  readonly context: Context;
  readonly networkInterface: NetworkInterface;
  readonly definition: Definition;
  readonly taskId: string;
  readonly clusterName: string;
  /** The digests to pull instead of tags, by container. Undefined if the tags decide. */
  readonly pinnedDigests?: ReadonlyMap<string, string>;
}

export const hostOf = (
  context: Context,
  service: string,
  region: string = context.region,
): string => `${service}.${region}.${dnsSuffix(context.partition)}`;

/**
 * The address to which a client connects: of the VPC endpoint if its private DNS covers the host, otherwise the public
 * one.
 */
function attemptedAddress({ context, networkInterface }: Attempt, host: string): string {
  const answer = resolveHost(context, networkInterface, host);
  return answer.kind === "endpoint" || answer.kind === "interface"
    ? answer.networkInterface.privateIp
    : publicAddress(context, host);
}

/** The end of the error message of a client whose packet is dropped. */
export function connectionErrorMessage(attempt: Attempt, host: string, trace: Trace): string {
  return trace.stopped?.reason.kind === "dns-not-resolved"
    ? `dial tcp: lookup ${host}: no such host`
    : `dial tcp ${attemptedAddress(attempt, host)}:443: i/o timeout`;
}
