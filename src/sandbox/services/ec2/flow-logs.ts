import type * as ec2 from "@aws-sdk/client-ec2";
import { parseArn } from "../../../aws/arn.ts";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { serviceNamed } from "../loader.ts";
import { type FlowLog, flowLogs, networkInterfaces, subnets, vpcs } from "./tables.ts";
import {
  invalidValue,
  filterAndPaginate,
  missingParameter,
  requireResource,
  requireResources,
  tagCreatedResource,
  tags,
  tagsOf,
} from "./shared.ts";

/** The default format of a record. Source: Amazon VPC User Guide, "Flow log records". */
const DEFAULT_FORMAT =
  "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}";

const describe = (context: Context, row: FlowLog): ec2.FlowLog => ({
  FlowLogId: row.id,
  FlowLogStatus: "ACTIVE",
  DeliverLogsStatus: "SUCCESS",
  ResourceId: row.resourceId,
  TrafficType: row.trafficType as ec2.TrafficType, // the request was validated
  LogDestinationType: row.destinationType as ec2.LogDestinationType, // the request was validated
  LogFormat: row.format,
  MaxAggregationInterval: row.interval,
  CreationTime: row.created,
  ...(row.destination === undefined ? {} : { LogDestination: row.destination }),
  ...(row.groupName === undefined ? {} : { LogGroupName: row.groupName }),
  ...(row.roleArn === undefined ? {} : { DeliverLogsPermissionArn: row.roleArn }),
  Tags: tagsOf(context, row.id),
});

const REQUIRE_TARGET = {
  VPC: (context: Context, id: string) => requireResource(context, vpcs, "vpc", id),
  Subnet: (context: Context, id: string) => requireResource(context, subnets, "subnet", id),
  NetworkInterface: (context: Context, id: string) =>
    requireResource(context, networkInterfaces, "eni", id),
} as const;

/** The destination of the records. Source: Amazon EC2 API Reference, CreateFlowLogs. */
function destinationOf(
  input: Pick<
    ec2.CreateFlowLogsRequest,
    "LogDestinationType" | "LogDestination" | "LogGroupName" | "DeliverLogsPermissionArn"
  >,
): Pick<FlowLog, "destinationType" | "destination" | "groupName" | "roleArn"> {
  const type = input.LogDestinationType ?? "cloud-watch-logs";
  if (input.LogDestination !== undefined && input.LogGroupName !== undefined)
    throw new AwsError(
      "InvalidParameter",
      "Only one of LogDestination and LogGroupName can be given.",
    );
  if (type === "cloud-watch-logs" && input.DeliverLogsPermissionArn === undefined)
    throw missingParameter("DeliverLogsPermissionArn");
  if (input.LogDestination === undefined && input.LogGroupName === undefined)
    throw missingParameter("LogDestination");
  // Source of the text: aws-samples/aws-secure-environment-accelerator#1111.
  if (type === "s3" && input.DeliverLogsPermissionArn !== undefined)
    throw new AwsError(
      "InvalidParameter",
      "DeliverLogsPermissionArn is not applicable for s3 delivery",
    );
  return {
    destinationType: type,
    ...(input.LogDestination === undefined ? {} : { destination: input.LogDestination }),
    ...(input.LogGroupName === undefined ? {} : { groupName: input.LogGroupName }),
    ...(input.DeliverLogsPermissionArn === undefined
      ? {}
      : { roleArn: input.DeliverLogsPermissionArn }),
  };
}

/**
 * The error for a bucket that does not exist. AWS accepts the request, and returns the error for each resource.
 *
 * Source: Amazon EC2 API Reference, CreateFlowLogs: Unsuccessful. No public source of the text is known.
 */
function bucketError(
  context: Context,
  { destinationType, destination = "" }: Pick<FlowLog, "destinationType" | "destination">,
): ec2.UnsuccessfulItemError | undefined {
  if (destinationType !== "s3") return undefined;
  const exists = serviceNamed("s3")?.resources?.exists;
  if (!exists) throw new TypeError("the sandbox has no service s3");
  if (exists(context, destination)) return undefined;
  const [name = ""] = (parseArn(destination)?.resource ?? "").split("/");
  return { Code: "400", Message: `LogDestination: ${name} does not exist.` };
}

export const flowLogOperations: Operations = {
  // The sandbox stores the flow log. It records no traffic, because there is no real traffic.
  CreateFlowLogs: operation<ec2.CreateFlowLogsRequest, ec2.CreateFlowLogsResult>()(
    [
      "ResourceIds",
      "ResourceType",
      "TrafficType",
      "LogDestinationType",
      "LogDestination",
      "LogGroupName",
      "DeliverLogsPermissionArn",
      "LogFormat",
      "MaxAggregationInterval",
      "TagSpecifications",
    ],
    (context, input) => {
      const requireTarget = REQUIRE_TARGET[input.ResourceType as keyof typeof REQUIRE_TARGET];
      if (requireTarget === undefined)
        throw invalidValue(`Value (${input.ResourceType}) for parameter resourceType is invalid.`);
      const interval = input.MaxAggregationInterval ?? 600;
      if (interval !== 60 && interval !== 600)
        throw invalidValue(`Value (${interval}) for parameter maxAggregationInterval is invalid.`);
      const destination = destinationOf(input);
      const error = bucketError(context, destination);
      if (error)
        return {
          FlowLogIds: [],
          Unsuccessful: input.ResourceIds.map((ResourceId) => ({ ResourceId, Error: error })),
        };
      const created = input.ResourceIds.map((resourceId): FlowLog => {
        requireTarget(context, resourceId);
        const duplicate = context
          .in(flowLogs)
          .find(
            (row) =>
              row.resourceId === resourceId &&
              row.destination === destination.destination &&
              row.groupName === destination.groupName &&
              row.trafficType === (input.TrafficType ?? "ALL"),
          );
        if (duplicate)
          throw new AwsError(
            "FlowLogAlreadyExists",
            `Error. There is an existing Flow Log with the same configuration and log destination.`,
          );
        const row: FlowLog = {
          id: context.id("fl"),
          resourceId,
          trafficType: input.TrafficType ?? "ALL",
          format: input.LogFormat ?? DEFAULT_FORMAT,
          interval,
          created: context.now,
          ...destination,
        };
        context.in(flowLogs).put(row.id, row);
        tagCreatedResource(context, row.id, "vpc-flow-log", input.TagSpecifications);
        return row;
      });
      return { FlowLogIds: created.map((row) => row.id), Unsuccessful: [] };
    },
  ),

  DescribeFlowLogs: operation<ec2.DescribeFlowLogsRequest, ec2.DescribeFlowLogsResult>()(
    ["FlowLogIds", "Filter", "MaxResults", "NextToken"],
    (context, input) => {
      const { items, next } = filterAndPaginate(
        context,
        requireResources(context, flowLogs, "fl", input.FlowLogIds),
        { Filters: input.Filter, MaxResults: input.MaxResults, NextToken: input.NextToken },
        {
          "flow-log-id": (row) => row.id,
          "resource-id": (row) => row.resourceId,
          "traffic-type": (row) => row.trafficType,
          "log-destination-type": (row) => row.destinationType,
          "log-group-name": (row) => row.groupName,
        },
      );
      return { FlowLogs: items.map((row) => describe(context, row)), NextToken: next };
    },
  ),

  DeleteFlowLogs: operation<ec2.DeleteFlowLogsRequest, ec2.DeleteFlowLogsResult>()(
    ["FlowLogIds"],
    (context, input) => {
      for (const { id } of requireResources(context, flowLogs, "fl", input.FlowLogIds)) {
        context.in(flowLogs).delete(id);
        context.in(tags).delete(id);
      }
      return { Unsuccessful: [] };
    },
  ),
};
