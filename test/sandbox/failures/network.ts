import * as ec2 from "@aws-sdk/client-ec2";
import * as secretsmanager from "@aws-sdk/client-secrets-manager";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import * as ssm from "@aws-sdk/client-ssm";
import * as iam from "@aws-sdk/client-iam";
import { answer, type Failure, refused, shown, start, verdict, otherVpc } from "./kit.ts";
import { account, allow, region, type Stage, type Wish } from "./stage.ts";

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
  more: Partial<Parameters<typeof start>[3]> = {},
): Failure =>
  start(id, title, message, {
    egress: "endpoints",
    breaks: (stage) => drop(stage, name),
    repairs: (stage) => add(stage, name),
    ...more,
  });

/** Where tasks stand, otherwise than in the private subnets. */
const standing = (
  stage: Stage,
  subnets: readonly string[],
  assignPublicIp: "ENABLED" | "DISABLED",
): Wish => ({
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
    verdict(await stage.launch(standing(stage, stage.ids[subnets], assignPublicIp)));

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
const secret = (valueFrom: string): Wish => ({
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

/** A network ACL for the private subnets that lets through what it is told. */
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

/** An interface in a public subnet that stands for a NAT instance's. */
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
  start("NET-01", "no way out of the task's subnet", AUTH, { breaks: unroute, repairs: route }),
  shown("NET-02", "a public subnet, and no public address", AUTH, {
    wrong: placed("publics", "DISABLED"),
    right: placed("publics", "ENABLED"),
  }),
  shown("NET-03", "a public address, and no way to an internet gateway", AUTH, {
    wrong: async (stage) => {
      await unroute(stage);
      return placed("privates", "ENABLED")(stage);
    },
    right: placed("publics", "ENABLED"),
  }),
  start("NET-04", "a NAT gateway in a subnet that has no way out itself", AUTH, {
    breaks: (stage) => unroute(stage, stage.ids.publicTable),
    repairs: (stage) =>
      stage.aws.ec2.send(
        new ec2.CreateRouteCommand({
          RouteTableId: stage.ids.publicTable,
          DestinationCidrBlock: ANYWHERE,
          GatewayId: stage.ids.gateway,
        }),
      ),
  }),
  start("NET-05", "one of two subnets left out of the route table", AUTH, {
    breaks: async (stage) => {
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
    repairs: (stage) =>
      stage.aws.ec2.send(
        new ec2.AssociateRouteTableCommand({
          RouteTableId: stage.ids.privateTable,
          SubnetId: stage.ids.privates[1],
        }),
      ),
  }),
  start("NET-06", "a route to a NAT gateway that is gone", AUTH, {
    breaks: (stage) =>
      stage.aws.ec2.send(new ec2.DeleteNatGatewayCommand({ NatGatewayId: stage.ids.nat })),
    repairs: async (stage) => {
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
  refused(
    "NET-07",
    "a NAT gateway before the internet gateway",
    /^Gateway\.NotAttached: Network vpc-\w+ has no Internet gateway attached$/,
    {
      wrong: async (stage) => {
        const VpcId = await otherVpc(stage);
        const { Subnet } = await stage.aws.ec2.send(
          new ec2.CreateSubnetCommand({ VpcId, CidrBlock: "10.30.0.0/24" }),
        );
        const { AllocationId } = await stage.aws.ec2.send(new ec2.AllocateAddressCommand({}));
        await stage.aws.ec2.send(
          new ec2.CreateNatGatewayCommand({ SubnetId: Subnet?.SubnetId, AllocationId }),
        );
      },
      right: async (stage) => {
        const { AllocationId } = await stage.aws.ec2.send(new ec2.AllocateAddressCommand({}));
        await stage.aws.ec2.send(
          new ec2.CreateNatGatewayCommand({ SubnetId: stage.ids.publics[1], AllocationId }),
        );
      },
    },
  ),
  start("NET-08", "a NAT instance that checks its destinations", AUTH, {
    breaks: natInstance,
    repairs: async (stage) => {
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
    breaks: (stage) => modify(stage, "s3", { RemoveRouteTableIds: [stage.ids.privateTable] }),
    repairs: (stage) => modify(stage, "s3", { AddRouteTableIds: [stage.ids.privateTable] }),
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
    { prepares: givenSecret, wish: secret(SECRET) },
  ),
  endpoint(
    "NET-15",
    "ssm",
    "no endpoint for parameters",
    "service call has been retried 5 time(s): RequestCanceled: request context canceled caused by: context deadline exceeded",
    { prepares: givenSecret, wish: secret(`arn:aws:ssm:${region}:${account}:parameter/app/mode`) },
  ),
  endpoint("NET-19", "ecr.api", "an endpoint without private DNS", AUTH, {
    breaks: (stage) => modify(stage, "ecr.api", { PrivateDnsEnabled: false }),
    repairs: (stage) => modify(stage, "ecr.api", { PrivateDnsEnabled: true }),
  }),
  refused(
    "NET-20",
    "private DNS in a VPC without DNS names",
    /^InvalidParameter: Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for vpc-\w+$/,
    {
      wrong: async (stage) => {
        await stage.aws.ec2.send(
          new ec2.ModifyVpcAttributeCommand({
            VpcId: stage.ids.vpc,
            EnableDnsHostnames: { Value: false },
          }),
        );
        await add(stage, "kms");
      },
      right: (stage) => add(stage, "kms"),
    },
  ),
  start(
    "NET-21",
    "DNS turned off",
    "dial tcp: lookup api.ecr.us-east-1.amazonaws.com: no such host",
    {
      breaks: (stage) =>
        stage.aws.ec2.send(
          new ec2.ModifyVpcAttributeCommand({
            VpcId: stage.ids.vpc,
            EnableDnsSupport: { Value: false },
          }),
        ),
      repairs: (stage) =>
        stage.aws.ec2.send(
          new ec2.ModifyVpcAttributeCommand({
            VpcId: stage.ids.vpc,
            EnableDnsSupport: { Value: true },
          }),
        ),
    },
  ),
  start("NET-21", "DHCP options with a resolver that is not there", "no such host", {
    breaks: async (stage) => {
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
    repairs: (stage) =>
      stage.aws.ec2.send(
        new ec2.AssociateDhcpOptionsCommand({ DhcpOptionsId: "default", VpcId: stage.ids.vpc }),
      ),
  }),
  start("NET-23", "an endpoint that does not admit the tasks", PRIVATE, {
    egress: "endpoints",
    breaks: (stage) =>
      stage.aws.ec2.send(
        new ec2.RevokeSecurityGroupIngressCommand({
          GroupId: stage.ids.endpointGroup,
          IpPermissions: [{ ...https, UserIdGroupPairs: [{ GroupId: stage.ids.taskGroup }] }],
        }),
      ),
    repairs: (stage) =>
      stage.aws.ec2.send(
        new ec2.AuthorizeSecurityGroupIngressCommand({
          GroupId: stage.ids.endpointGroup,
          IpPermissions: [{ ...https, IpRanges: [{ CidrIp: "10.20.0.0/16" }] }],
        }),
      ),
  }),
  start("NET-24", "a security group without egress", AUTH, {
    breaks: noEgress,
    repairs: (stage) => egress(stage, [{ ...https, IpRanges: [{ CidrIp: ANYWHERE }] }]),
  }),
  start("NET-25", "egress to the VPC alone, and layers in S3", LAYERS, {
    egress: "endpoints",
    breaks: async (stage) => {
      await noEgress(stage);
      await egress(stage, [{ ...https, IpRanges: [{ CidrIp: "10.20.0.0/16" }] }]);
    },
    repairs: async (stage) => {
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
  shown("NET-26", "a network ACL that lets no answers in", AUTH, {
    wrong: async (stage) => {
      await acl(stage, [[true, 443, 443]]);
      return verdict(await stage.launch({ service: { loadBalancers: [] } }));
    },
    right: async (stage) => {
      await acl(stage, [
        [true, 443, 443],
        [false, 1024, 65_535],
      ]);
      return verdict(await stage.launch({ service: { loadBalancers: [] } }));
    },
  }),
  shown(
    "NET-26",
    "a network ACL that lets no answers out to the load balancer",
    "due to (reason Request timed out)",
    {
      wrong: async (stage) => {
        await acl(stage, [
          [true, 443, 443],
          [false, 1024, 65_535],
        ]);
        await stage.launch();
        return verdict(await stage.look(2));
      },
      right: async (stage) => {
        await acl(stage, [
          [true, 443, 443],
          [false, 1024, 65_535],
          [true, 1024, 65_535],
        ]);
        await stage.launch();
        return answer(stage);
      },
    },
  ),
  start(
    "NET-27",
    "an endpoint policy that denies the login",
    "is not authorized to perform: ecr:GetAuthorizationToken on resource: * with an explicit deny in a VPC endpoint policy",
    {
      egress: "endpoints",
      breaks: (stage) =>
        modify(stage, "ecr.api", { PolicyDocument: deny("ecr:GetAuthorizationToken") }),
      repairs: (stage) => modify(stage, "ecr.api", { ResetPolicy: true }),
    },
  ),
  start("NET-28", "S3's endpoint policy without ECR's bucket", "403 Forbidden", {
    egress: "endpoints",
    breaks: (stage) =>
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
    repairs: (stage) =>
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
  refused(
    "NET-29",
    "an endpoint in a zone that its service does not offer",
    /^InvalidParameter: The VPC endpoint service com\.amazonaws\.us-east-1\.kms does not support the availability zone of the subnet: subnet-\w+/,
    {
      options: { apps: { endpoints: { "*.kms": { zones: ["us-east-1a"] } } } },
      wrong: (stage) => add(stage, "kms"),
      right: (stage) => add(stage, "secretsmanager"),
    },
  ),
  refused(
    "NET-31",
    "two subnets of an endpoint in one zone",
    /^DuplicateSubnetsInSameZone: Found another VPC endpoint subnet in the availability zone of subnet-\w+$/,
    {
      wrong: (stage) =>
        stage.aws.ec2.send(
          new ec2.CreateVpcEndpointCommand({
            VpcId: stage.ids.vpc,
            ServiceName: `com.amazonaws.${region}.kms`,
            VpcEndpointType: "Interface",
            SubnetIds: [stage.ids.privates[0], stage.ids.publics[0]],
          }),
        ),
      right: (stage) => add(stage, "kms"),
    },
  ),
  refused(
    "NET-32",
    "a second endpoint with private DNS for one service",
    /^InvalidParameter: private-dns-enabled cannot be set because there is already a conflicting DNS domain for logs\.us-east-1\.amazonaws\.com in the VPC vpc-\w+$/,
    {
      egress: "endpoints",
      wrong: (stage) => add(stage, "logs"),
      right: async (stage) => {
        await drop(stage, "logs");
        await add(stage, "logs");
      },
    },
  ),
  start(
    "NET-33",
    "an image from Docker Hub, and endpoints alone",
    /^CannotPullContainerError: pull image manifest has been retried 5 time\(s\): failed to resolve ref docker\.io\/library\/nginx:latest: failed to do request: Head "https:\/\/registry-1\.docker\.io\/v2\/library\/nginx\/manifests\/latest": dial tcp [\d.]+:443: i\/o timeout/,
    { egress: "endpoints", wish: { container: { image: "nginx" } } },
  ),
  start(
    "NET-34",
    "an image of another region, and endpoints alone",
    "dkr.ecr.eu-west-1.amazonaws.com/v2/app/manifests/1",
    {
      egress: "endpoints",
      wish: { container: { image: `${account}.dkr.ecr.eu-west-1.amazonaws.com/app:1` } },
    },
  ),
  refused(
    "NET-39",
    "two routes to one destination",
    "RouteAlreadyExists: The route identified by 0.0.0.0/0 already exists.",
    {
      wrong: route,
      right: async (stage) => {
        await unroute(stage);
        await route(stage);
      },
    },
  ),
  refused(
    "NET-41",
    "an endpoint service that does not exist",
    "InvalidServiceName: The Vpc Endpoint Service 'com.amazonaws.us-east-1.qldb.session' does not exist",
    { wrong: (stage) => add(stage, "qldb.session"), right: (stage) => add(stage, "kms") },
  ),
  refused(
    "CIDR-01",
    "a subnet outside its VPC",
    "InvalidSubnet.Range: The CIDR '10.21.0.0/24' is invalid.",
    {
      wrong: (stage) => subnet(stage, "10.21.0.0/24"),
      right: (stage) => subnet(stage, "10.20.21.0/24"),
    },
  ),
  refused(
    "CIDR-02",
    "subnets that overlap",
    "InvalidSubnet.Conflict: The CIDR '10.20.0.128/25' conflicts with another subnet",
    {
      wrong: (stage) => subnet(stage, "10.20.0.128/25"),
      right: (stage) => subnet(stage, "10.20.2.128/25"),
    },
  ),
  refused(
    "CIDR-03",
    "a VPC larger than /16",
    "InvalidVpc.Range: The CIDR '10.0.0.0/15' is invalid.",
    {
      wrong: (stage) => stage.aws.ec2.send(new ec2.CreateVpcCommand({ CidrBlock: "10.0.0.0/15" })),
      right: (stage) => stage.aws.ec2.send(new ec2.CreateVpcCommand({ CidrBlock: "10.0.0.0/16" })),
    },
  ),
  refused(
    "CIDR-03",
    "a load balancer in a subnet without room",
    /^InvalidSubnetException: Not enough IP space available in subnet-\w+\. ELB requires at least 8 free IP addresses in each subnet\.$/,
    {
      wrong: async (stage) => {
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
      right: (stage) =>
        stage.aws.elb.send(
          new elb.CreateLoadBalancerCommand({ Name: "roomy", Subnets: [...stage.ids.publics] }),
        ),
    },
  ),
  shown("CIDR-04", "a subnet without addresses left", "InsufficientFreeAddressesInSubnet", {
    wrong: async (stage) => {
      const { Subnet } = await subnet(stage, "10.20.50.0/28", "c");
      const id = Subnet?.SubnetId ?? "";
      await stage.aws.ec2.send(
        new ec2.AssociateRouteTableCommand({ RouteTableId: stage.ids.privateTable, SubnetId: id }),
      );
      const wish = standing(stage, [id], "DISABLED");
      return verdict(
        await stage.launch({ service: { ...wish.service, loadBalancers: [], desiredCount: 12 } }),
        12,
      );
    },
    right: async (stage) =>
      verdict(await stage.launch({ service: { loadBalancers: [], desiredCount: 12 } }), 12),
  }),
  refused(
    "TF-04",
    "a zone that the region does not offer",
    /^InvalidParameterValue: Value \(us-east-1z\) for parameter availabilityZone is invalid\./,
    {
      wrong: (stage) => subnet(stage, "10.20.60.0/24", "z"),
      right: (stage) => subnet(stage, "10.20.60.0/24", "f"),
    },
  ),
  refused("TF-07", "one subnet in two route tables", /^Resource\.AlreadyAssociated: /, {
    wrong: (stage) =>
      stage.aws.ec2.send(
        new ec2.AssociateRouteTableCommand({
          RouteTableId: stage.ids.publicTable,
          SubnetId: stage.ids.privates[0],
        }),
      ),
    right: (stage) =>
      stage.aws.ec2.send(
        new ec2.AssociateRouteTableCommand({
          RouteTableId: stage.ids.privateTable,
          SubnetId: stage.ids.privates[0],
        }),
      ),
  }),
];
