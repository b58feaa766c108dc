import * as ec2 from "@aws-sdk/client-ec2";
import * as secretsmanager from "@aws-sdk/client-secrets-manager";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import * as ssm from "@aws-sdk/client-ssm";
import * as iam from "@aws-sdk/client-iam";
import {
  requestResult,
  type Failure,
  rejectedCall,
  observed,
  failedStart,
  statusOf,
  otherVpc,
} from "./kit.ts";
import { account, allow, region, type Stage, type ServiceOverrides } from "./stage.ts";

const ANYWHERE = "0.0.0.0/0";

const route = (stage: Stage): Promise<unknown> =>
  stage.aws.ec2.send(
    new ec2.CreateRouteCommand({
      RouteTableId: stage.ids.privateTable,
      DestinationCidrBlock: ANYWHERE,
      NatGatewayId: stage.ids.nat,
    }),
  );
const unroute = (stage: Stage, table = stage.ids.privateTable): Promise<unknown> =>
  stage.aws.ec2.send(
    new ec2.DeleteRouteCommand({ RouteTableId: table, DestinationCidrBlock: ANYWHERE }),
  );
const drop = (stage: Stage, name: string): Promise<unknown> =>
  stage.aws.ec2.send(
    new ec2.DeleteVpcEndpointsCommand({ VpcEndpointIds: [stage.ids.endpoints[name] ?? ""] }),
  );
const add = (stage: Stage, name: string): Promise<unknown> =>
  stage.aws.ec2.send(
    new ec2.CreateVpcEndpointCommand({
      VpcId: stage.ids.vpc,
      ServiceName: `com.amazonaws.${region}.${name}`,
      ...(name === "s3"
        ? { VpcEndpointType: "Gateway", RouteTableIds: [stage.ids.privateTable] }
        : {
            VpcEndpointType: "Interface",
            SubnetIds: [...stage.ids.privates],
            SecurityGroupIds: [stage.ids.endpointGroup],
            PrivateDnsEnabled: true,
          }),
    }),
  );
const modify = (
  stage: Stage,
  name: string,
  change: Partial<ec2.ModifyVpcEndpointRequest>,
): Promise<unknown> =>
  stage.aws.ec2.send(
    new ec2.ModifyVpcEndpointCommand({ VpcEndpointId: stage.ids.endpoints[name] ?? "", ...change }),
  );
const endpoint = (
  id: string,
  name: string,
  title: string,
  message: string | RegExp,
  more: Partial<Parameters<typeof failedStart>[3]> = {},
): Failure =>
  failedStart(id, title, message, {
    egress: "endpoints",
    breakStage: (stage) => drop(stage, name),
    repairStage: (stage) => add(stage, name),
    ...more,
  });

/** Network configuration of tasks that differs from the private subnets. */
const standing = (
  stage: Stage,
  subnets: readonly string[],
  assignPublicIp: "ENABLED" | "DISABLED",
): ServiceOverrides => ({
  service: {
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: [...subnets],
        securityGroups: [stage.ids.taskGroup],
        assignPublicIp,
      },
    },
  },
});
const placed =
  (subnets: "publics" | "privates", assignPublicIp: "ENABLED" | "DISABLED") =>
  async (stage: Stage): Promise<string> =>
    statusOf(await stage.launch(standing(stage, stage.ids[subnets], assignPublicIp)));

const SECRET = `arn:aws:secretsmanager:${region}:${account}:secret:password`;
const givenSecret = async (stage: Stage): Promise<void> => {
  await stage.aws.secrets.send(
    new secretsmanager.CreateSecretCommand({ Name: "password", SecretString: "hunter2" }),
  );
  await stage.aws.ssm.send(
    new ssm.PutParameterCommand({ Name: "/app/mode", Type: "String", Value: "dark" }),
  );
  await stage.aws.iam.send(
    new iam.PutRolePolicyCommand({
      RoleName: "execution",
      PolicyName: "secrets",
      PolicyDocument: allow(["secretsmanager:GetSecretValue", "ssm:GetParameters"]),
    }),
  );
};
const secret = (valueFrom: string): ServiceOverrides => ({
  container: { secrets: [{ name: "SECRET", valueFrom }] },
});

const deny = (action: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: "*", Action: "*", Resource: "*" },
      { Effect: "Deny", Principal: "*", Action: action, Resource: "*" },
    ],
  });

/** Creates a network ACL with the given rules for the private subnets. */
async function acl(
  stage: Stage,
  entries: readonly (readonly [isEgress: boolean, from: number, to: number])[],
): Promise<string> {
  const { NetworkAcl } = await stage.aws.ec2.send(
    new ec2.CreateNetworkAclCommand({ VpcId: stage.ids.vpc }),
  );
  const id = NetworkAcl?.NetworkAclId ?? "";
  for (const [index, [Egress, From, To]] of entries.entries())
    await stage.aws.ec2.send(
      new ec2.CreateNetworkAclEntryCommand({
        NetworkAclId: id,
        RuleNumber: 100 + index,
        Egress,
        Protocol: "6",
        RuleAction: "allow",
        CidrBlock: ANYWHERE,
        PortRange: { From, To },
      }),
    );
  const { NetworkAcls = [] } = await stage.aws.ec2.send(
    new ec2.DescribeNetworkAclsCommand({ Filters: [{ Name: "vpc-id", Values: [stage.ids.vpc] }] }),
  );
  for (const networkAclAssociation of NetworkAcls.flatMap((row) => row.Associations ?? [])) {
    if (!stage.ids.privates.includes(networkAclAssociation.SubnetId ?? "")) continue;
    await stage.aws.ec2.send(
      new ec2.ReplaceNetworkAclAssociationCommand({
        AssociationId: networkAclAssociation.NetworkAclAssociationId ?? "",
        NetworkAclId: id,
      }),
    );
  }
  return id;
}

/** Creates a network interface in a public subnet, as of a NAT instance. */
async function natInstance(stage: Stage): Promise<string> {
  const { NetworkInterface } = await stage.aws.ec2.send(
    new ec2.CreateNetworkInterfaceCommand({
      SubnetId: stage.ids.publics[0],
      Groups: [stage.ids.albGroup],
    }),
  );
  const id = NetworkInterface?.NetworkInterfaceId ?? "";
  const { AllocationId } = await stage.aws.ec2.send(new ec2.AllocateAddressCommand({}));
  await stage.aws.ec2.send(
    new ec2.AssociateAddressCommand({ AllocationId, NetworkInterfaceId: id }),
  );
  await stage.aws.ec2.send(
    new ec2.AuthorizeSecurityGroupIngressCommand({
      GroupId: stage.ids.albGroup,
      IpPermissions: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "10.20.0.0/16" }] }],
    }),
  );
  await stage.aws.ec2.send(
    new ec2.ReplaceRouteCommand({
      RouteTableId: stage.ids.privateTable,
      DestinationCidrBlock: ANYWHERE,
      NetworkInterfaceId: id,
    }),
  );
  return id;
}

const egress = (stage: Stage, IpPermissions: ec2.IpPermission[]): Promise<unknown> =>
  stage.aws.ec2.send(
    new ec2.AuthorizeSecurityGroupEgressCommand({ GroupId: stage.ids.taskGroup, IpPermissions }),
  );
const noEgress = (stage: Stage): Promise<unknown> =>
  stage.aws.ec2.send(
    new ec2.RevokeSecurityGroupEgressCommand({
      GroupId: stage.ids.taskGroup,
      IpPermissions: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: ANYWHERE }] }],
    }),
  );
const https = { IpProtocol: "tcp", FromPort: 443, ToPort: 443 } as const;

const subnet = (
  stage: Stage,
  CidrBlock: string,
  zone = "a",
): Promise<ec2.CreateSubnetCommandOutput> =>
  stage.aws.ec2.send(
    new ec2.CreateSubnetCommand({
      VpcId: stage.ids.vpc,
      CidrBlock,
      AvailabilityZone: region + zone,
    }),
  );

const AUTH =
  /^ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry auth from Amazon ECR: There is a connection issue between the task and Amazon ECR\. Check your task network configuration\. operation error ECR: GetAuthorizationToken, exceeded maximum number of attempts, 3, https response error StatusCode: 0, RequestID: , request send failed, Post "https:\/\/api\.ecr\.us-east-1\.amazonaws\.com\/": dial tcp [\d.]+:443: i\/o timeout/;
const PRIVATE = /dial tcp 10\.20\.\d+\.\d+:443: i\/o timeout/;
const LAYERS =
  /^CannotPullContainerError: ref pull has been retried 5 time\(s\): failed to copy: httpReadSeeker: failed open: failed to do request: Get "https:\/\/prod-us-east-1-starport-layer-bucket\.s3\.us-east-1\.amazonaws\.com\/": dial tcp [\d.]+:443: i\/o timeout/;

export const network: readonly Failure[] = [
  failedStart("NET-01", "task subnet without a route to the internet", AUTH, {
    breakStage: unroute,
    repairStage: route,
  }),
  observed("NET-02", "task in a public subnet without a public IP address", AUTH, {
    brokenAction: placed("publics", "DISABLED"),
    repairedAction: placed("publics", "ENABLED"),
  }),
  observed(
    "NET-03",
    "task with a public IP address, but without a route to an internet gateway",
    AUTH,
    {
      brokenAction: async (stage) => {
        await unroute(stage);
        return placed("privates", "ENABLED")(stage);
      },
      repairedAction: placed("publics", "ENABLED"),
    },
  ),
  failedStart("NET-04", "NAT gateway in a subnet without a route to an internet gateway", AUTH, {
    breakStage: (stage) => unroute(stage, stage.ids.publicTable),
    repairStage: (stage) =>
      stage.aws.ec2.send(
        new ec2.CreateRouteCommand({
          RouteTableId: stage.ids.publicTable,
          DestinationCidrBlock: ANYWHERE,
          GatewayId: stage.ids.gateway,
        }),
      ),
  }),
  failedStart("NET-05", "one of two subnets not associated with the route table", AUTH, {
    breakStage: async (stage) => {
      const { RouteTables } = await stage.aws.ec2.send(
        new ec2.DescribeRouteTablesCommand({ RouteTableIds: [stage.ids.privateTable] }),
      );
      const mine = RouteTables?.[0]?.Associations?.find(
        (association) => association.SubnetId === stage.ids.privates[1],
      );
      await stage.aws.ec2.send(
        new ec2.DisassociateRouteTableCommand({
          AssociationId: mine?.RouteTableAssociationId ?? "",
        }),
      );
    },
    repairStage: (stage) =>
      stage.aws.ec2.send(
        new ec2.AssociateRouteTableCommand({
          RouteTableId: stage.ids.privateTable,
          SubnetId: stage.ids.privates[1],
        }),
      ),
  }),
  failedStart("NET-06", "route to a deleted NAT gateway", AUTH, {
    breakStage: (stage) =>
      stage.aws.ec2.send(new ec2.DeleteNatGatewayCommand({ NatGatewayId: stage.ids.nat })),
    repairStage: async (stage) => {
      const { AllocationId } = await stage.aws.ec2.send(new ec2.AllocateAddressCommand({}));
      const { NatGateway } = await stage.aws.ec2.send(
        new ec2.CreateNatGatewayCommand({ SubnetId: stage.ids.publics[1], AllocationId }),
      );
      await stage.aws.ec2.send(
        new ec2.ReplaceRouteCommand({
          RouteTableId: stage.ids.privateTable,
          DestinationCidrBlock: ANYWHERE,
          NatGatewayId: NatGateway?.NatGatewayId,
        }),
      );
    },
  }),
  rejectedCall(
    "NET-07",
    "NAT gateway created before the internet gateway",
    /^Gateway\.NotAttached: Network vpc-\w+ has no Internet gateway attached$/,
    {
      brokenAction: async (stage) => {
        const VpcId = await otherVpc(stage);
        const { Subnet } = await stage.aws.ec2.send(
          new ec2.CreateSubnetCommand({ VpcId, CidrBlock: "10.30.0.0/24" }),
        );
        const { AllocationId } = await stage.aws.ec2.send(new ec2.AllocateAddressCommand({}));
        await stage.aws.ec2.send(
          new ec2.CreateNatGatewayCommand({ SubnetId: Subnet?.SubnetId, AllocationId }),
        );
      },
      repairedAction: async (stage) => {
        const { AllocationId } = await stage.aws.ec2.send(new ec2.AllocateAddressCommand({}));
        await stage.aws.ec2.send(
          new ec2.CreateNatGatewayCommand({ SubnetId: stage.ids.publics[1], AllocationId }),
        );
      },
    },
  ),
  failedStart("NET-08", "NAT instance with source/destination check enabled", AUTH, {
    breakStage: natInstance,
    repairStage: async (stage) => {
      const { RouteTables } = await stage.aws.ec2.send(
        new ec2.DescribeRouteTablesCommand({ RouteTableIds: [stage.ids.privateTable] }),
      );
      const id = RouteTables?.[0]?.Routes?.find(
        (otherRoute) => otherRoute.NetworkInterfaceId,
      )?.NetworkInterfaceId;
      await stage.aws.ec2.send(
        new ec2.ModifyNetworkInterfaceAttributeCommand({
          NetworkInterfaceId: id ?? "",
          SourceDestCheck: { Value: false },
        }),
      );
    },
  }),
  endpoint("NET-09", "ecr.api", "no endpoint for ECR's API", AUTH),
  endpoint(
    "NET-10",
    "ecr.dkr",
    "no endpoint for ECR's registry",
    /^CannotPullContainerError: pull image manifest has been retried 5 time\(s\): failed to resolve ref 111122223333\.dkr\.ecr\.us-east-1\.amazonaws\.com\/app:1: failed to do request: Head "https:\/\/111122223333\.dkr\.ecr\.us-east-1\.amazonaws\.com\/v2\/app\/manifests\/1": dial tcp [\d.]+:443: i\/o timeout/,
  ),
  endpoint("NET-11", "s3", "no endpoint for the layers in S3", LAYERS),
  endpoint("NET-12", "s3", "S3's endpoint is not in the task's route table", LAYERS, {
    breakStage: (stage) => modify(stage, "s3", { RemoveRouteTableIds: [stage.ids.privateTable] }),
    repairStage: (stage) => modify(stage, "s3", { AddRouteTableIds: [stage.ids.privateTable] }),
  }),
  endpoint(
    "NET-13",
    "logs",
    "no endpoint for logs",
    "ResourceInitializationError: failed to validate logger args: The task cannot find the Amazon CloudWatch log group defined in the task definition. There is a connection issue between the task and Amazon CloudWatch. Check your network configuration. signal: killed",
  ),
  endpoint(
    "NET-14",
    "secretsmanager",
    "no endpoint for secrets",
    "unable to retrieve secret from asm: There is a connection issue between the task and AWS Secrets Manager. Check your task network configuration.",
    { prepareStage: givenSecret, overrides: secret(SECRET) },
  ),
  endpoint(
    "NET-15",
    "ssm",
    "no endpoint for parameters",
    "service call has been retried 5 time(s): RequestCanceled: request context canceled caused by: context deadline exceeded",
    {
      prepareStage: givenSecret,
      overrides: secret(`arn:aws:ssm:${region}:${account}:parameter/app/mode`),
    },
  ),
  endpoint("NET-19", "ecr.api", "an endpoint without private DNS", AUTH, {
    breakStage: (stage) => modify(stage, "ecr.api", { PrivateDnsEnabled: false }),
    repairStage: (stage) => modify(stage, "ecr.api", { PrivateDnsEnabled: true }),
  }),
  rejectedCall(
    "NET-20",
    "private DNS in a VPC without DNS hostnames",
    /^InvalidParameter: Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for vpc-\w+$/,
    {
      brokenAction: async (stage) => {
        await stage.aws.ec2.send(
          new ec2.ModifyVpcAttributeCommand({
            VpcId: stage.ids.vpc,
            EnableDnsHostnames: { Value: false },
          }),
        );
        await add(stage, "kms");
      },
      repairedAction: (stage) => add(stage, "kms"),
    },
  ),
  failedStart(
    "NET-21",
    "DNS support disabled",
    "dial tcp: lookup api.ecr.us-east-1.amazonaws.com: no such host",
    {
      breakStage: (stage) =>
        stage.aws.ec2.send(
          new ec2.ModifyVpcAttributeCommand({
            VpcId: stage.ids.vpc,
            EnableDnsSupport: { Value: false },
          }),
        ),
      repairStage: (stage) =>
        stage.aws.ec2.send(
          new ec2.ModifyVpcAttributeCommand({
            VpcId: stage.ids.vpc,
            EnableDnsSupport: { Value: true },
          }),
        ),
    },
  ),
  failedStart("NET-21", "DHCP options with a DNS server that does not exist", "no such host", {
    breakStage: async (stage) => {
      const { DhcpOptions } = await stage.aws.ec2.send(
        new ec2.CreateDhcpOptionsCommand({
          DhcpConfigurations: [{ Key: "domain-name-servers", Values: ["10.99.0.2"] }],
        }),
      );
      await stage.aws.ec2.send(
        new ec2.AssociateDhcpOptionsCommand({
          DhcpOptionsId: DhcpOptions?.DhcpOptionsId ?? "",
          VpcId: stage.ids.vpc,
        }),
      );
    },
    repairStage: (stage) =>
      stage.aws.ec2.send(
        new ec2.AssociateDhcpOptionsCommand({ DhcpOptionsId: "default", VpcId: stage.ids.vpc }),
      ),
  }),
  failedStart("NET-23", "endpoint security group without ingress from the tasks", PRIVATE, {
    egress: "endpoints",
    breakStage: (stage) =>
      stage.aws.ec2.send(
        new ec2.RevokeSecurityGroupIngressCommand({
          GroupId: stage.ids.endpointGroup,
          IpPermissions: [{ ...https, UserIdGroupPairs: [{ GroupId: stage.ids.taskGroup }] }],
        }),
      ),
    repairStage: (stage) =>
      stage.aws.ec2.send(
        new ec2.AuthorizeSecurityGroupIngressCommand({
          GroupId: stage.ids.endpointGroup,
          IpPermissions: [{ ...https, IpRanges: [{ CidrIp: "10.20.0.0/16" }] }],
        }),
      ),
  }),
  failedStart("NET-24", "task security group without egress", AUTH, {
    breakStage: noEgress,
    repairStage: (stage) => egress(stage, [{ ...https, IpRanges: [{ CidrIp: ANYWHERE }] }]),
  }),
  failedStart("NET-25", "egress only to the VPC, but image layers in S3", LAYERS, {
    egress: "endpoints",
    breakStage: async (stage) => {
      await noEgress(stage);
      await egress(stage, [{ ...https, IpRanges: [{ CidrIp: "10.20.0.0/16" }] }]);
    },
    repairStage: async (stage) => {
      const { PrefixLists } = await stage.aws.ec2.send(
        new ec2.DescribePrefixListsCommand({
          Filters: [{ Name: "prefix-list-name", Values: [`com.amazonaws.${region}.s3`] }],
        }),
      );
      await egress(stage, [
        { ...https, PrefixListIds: [{ PrefixListId: PrefixLists?.[0]?.PrefixListId }] },
      ]);
    },
  }),
  observed("NET-26", "network ACL that denies inbound responses", AUTH, {
    brokenAction: async (stage) => {
      await acl(stage, [[true, 443, 443]]);
      return statusOf(await stage.launch({ service: { loadBalancers: [] } }));
    },
    repairedAction: async (stage) => {
      await acl(stage, [
        [true, 443, 443],
        [false, 1024, 65_535],
      ]);
      return statusOf(await stage.launch({ service: { loadBalancers: [] } }));
    },
  }),
  observed(
    "NET-26",
    "network ACL that denies outbound responses to the load balancer",
    "due to (reason Request timed out)",
    {
      brokenAction: async (stage) => {
        await acl(stage, [
          [true, 443, 443],
          [false, 1024, 65_535],
        ]);
        await stage.launch();
        return statusOf(await stage.poll(2));
      },
      repairedAction: async (stage) => {
        await acl(stage, [
          [true, 443, 443],
          [false, 1024, 65_535],
          [true, 1024, 65_535],
        ]);
        await stage.launch();
        return requestResult(stage);
      },
    },
  ),
  failedStart(
    "NET-27",
    "endpoint policy that denies ecr:GetAuthorizationToken",
    "is not authorized to perform: ecr:GetAuthorizationToken on resource: * with an explicit deny in a VPC endpoint policy",
    {
      egress: "endpoints",
      breakStage: (stage) =>
        modify(stage, "ecr.api", { PolicyDocument: deny("ecr:GetAuthorizationToken") }),
      repairStage: (stage) => modify(stage, "ecr.api", { ResetPolicy: true }),
    },
  ),
  failedStart("NET-28", "S3 endpoint policy without the layer bucket of ECR", "403 Forbidden", {
    egress: "endpoints",
    breakStage: (stage) =>
      modify(stage, "s3", {
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: "*",
              Action: "s3:*",
              Resource: "arn:aws:s3:::our-own-bucket/*",
            },
          ],
        }),
      }),
    repairStage: (stage) =>
      modify(stage, "s3", {
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: "*",
              Action: "s3:GetObject",
              Resource: "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*",
            },
          ],
        }),
      }),
  }),
  rejectedCall(
    "NET-29",
    "endpoint in an availability zone without the endpoint service",
    /^InvalidParameter: The VPC endpoint service com\.amazonaws\.us-east-1\.kms does not support the availability zone of the subnet: subnet-\w+/,
    {
      options: { apps: { endpoints: { "*.kms": { zones: ["us-east-1a"] } } } },
      brokenAction: (stage) => add(stage, "kms"),
      repairedAction: (stage) => add(stage, "secretsmanager"),
    },
  ),
  rejectedCall(
    "NET-31",
    "two endpoint subnets in the same availability zone",
    /^DuplicateSubnetsInSameZone: Found another VPC endpoint subnet in the availability zone of subnet-\w+$/,
    {
      brokenAction: (stage) =>
        stage.aws.ec2.send(
          new ec2.CreateVpcEndpointCommand({
            VpcId: stage.ids.vpc,
            ServiceName: `com.amazonaws.${region}.kms`,
            VpcEndpointType: "Interface",
            SubnetIds: [stage.ids.privates[0], stage.ids.publics[0]],
          }),
        ),
      repairedAction: (stage) => add(stage, "kms"),
    },
  ),
  rejectedCall(
    "NET-32",
    "second endpoint with private DNS for the same service",
    /^InvalidParameter: private-dns-enabled cannot be set because there is already a conflicting DNS domain for logs\.us-east-1\.amazonaws\.com in the VPC vpc-\w+$/,
    {
      egress: "endpoints",
      brokenAction: (stage) => add(stage, "logs"),
      repairedAction: async (stage) => {
        await drop(stage, "logs");
        await add(stage, "logs");
      },
    },
  ),
  failedStart(
    "NET-33",
    "image from Docker Hub with only VPC endpoints",
    /^CannotPullContainerError: pull image manifest has been retried 5 time\(s\): failed to resolve ref docker\.io\/library\/nginx:latest: failed to do request: Head "https:\/\/registry-1\.docker\.io\/v2\/library\/nginx\/manifests\/latest": dial tcp [\d.]+:443: i\/o timeout/,
    { egress: "endpoints", overrides: { container: { image: "nginx" } } },
  ),
  failedStart(
    "NET-34",
    "image from another region with only VPC endpoints",
    "dkr.ecr.eu-west-1.amazonaws.com/v2/app/manifests/1",
    {
      egress: "endpoints",
      overrides: { container: { image: `${account}.dkr.ecr.eu-west-1.amazonaws.com/app:1` } },
    },
  ),
  rejectedCall(
    "NET-39",
    "two routes to the same destination",
    "RouteAlreadyExists: The route identified by 0.0.0.0/0 already exists.",
    {
      brokenAction: route,
      repairedAction: async (stage) => {
        await unroute(stage);
        await route(stage);
      },
    },
  ),
  rejectedCall(
    "NET-41",
    "endpoint service does not exist",
    "InvalidServiceName: The Vpc Endpoint Service 'com.amazonaws.us-east-1.qldb.session' does not exist",
    {
      brokenAction: (stage) => add(stage, "qldb.session"),
      repairedAction: (stage) => add(stage, "kms"),
    },
  ),
  rejectedCall(
    "CIDR-01",
    "subnet outside the CIDR blocks of its VPC",
    "InvalidSubnet.Range: The CIDR '10.21.0.0/24' is invalid.",
    {
      brokenAction: (stage) => subnet(stage, "10.21.0.0/24"),
      repairedAction: (stage) => subnet(stage, "10.20.21.0/24"),
    },
  ),
  rejectedCall(
    "CIDR-02",
    "overlapping subnets",
    "InvalidSubnet.Conflict: The CIDR '10.20.0.128/25' conflicts with another subnet",
    {
      brokenAction: (stage) => subnet(stage, "10.20.0.128/25"),
      repairedAction: (stage) => subnet(stage, "10.20.2.128/25"),
    },
  ),
  rejectedCall(
    "CIDR-03",
    "VPC larger than /16",
    "InvalidVpc.Range: The CIDR '10.0.0.0/15' is invalid.",
    {
      brokenAction: (stage) =>
        stage.aws.ec2.send(new ec2.CreateVpcCommand({ CidrBlock: "10.0.0.0/15" })),
      repairedAction: (stage) =>
        stage.aws.ec2.send(new ec2.CreateVpcCommand({ CidrBlock: "10.0.0.0/16" })),
    },
  ),
  rejectedCall(
    "CIDR-03",
    "load balancer in a subnet with too few free addresses",
    /^InvalidSubnetException: Not enough IP space available in subnet-\w+\. ELB requires at least 8 free IP addresses in each subnet\.$/,
    {
      brokenAction: async (stage) => {
        const { Subnet } = await subnet(stage, "10.20.50.0/28", "c");
        for (let index = 0; index < 4; index++)
          await stage.aws.ec2.send(
            new ec2.CreateNetworkInterfaceCommand({ SubnetId: Subnet?.SubnetId }),
          );
        await stage.aws.elb.send(
          new elb.CreateLoadBalancerCommand({
            Name: "tight",
            Subnets: [stage.ids.publics[0], Subnet?.SubnetId ?? ""],
          }),
        );
      },
      repairedAction: (stage) =>
        stage.aws.elb.send(
          new elb.CreateLoadBalancerCommand({ Name: "roomy", Subnets: [...stage.ids.publics] }),
        ),
    },
  ),
  observed("CIDR-04", "subnet without free addresses", "InsufficientFreeAddressesInSubnet", {
    brokenAction: async (stage) => {
      const { Subnet } = await subnet(stage, "10.20.50.0/28", "c");
      const id = Subnet?.SubnetId ?? "";
      await stage.aws.ec2.send(
        new ec2.AssociateRouteTableCommand({ RouteTableId: stage.ids.privateTable, SubnetId: id }),
      );
      const overrides = standing(stage, [id], "DISABLED");
      return statusOf(
        await stage.launch({
          service: { ...overrides.service, loadBalancers: [], desiredCount: 12 },
        }),
        12,
      );
    },
    repairedAction: async (stage) =>
      statusOf(await stage.launch({ service: { loadBalancers: [], desiredCount: 12 } }), 12),
  }),
  rejectedCall(
    "TF-04",
    "availability zone does not exist in the region",
    /^InvalidParameterValue: Value \(us-east-1z\) for parameter availabilityZone is invalid\./,
    {
      brokenAction: (stage) => subnet(stage, "10.20.60.0/24", "z"),
      repairedAction: (stage) => subnet(stage, "10.20.60.0/24", "f"),
    },
  ),
  rejectedCall("TF-07", "subnet in two route tables", /^Resource\.AlreadyAssociated: /, {
    brokenAction: (stage) =>
      stage.aws.ec2.send(
        new ec2.AssociateRouteTableCommand({
          RouteTableId: stage.ids.publicTable,
          SubnetId: stage.ids.privates[0],
        }),
      ),
    repairedAction: (stage) =>
      stage.aws.ec2.send(
        new ec2.AssociateRouteTableCommand({
          RouteTableId: stage.ids.privateTable,
          SubnetId: stage.ids.privates[0],
        }),
      ),
  }),
];
