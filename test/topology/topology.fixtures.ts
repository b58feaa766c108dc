import { none, single } from "../../src/ip/intervals.ts";
import { ANY, HTTPS_PORT, TCP } from "../../src/reachability/packet-set.ts";
import { tracePackets } from "../../src/reachability/trace.ts";
import type { NetworkInterface } from "../../src/topology/network-interfaces.ts";
import type { PlanNetwork } from "../../src/topology/plan-network.ts";
import type { BlockSpec } from "../support/plan-builder.ts";

/** A resource whose ID and ARN are known after apply. */
export const block = (address: string, spec: Omit<BlockSpec, "address"> = {}): BlockSpec => ({
  ...spec,
  address,
  unknown: { id: true, arn: true, ...spec.unknown },
});

export const vpc: BlockSpec = block("aws_vpc.main", { values: { cidr_block: "10.0.0.0/16" } });

export const subnet = (name: string, cidr: string): BlockSpec =>
  block(`aws_subnet.${name}`, {
    values: { cidr_block: cidr, availability_zone: "eu-west-1a" },
    unknown: { vpc_id: true },
    expressions: { vpc_id: ["aws_vpc.main.id"] },
  });

/** An attribute that is known after apply, and refers to other resources. */
export const unknownReferences = (
  references: Readonly<Record<string, readonly string[]>>,
): Pick<BlockSpec, "unknown" | "expressions"> => ({
  unknown: {
    id: true,
    arn: true,
    ...Object.fromEntries(Object.keys(references).map((name) => [name, true])),
  },
  expressions: references,
});

export const service = (
  network: Readonly<Record<string, readonly string[]>>,
  spec: Omit<BlockSpec, "address"> = {},
): BlockSpec =>
  block("aws_ecs_service.app", {
    ...spec,
    values: {
      desired_count: 2,
      network_configuration: [{ assign_public_ip: false }],
      ...spec.values,
    },
    unknown: {
      network_configuration: [Object.fromEntries(Object.keys(network).map((name) => [name, true]))],
      ...spec.unknown,
    },
    expressions: {
      network_configuration: [
        Object.fromEntries(
          Object.entries(network).map(([name, references]) => [name, { references }]),
        ),
      ],
      ...spec.expressions,
    },
  });

/** The results of HTTPS packets from a network interface to an address. */
export const traceHttps = (
  network: PlanNetwork,
  from: NetworkInterface,
  destination: number,
): string[] =>
  tracePackets(network, from.name, [
    {
      source: single(from.address),
      destination: single(destination),
      protocol: TCP,
      port: HTTPS_PORT,
    },
  ]).map(({ outcome, lastHop }) => `${outcome}: ${lastHop.origin.address}: ${lastHop.message}`);

export { ANY, none };
