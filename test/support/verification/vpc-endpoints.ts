import * as ec2 from "@aws-sdk/client-ec2";
import type { Settings } from "../../../src/config/options.ts";
import type { Clients } from "../clients.ts";
import { list, type Outputs, sorted, type Verify } from "./property.ts";

/** Reads back the interface endpoints and the gateway endpoint of Amazon S3. */
export async function verifyVpcEndpoints(
  clients: Clients,
  verify: Verify,
  settings: Settings,
  outputs: Outputs,
  groupId: string | undefined,
): Promise<void> {
  const { egress = "endpoints", region, tasks = {}, cluster = {} } = settings;
  const vpcId = String(outputs["vpc_id"]);
  const { VpcEndpoints = [] } = await clients.ec2.send(
    new ec2.DescribeVpcEndpointsCommand({ Filters: [{ Name: "vpc-id", Values: [vpcId] }] }),
  );
  const endpointsOfType = (type: string) =>
    VpcEndpoints.filter((vpcEndpoint) => vpcEndpoint.VpcEndpointType === type);
  const shortName = (vpcEndpoint: ec2.VpcEndpoint): string =>
    (vpcEndpoint.ServiceName ?? "").replace(`com.amazonaws.${region}.`, "");
  const configuredServices = [
    ...(tasks.uses ?? []),
    ...(cluster.exec === true ? ["ssmmessages"] : []),
  ].filter((use) => use !== "dynamodb" && use !== "s3");
  const expectedServices =
    egress === "endpoints"
      ? sorted([...new Set(["ecr.api", "ecr.dkr", "logs", ...configuredServices])])
      : [];
  verify(
    "interface endpoints",
    sorted(endpointsOfType("Interface").map(shortName)),
    expectedServices,
  );
  verify(
    "private DNS",
    endpointsOfType("Interface").every((vpcEndpoint) => vpcEndpoint.PrivateDnsEnabled),
    true,
  );
  verify(
    "endpoints have one security group",
    endpointsOfType("Interface").every(
      (vpcEndpoint) =>
        vpcEndpoint.Groups?.length === 1 && vpcEndpoint.Groups[0]?.GroupId === groupId,
    ),
    true,
  );
  verify(
    "endpoints in all zones",
    endpointsOfType("Interface").map((vpcEndpoint) => sorted(vpcEndpoint.SubnetIds ?? [])),
    expectedServices.map(() => sorted(list(outputs["private_subnet_ids"]))),
  );
  const s3 = endpointsOfType("Gateway").find((vpcEndpoint) => shortName(vpcEndpoint) === "s3");
  const { RouteTables = [] } = await clients.ec2.send(
    new ec2.DescribeRouteTablesCommand({ Filters: [{ Name: "vpc-id", Values: [vpcId] }] }),
  );
  const missing = list(outputs["task_subnet_ids"]).filter((subnetId) => {
    const routeTable = RouteTables.find((candidate) =>
      candidate.Associations?.some((association) => association.SubnetId === subnetId),
    );
    return (
      routeTable?.Routes?.some(
        (route) => route.GatewayId === s3?.VpcEndpointId && s3 !== undefined,
      ) !== true
    );
  });
  verify("S3 in the route tables of tasks", missing, []);
}
