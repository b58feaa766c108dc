import type {
  CreateInternetGatewayResult,
  CreateSecurityGroupResult,
  CreateSubnetResult,
  CreateVpcResult,
  DescribeRouteTablesResult,
} from "@aws-sdk/client-ec2";
import type {
  CreateListenerOutput,
  CreateLoadBalancerOutput,
  CreateTargetGroupOutput,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Sandbox } from "../../src/sandbox/server.ts";

export interface GivenListener {
  readonly dnsName: string;
  readonly listenerArn: string;
  readonly targetGroupArn: string;
  /** The local port of the listener. */
  readonly port: number;
}

/**
 * Creates an internet-facing load balancer with a listener on port 80 that answers "hello". The sandbox must have the
 * option `listenerPorts`.
 */
export async function givenListener(sandbox: Sandbox): Promise<GivenListener> {
  const ec2 = (operation: string, input: object): unknown =>
    sandbox.invoke("ec2", operation, { ...input });
  const elb = (operation: string, input: object): unknown =>
    sandbox.invoke("elasticloadbalancing", operation, { ...input });
  const { Vpc } = ec2("CreateVpc", { CidrBlock: "10.0.0.0/16" }) as CreateVpcResult;
  const VpcId = Vpc?.VpcId;
  const subnets = ["a", "b"].map(
    (zone, index) =>
      (
        ec2("CreateSubnet", {
          VpcId,
          CidrBlock: `10.0.${index}.0/24`,
          AvailabilityZone: `us-east-1${zone}`,
        }) as CreateSubnetResult
      ).Subnet?.SubnetId,
  );
  const { InternetGateway } = ec2("CreateInternetGateway", {}) as CreateInternetGatewayResult;
  const GatewayId = InternetGateway?.InternetGatewayId;
  ec2("AttachInternetGateway", { VpcId, InternetGatewayId: GatewayId });
  const { RouteTables } = ec2("DescribeRouteTables", {
    Filters: [{ Name: "vpc-id", Values: [VpcId] }],
  }) as DescribeRouteTablesResult;
  ec2("CreateRoute", {
    RouteTableId: RouteTables?.[0]?.RouteTableId,
    DestinationCidrBlock: "0.0.0.0/0",
    GatewayId,
  });
  const group = { VpcId, GroupName: "web", Description: "web" };
  const { GroupId } = ec2("CreateSecurityGroup", group) as CreateSecurityGroupResult;
  ec2("AuthorizeSecurityGroupIngress", {
    GroupId,
    IpPermissions: [
      { IpProtocol: "tcp", FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: "0.0.0.0/0" }] },
    ],
  });
  const balancer = (
    elb("CreateLoadBalancer", {
      Name: "web",
      Subnets: subnets,
      SecurityGroups: [GroupId],
    }) as CreateLoadBalancerOutput
  ).LoadBalancers?.[0];
  const targets = (
    elb("CreateTargetGroup", {
      Name: "web",
      Protocol: "HTTP",
      Port: 80,
      VpcId,
      TargetType: "ip",
    }) as CreateTargetGroupOutput
  ).TargetGroups?.[0];
  const listener = (
    elb("CreateListener", {
      LoadBalancerArn: balancer?.LoadBalancerArn,
      Port: 80,
      Protocol: "HTTP",
      DefaultActions: [
        {
          Type: "fixed-response",
          FixedResponseConfig: { StatusCode: "200", MessageBody: "hello" },
        },
      ],
    }) as CreateListenerOutput
  ).Listeners?.[0];
  // Calls of Sandbox.invoke do not open ports; a restored snapshot does.
  await sandbox.restore(sandbox.snapshot());
  const [listenerPort] = sandbox.listenerPorts();
  if (!listenerPort) throw new Error("the listener has no port");
  return {
    dnsName: balancer?.DNSName ?? "",
    listenerArn: listener?.ListenerArn ?? "",
    targetGroupArn: targets?.TargetGroupArn ?? "",
    port: Number(new URL(listenerPort.url).port),
  };
}
