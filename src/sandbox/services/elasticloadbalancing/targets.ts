import type * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import { cidr, contains, parseAddress } from "../../../ip/index.ts";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { cidrsOf, networkInterfaces, vpcs } from "../ec2/tables.ts";
import { healthOf } from "./health.ts";
import { requireTargetGroup, type Target, type TargetGroup, targetKey, targets } from "./tables.ts";

/** ID and port of a target. */
interface TargetAddress {
  readonly id: string;
  readonly port: number;
}

/** The deregistration delay of a target group. */
const drainSeconds = ({ attributes }: TargetGroup): number =>
  Number(attributes["deregistration_delay.timeout_seconds"] ?? 300);

/** The targets of a group, without those whose deregistration is complete. */
export const targetsIn = (context: Context, group: TargetGroup): Target[] =>
  context
    .in(targets)
    .filter(
      (row) =>
        row.groupArn === group.arn &&
        (row.draining === undefined || !context.isPast(row.draining, drainSeconds(group))),
    );

export function register(
  context: Context,
  group: TargetGroup,
  { id, port, zone }: TargetAddress & { readonly zone?: string },
): void {
  const key = targetKey(group.arn, id, port);
  const before = context.in(targets).get(key);
  if (before && before.draining === undefined) return;
  context.in(targets).put(key, {
    groupArn: group.arn,
    id,
    port,
    registered: context.now,
    ...(zone === undefined ? {} : { zone }),
  });
}

/**
 * Deregisters a target: it gets no new requests and is removed after the deregistration delay of the group.
 *
 * @returns the seconds until it is removed; 0 if it is not registered
 */
export function deregister(
  context: Context,
  group: TargetGroup,
  { id, port }: TargetAddress,
): number {
  const key = targetKey(group.arn, id, port);
  const row = context.in(targets).get(key);
  if (!row || row.draining) return 0;
  const seconds = drainSeconds(group);
  if (context.isPast(context.now, seconds)) {
    context.in(targets).delete(key);
    return 0;
  }
  context.in(targets).put(key, { ...row, draining: context.now });
  return seconds;
}

export function deleteTargets(context: Context, groupArn: string): void {
  for (const row of context.in(targets).filter((target) => target.groupArn === groupArn))
    context.in(targets).delete(targetKey(row.groupArn, row.id, row.port));
}

/** CIDR blocks of targets outside the VPC. Source: Elastic Load Balancing, "Target type" (RFC 1918 and RFC 6598). */
const ADDRESSES_OUTSIDE_VPC = ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"];

const isIn = (block: string, address: string): boolean =>
  contains(cidr(block), { base: parseAddress(address), prefix: 32 });

function targetFrom(
  context: Context,
  group: TargetGroup,
  { Id = "", Port, AvailabilityZone }: elb.TargetDescription,
): TargetAddress & { readonly zone?: string } {
  const port = Port ?? group.port;
  if (port < 1 || port > 65_535)
    throw new AwsError("ValidationError", `Port must be from 1 to 65535, not ${port}`);
  if (group.targetType === "instance")
    throw new AwsError("InvalidTarget", `The following targets do not exist: '${Id}'`);
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(Id))
    throw new AwsError("ValidationError", `The IP address '${Id}' is not a valid IPv4 address`);
  const vpc = context.in(vpcs).get(group.vpcId);
  if (vpc && cidrsOf(vpc).some((block) => isIn(block, Id))) {
    const networkInterface = context
      .in(networkInterfaces)
      .find((otherInterface) => otherInterface.vpcId === vpc.id && otherInterface.privateIp === Id);
    return { id: Id, port, ...(networkInterface ? { zone: networkInterface.zone } : {}) };
  }
  if (!ADDRESSES_OUTSIDE_VPC.some((block) => isIn(block, Id)))
    throw new AwsError("ValidationError", `The IP address '${Id}' must be a private address`);
  if (AvailabilityZone !== "all")
    throw new AwsError(
      "ValidationError",
      `The target '${Id}' is outside the VPC: its Availability Zone must be 'all'`,
    );
  return { id: Id, port };
}

export const targetOperations: Operations = {
  RegisterTargets: operation<elb.RegisterTargetsInput, elb.RegisterTargetsOutput>()(
    ["TargetGroupArn", "Targets"],
    (context, input) => {
      const group = requireTargetGroup(context, input.TargetGroupArn);
      for (const target of input.Targets)
        register(context, group, targetFrom(context, group, target));
      return {};
    },
  ),

  DeregisterTargets: operation<elb.DeregisterTargetsInput, elb.DeregisterTargetsOutput>()(
    ["TargetGroupArn", "Targets"],
    (context, input) => {
      const group = requireTargetGroup(context, input.TargetGroupArn);
      for (const { Id = "", Port } of input.Targets)
        deregister(context, group, { id: Id, port: Port ?? group.port });
      return {};
    },
  ),

  DescribeTargetHealth: operation<elb.DescribeTargetHealthInput, elb.DescribeTargetHealthOutput>()(
    ["TargetGroupArn", "Targets"],
    (context, input) => {
      const group = requireTargetGroup(context, input.TargetGroupArn);
      const registered = targetsIn(context, group);
      const described =
        input.Targets?.map(({ Id = "", Port = group.port }): Target => {
          const row = registered.find((target) => target.id === Id && target.port === Port);
          return row ?? { groupArn: group.arn, id: Id, port: Port, registered: context.now };
        }) ?? registered;
      return {
        TargetHealthDescriptions: described.map((row) => {
          const health = registered.includes(row)
            ? healthOf(context, group, row)
            : ({
                state: "unused",
                reason: "Target.NotRegistered",
                description: "Target is not registered to the target group",
              } as const);
          return {
            Target: {
              Id: row.id,
              Port: row.port,
              ...(row.zone === undefined ? {} : { AvailabilityZone: row.zone }),
            },
            HealthCheckPort:
              group.healthCheck.port === "traffic-port" ? String(row.port) : group.healthCheck.port,
            TargetHealth: {
              State: health.state,
              ...(health.reason === undefined ? {} : { Reason: health.reason }),
              ...(health.description === undefined ? {} : { Description: health.description }),
            },
          };
        }),
      };
    },
  ),
};
