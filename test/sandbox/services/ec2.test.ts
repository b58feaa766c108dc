import * as ec2 from "@aws-sdk/client-ec2";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { REGION, useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

const createSecurityGroup = async (): Promise<string> => {
  const { GroupId = "" } = await fixture.aws.ec2.send(
    new ec2.CreateSecurityGroupCommand({
      GroupName: "app",
      Description: "app",
      VpcId: fixture.network.vpcId,
    }),
  );
  return GroupId;
};

describe("EC2 resources", () => {
  it("rejects a VPC CIDR block that is larger than /16 or smaller than /28", async () => {
    for (const CidrBlock of ["10.0.0.0/15", "10.0.0.0/29"]) {
      expect(
        await fixture.errorOf(() => fixture.aws.ec2.send(new ec2.CreateVpcCommand({ CidrBlock }))),
      ).toBe(`InvalidVpc.Range: The CIDR '${CidrBlock}' is invalid.`);
    }
  });

  it.each([
    ["10.8.0.0/24", "InvalidSubnet.Range: The CIDR '10.8.0.0/24' is invalid."],
    [
      "10.9.0.128/25",
      "InvalidSubnet.Conflict: The CIDR '10.9.0.128/25' conflicts with another subnet",
    ],
    ["10.9.9.0/29", "InvalidSubnet.Range: The CIDR '10.9.9.0/29' is invalid."],
  ])("rejects the subnet %s", async (CidrBlock, message) => {
    expect(
      await fixture.errorOf(() =>
        fixture.aws.ec2.send(
          new ec2.CreateSubnetCommand({ VpcId: fixture.network.vpcId, CidrBlock }),
        ),
      ),
    ).toBe(message);
  });

  it("has a default VPC with public subnets, which can be deleted and created again", async () => {
    fixture.sandbox.store.reset();
    const { ec2: client } = fixture.aws;
    const isDefault = [{ Name: "is-default", Values: ["true"] }];
    const findDefault = async (): Promise<ec2.Vpc[]> =>
      (await client.send(new ec2.DescribeVpcsCommand({ Filters: isDefault }))).Vpcs ?? [];
    const [vpc] = await findDefault();
    expect([vpc?.CidrBlock, vpc?.IsDefault]).toEqual(["172.31.0.0/16", true]);
    const vpcId = vpc?.VpcId ?? "";
    const inDefault = [{ Name: "vpc-id", Values: [vpcId] }];
    const { Subnets = [] } = await client.send(
      new ec2.DescribeSubnetsCommand({ Filters: inDefault }),
    );
    expect(Subnets.map((subnet) => [subnet.DefaultForAz, subnet.MapPublicIpOnLaunch])).toEqual(
      Array.from({ length: 6 }, () => [true, true]),
    );
    const { NetworkAcls = [] } = await client.send(
      new ec2.DescribeNetworkAclsCommand({ Filters: inDefault }),
    );
    expect(NetworkAcls.map((acl) => acl.Associations?.length)).toEqual([6]);
    const { RouteTables = [] } = await client.send(
      new ec2.DescribeRouteTablesCommand({ Filters: inDefault }),
    );
    const routes = RouteTables.flatMap((table) => table.Routes ?? []);
    expect(routes.map((route) => route.DestinationCidrBlock)).toEqual([
      "172.31.0.0/16",
      "0.0.0.0/0",
    ]);
    // What is in every account does not count as created.
    expect(fixture.sandbox.store.contents()).toEqual([]);
    const group = { GroupName: "app", Description: "app" };
    const { GroupId } = await client.send(new ec2.CreateSecurityGroupCommand(group));
    expect(fixture.sandbox.store.contents().map(({ kind }) => kind)).toEqual([
      "ec2/security-group",
      "ec2/security-group-rule",
    ]);
    expect(await fixture.errorOf(() => client.send(new ec2.CreateDefaultVpcCommand({})))).toContain(
      "DefaultVpcAlreadyExists",
    );
    await client.send(new ec2.DeleteSecurityGroupCommand({ GroupId }));
    for (const { SubnetId } of Subnets)
      await client.send(new ec2.DeleteSubnetCommand({ SubnetId }));
    const InternetGatewayId = routes[1]?.GatewayId;
    await client.send(new ec2.DetachInternetGatewayCommand({ InternetGatewayId, VpcId: vpcId }));
    await client.send(new ec2.DeleteInternetGatewayCommand({ InternetGatewayId }));
    await client.send(new ec2.DeleteVpcCommand({ VpcId: vpcId }));
    expect(await findDefault()).toEqual([]);
    expect(
      await fixture.errorOf(() => client.send(new ec2.CreateSecurityGroupCommand(group))),
    ).toContain("VPCIdNotSpecified: No default VPC");
    await client.send(new ec2.CreateDefaultVpcCommand({}));
    expect(await findDefault()).toHaveLength(1);
  });

  it("has a default VPC in each region, with its own IDs", async () => {
    const idIn = async (region: string): Promise<string | undefined> => {
      const client = new ec2.EC2Client({ ...fixture.clientOptions, region });
      const { Vpcs = [] } = await client.send(
        new ec2.DescribeVpcsCommand({ Filters: [{ Name: "is-default", Values: ["true"] }] }),
      );
      return Vpcs[0]?.VpcId;
    };
    const ids = [await idIn("eu-west-1"), await idIn("eu-west-2")];
    expect(new Set(ids).size).toBe(2);
    expect(ids).toEqual([await idIn("eu-west-1"), await idIn("eu-west-2")]);
  });

  it("accepts IPv6 and ICMP entries of a network ACL", async () => {
    const { ec2: client } = fixture.aws;
    const { NetworkAcl } = await client.send(
      new ec2.CreateNetworkAclCommand({ VpcId: fixture.network.vpcId }),
    );
    const entry = {
      NetworkAclId: NetworkAcl?.NetworkAclId,
      RuleNumber: 101,
      Egress: false,
      Protocol: "-1",
      RuleAction: "allow",
    } as const;
    const create = (more: Partial<ec2.CreateNetworkAclEntryRequest>) =>
      client.send(new ec2.CreateNetworkAclEntryCommand({ ...entry, ...more }));
    await create({ Ipv6CidrBlock: "2001:DB8:0:1:0::5/56" });
    await create({
      RuleNumber: 102,
      Protocol: "1",
      CidrBlock: "10.0.0.0/8",
      IcmpTypeCode: { Type: 8, Code: -1 },
    });
    const entries = async (): Promise<ec2.NetworkAclEntry[]> => {
      const { NetworkAcls = [] } = await client.send(
        new ec2.DescribeNetworkAclsCommand({ NetworkAclIds: [entry.NetworkAclId ?? ""] }),
      );
      return NetworkAcls[0]?.Entries?.filter((row) => row.RuleNumber !== 32_767) ?? [];
    };
    expect(await entries()).toEqual([
      {
        RuleNumber: 101,
        Egress: false,
        Protocol: "-1",
        RuleAction: "allow",
        Ipv6CidrBlock: "2001:db8::/56",
      },
      {
        RuleNumber: 102,
        Egress: false,
        Protocol: "1",
        RuleAction: "allow",
        CidrBlock: "10.0.0.0/8",
        IcmpTypeCode: { Type: 8, Code: -1 },
      },
    ]);
    const errors = [
      () => create({ RuleNumber: 101, Ipv6CidrBlock: "::/0" }),
      () => create({ RuleNumber: 103, Ipv6CidrBlock: "::/129" }),
      () => create({ RuleNumber: 103, Ipv6CidrBlock: "::/0", CidrBlock: "0.0.0.0/0" }),
      () => create({ RuleNumber: 103 }),
      () => create({ RuleNumber: 32_767, Ipv6CidrBlock: "::/0" }),
      () => create({ RuleNumber: 103, Protocol: "58", Ipv6CidrBlock: "::/0" }),
    ];
    const codes = [];
    for (const call of errors) codes.push((await fixture.errorOf(call)).split(":")[0]);
    expect(codes).toEqual([
      "NetworkAclEntryAlreadyExists",
      "InvalidParameterValue",
      "InvalidParameterCombination",
      "MissingParameter",
      "InvalidParameterValue",
      "MissingParameter",
    ]);
    await client.send(
      new ec2.ReplaceNetworkAclEntryCommand({
        ...entry,
        RuleAction: "deny",
        Ipv6CidrBlock: "::/0",
      }),
    );
    expect((await entries())[0]).toMatchObject({ RuleAction: "deny", Ipv6CidrBlock: "::/0" });
  });

  it("returns IPv6 blocks of security group rules in their canonical form", async () => {
    const { GroupId } = await fixture.aws.ec2.send(
      new ec2.CreateSecurityGroupCommand({
        GroupName: "v6",
        Description: "v6",
        VpcId: fixture.network.vpcId,
      }),
    );
    const authorize = (CidrIpv6: string) =>
      fixture.aws.ec2.send(
        new ec2.AuthorizeSecurityGroupIngressCommand({
          GroupId,
          IpPermissions: [
            { IpProtocol: "tcp", FromPort: 443, ToPort: 443, Ipv6Ranges: [{ CidrIpv6 }] },
          ],
        }),
      );
    const { SecurityGroupRules = [] } = await authorize("2001:db8:0:0::1/32");
    expect(SecurityGroupRules[0]?.CidrIpv6).toBe("2001:db8::/32");
    expect(await fixture.errorOf(() => authorize("2001:db8::/32"))).toContain(
      "InvalidPermission.Duplicate",
    );
    expect(await fixture.errorOf(() => authorize("10.0.0.0/8"))).toContain("InvalidParameterValue");
  });

  it("adds secondary CIDR blocks, with local routes and subnets in them", async () => {
    const { ec2: client } = fixture.aws;
    const { vpcId, routeTableIds } = fixture.network;
    const associate = (CidrBlock: string) =>
      client.send(new ec2.AssociateVpcCidrBlockCommand({ VpcId: vpcId, CidrBlock }));
    const { CidrBlockAssociation } = await associate("10.200.0.0/16");
    await client.send(new ec2.CreateSubnetCommand({ VpcId: vpcId, CidrBlock: "10.200.1.0/24" }));
    const { RouteTables = [] } = await client.send(
      new ec2.DescribeRouteTablesCommand({ RouteTableIds: routeTableIds }),
    );
    expect(RouteTables[0]?.Routes?.map((route) => route.DestinationCidrBlock)).toEqual([
      "10.9.0.0/16",
      "10.200.0.0/16",
    ]);
    const { Vpcs = [] } = await client.send(new ec2.DescribeVpcsCommand({ VpcIds: [vpcId] }));
    expect(Vpcs[0]?.CidrBlockAssociationSet?.map((block) => block.CidrBlock)).toEqual([
      "10.9.0.0/16",
      "10.200.0.0/16",
    ]);
    for (const block of ["10.9.0.0/24", "10.100.0.0/15", "172.20.0.0/16", "198.19.0.0/24"])
      expect(await fixture.errorOf(() => associate(block))).toContain("InvalidVpc.Range");
    for (const block of ["100.64.0.0/16", "10.201.0.0/16", "10.202.0.0/16"]) await associate(block);
    expect(await fixture.errorOf(() => associate("10.203.0.0/16"))).toContain("CidrLimitExceeded");
    const disassociate = (AssociationId: string | undefined) =>
      client.send(new ec2.DisassociateVpcCidrBlockCommand({ AssociationId }));
    expect(
      await fixture.errorOf(() => disassociate(CidrBlockAssociation?.AssociationId)),
    ).toContain("DependencyViolation");
    expect(
      await fixture.errorOf(() =>
        disassociate(Vpcs[0]?.CidrBlockAssociationSet?.[0]?.AssociationId),
      ),
    ).toContain("OperationNotPermitted");
    expect(await fixture.errorOf(() => disassociate("vpc-cidr-assoc-1"))).toContain(
      "InvalidVpcCidrBlockAssociationID.NotFound",
    );
  });

  it("gives an endpoint the addresses of its subnet configurations", async () => {
    const { ec2: client } = fixture.aws;
    const { vpcId, privateSubnetIds } = fixture.network;
    const create = (Ipv4: string) =>
      client.send(
        new ec2.CreateVpcEndpointCommand({
          VpcId: vpcId,
          VpcEndpointType: "Interface",
          ServiceName: "com.amazonaws.us-east-1.logs",
          PrivateDnsEnabled: false,
          SubnetIds: privateSubnetIds,
          SubnetConfigurations: [{ SubnetId: privateSubnetIds[0], Ipv4 }],
        }),
      );
    const { VpcEndpoint } = await create("10.9.2.77");
    const addresses = async (): Promise<string[]> => {
      const { NetworkInterfaces = [] } = await client.send(
        new ec2.DescribeNetworkInterfacesCommand({
          Filters: [{ Name: "interface-type", Values: ["vpc_endpoint"] }],
        }),
      );
      return NetworkInterfaces.map((row) => row.PrivateIpAddress ?? "").toSorted();
    };
    expect(await addresses()).toEqual(["10.9.2.77", "10.9.3.4"]);
    await client.send(
      new ec2.ModifyVpcEndpointCommand({
        VpcEndpointId: VpcEndpoint?.VpcEndpointId,
        SubnetConfigurations: [{ SubnetId: privateSubnetIds[0], Ipv4: "10.9.2.78" }],
      }),
    );
    expect(await addresses()).toEqual(["10.9.2.78", "10.9.3.4"]);
    expect(await fixture.errorOf(() => create("10.9.2.78"))).toContain("InvalidIPAddress.InUse");
    expect(await fixture.errorOf(() => create("10.9.3.9"))).toContain(
      "does not fall within the subnet's address range",
    );
    expect(await fixture.errorOf(() => create("10.9.2.1"))).toContain("reserved address range");
  });

  it("rejects an availability zone that the region does not have", async () => {
    const command = new ec2.CreateSubnetCommand({
      VpcId: fixture.network.vpcId,
      CidrBlock: "10.9.9.0/24",
      AvailabilityZone: "us-east-1z",
    });
    expect(await fixture.errorOf(() => fixture.aws.ec2.send(command))).toContain(
      "Value (us-east-1z) for parameter availabilityZone is invalid.",
    );
  });

  it.each([
    [
      "vpc",
      () => new ec2.DescribeVpcsCommand({ VpcIds: ["vpc-0"] }),
      "InvalidVpcID.NotFound: The vpc ID 'vpc-0' does not exist",
    ],
    [
      "subnet",
      () => new ec2.DeleteSubnetCommand({ SubnetId: "subnet-0" }),
      "InvalidSubnetID.NotFound: The subnet ID 'subnet-0' does not exist",
    ],
    [
      "route table",
      () => new ec2.DeleteRouteTableCommand({ RouteTableId: "rtb-0" }),
      "InvalidRouteTableID.NotFound: The routeTable ID 'rtb-0' does not exist",
    ],
    [
      "security group",
      () => new ec2.DeleteSecurityGroupCommand({ GroupId: "sg-0" }),
      "InvalidGroup.NotFound: The security group 'sg-0' does not exist",
    ],
    [
      "internet gateway",
      () => new ec2.DeleteInternetGatewayCommand({ InternetGatewayId: "igw-0" }),
      "InvalidInternetGatewayID.NotFound: The internetGateway ID 'igw-0' does not exist",
    ],
    [
      "NAT gateway",
      () => new ec2.DeleteNatGatewayCommand({ NatGatewayId: "nat-0" }),
      "NatGatewayNotFound: NAT gateway nat-0 was not found",
    ],
    [
      "Elastic IP address",
      () => new ec2.ReleaseAddressCommand({ AllocationId: "eipalloc-0" }),
      "InvalidAllocationID.NotFound: The allocation ID 'eipalloc-0' does not exist",
    ],
  ])("reports that a %s does not exist", async (_, command, message) => {
    // The commands differ in type only; each is sent as it is.
    expect(
      await fixture.errorOf(() => fixture.aws.ec2.send(command() as ec2.DescribeVpcsCommand)),
    ).toBe(message);
  });

  it("rejects the deletion of resources in use", async () => {
    const { privateSubnetIds, vpcId, routeTableIds } = fixture.network;
    const groupId = await createSecurityGroup();
    await fixture.aws.ec2.send(
      new ec2.CreateNetworkInterfaceCommand({
        SubnetId: privateSubnetIds[0],
        Groups: [groupId],
      }),
    );
    const deletions = [
      [
        new ec2.DeleteVpcCommand({ VpcId: vpcId }),
        `The vpc '${vpcId}' has dependencies and cannot be deleted.`,
      ],
      [
        new ec2.DeleteSubnetCommand({ SubnetId: privateSubnetIds[0] }),
        `The subnet '${privateSubnetIds[0]}' has dependencies and cannot be deleted.`,
      ],
      [
        new ec2.DeleteRouteTableCommand({ RouteTableId: routeTableIds[0] }),
        `The routeTable '${routeTableIds[0]}' has dependencies and cannot be deleted.`,
      ],
      [
        new ec2.DeleteSecurityGroupCommand({ GroupId: groupId }),
        `resource ${groupId} has a dependent object`,
      ],
    ] as const;
    for (const [command, message] of deletions) {
      expect(
        await fixture.errorOf(() => fixture.aws.ec2.send(command as ec2.DeleteVpcCommand)),
      ).toBe(`DependencyViolation: ${message}`);
    }
  });

  it("rejects tags for a resource that does not exist", async () => {
    const tag = (id: string) =>
      fixture.aws.ec2.send(
        new ec2.CreateTagsCommand({ Resources: [id], Tags: [{ Key: "a", Value: "b" }] }),
      );
    expect(await fixture.errorOf(() => tag("vpc-0"))).toBe(
      "InvalidVpcID.NotFound: The vpc ID 'vpc-0' does not exist",
    );
    expect(await fixture.errorOf(() => tag("nothing"))).toBe(
      "InvalidID: The ID 'nothing' is not valid",
    );
    await tag(fixture.network.vpcId);
  });

  it("deletes a VPC together with its default resources", async () => {
    fixture.sandbox.store.reset();
    const { Vpc } = await fixture.aws.ec2.send(
      new ec2.CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }),
    );
    await fixture.aws.ec2.send(new ec2.DeleteVpcCommand({ VpcId: Vpc?.VpcId }));
    expect(fixture.sandbox.store.contents()).toEqual([]);
  });

  it("rejects the deletion of the default security group, and a duplicate group name", async () => {
    const { SecurityGroups: [defaultGroup] = [] } = await fixture.aws.ec2.send(
      new ec2.DescribeSecurityGroupsCommand({
        Filters: [{ Name: "group-name", Values: ["default"] }],
      }),
    );
    const id = defaultGroup?.GroupId ?? "";
    expect(
      await fixture.errorOf(() =>
        fixture.aws.ec2.send(new ec2.DeleteSecurityGroupCommand({ GroupId: id })),
      ),
    ).toBe(
      `CannotDelete: the specified group: "${id}" name: "default" cannot be deleted by a user`,
    );
    await createSecurityGroup();
    expect(await fixture.errorOf(createSecurityGroup)).toBe(
      `InvalidGroup.Duplicate: The security group 'app' already exists for VPC '${fixture.network.vpcId}'`,
    );
  });

  it("rejects a duplicate rule with the protocol as a number", async () => {
    const GroupId = await createSecurityGroup();
    const permission = (IpProtocol: string): ec2.IpPermission => ({
      IpProtocol,
      FromPort: 80,
      ToPort: 80,
      IpRanges: [{ CidrIp: "0.0.0.0/0" }],
    });
    await fixture.aws.ec2.send(
      new ec2.AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [permission("tcp")] }),
    );
    const again = new ec2.AuthorizeSecurityGroupIngressCommand({
      GroupId,
      IpPermissions: [permission("6")],
    });
    expect(await fixture.errorOf(() => fixture.aws.ec2.send(again))).toBe(
      'InvalidPermission.Duplicate: the specified rule "peer: 0.0.0.0/0, TCP, from port: 80, to port: 80, ALLOW" already exists',
    );
  });

  it("rejects a second route to the same destination", async () => {
    const [RouteTableId = ""] = fixture.network.routeTableIds;
    const { InternetGateways: [gateway] = [] } = await fixture.aws.ec2.send(
      new ec2.DescribeInternetGatewaysCommand({
        Filters: [{ Name: "attachment.vpc-id", Values: [fixture.network.vpcId] }],
      }),
    );
    const route = () =>
      fixture.aws.ec2.send(
        new ec2.CreateRouteCommand({
          RouteTableId,
          DestinationCidrBlock: "0.0.0.0/0",
          GatewayId: gateway?.InternetGatewayId,
        }),
      );
    await route();
    expect(await fixture.errorOf(route)).toBe(
      "RouteAlreadyExists: The route identified by 0.0.0.0/0 already exists.",
    );
  });

  it("requires an internet gateway for a NAT gateway, and its deletion before the internet gateway is detached", async () => {
    const { Vpc } = await fixture.aws.ec2.send(
      new ec2.CreateVpcCommand({ CidrBlock: "10.50.0.0/16" }),
    );
    const VpcId = Vpc?.VpcId ?? "";
    const { Subnet } = await fixture.aws.ec2.send(
      new ec2.CreateSubnetCommand({ VpcId, CidrBlock: "10.50.0.0/24" }),
    );
    const { AllocationId } = await fixture.aws.ec2.send(
      new ec2.AllocateAddressCommand({ Domain: "vpc" }),
    );
    const nat = () =>
      fixture.aws.ec2.send(
        new ec2.CreateNatGatewayCommand({ SubnetId: Subnet?.SubnetId, AllocationId }),
      );
    expect(await fixture.errorOf(nat)).toBe(
      `Gateway.NotAttached: Network ${VpcId} has no Internet gateway attached`,
    );
    const { InternetGateway } = await fixture.aws.ec2.send(
      new ec2.CreateInternetGatewayCommand({}),
    );
    const InternetGatewayId = InternetGateway?.InternetGatewayId ?? "";
    await fixture.aws.ec2.send(new ec2.AttachInternetGatewayCommand({ VpcId, InternetGatewayId }));
    const { NatGateway } = await nat();
    const detach = () =>
      fixture.aws.ec2.send(new ec2.DetachInternetGatewayCommand({ VpcId, InternetGatewayId }));
    expect(await fixture.errorOf(detach)).toBe(
      `DependencyViolation: Network ${VpcId} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
    );
    await fixture.aws.ec2.send(
      new ec2.DeleteNatGatewayCommand({ NatGatewayId: NatGateway?.NatGatewayId }),
    );
    await detach();
  });

  it("allows private DNS for one endpoint of a service, in one subnet of a zone, in a VPC with DNS hostnames", async () => {
    const { vpcId, privateSubnetIds, publicSubnetIds } = fixture.network;
    const ServiceName = `com.amazonaws.${REGION}.logs`;
    const endpoint = (SubnetIds: string[], more: Partial<ec2.CreateVpcEndpointCommandInput> = {}) =>
      fixture.aws.ec2.send(
        new ec2.CreateVpcEndpointCommand({
          VpcId: vpcId,
          ServiceName,
          VpcEndpointType: "Interface",
          PrivateDnsEnabled: true,
          SubnetIds,
          ...more,
        }),
      );
    const sameZone = [privateSubnetIds[0] ?? "", publicSubnetIds[0] ?? ""];
    expect(await fixture.errorOf(() => endpoint(sameZone))).toContain(
      "DuplicateSubnetsInSameZone: Found another VPC endpoint subnet",
    );
    await endpoint(privateSubnetIds);
    expect(await fixture.errorOf(() => endpoint(privateSubnetIds))).toBe(
      `InvalidParameter: private-dns-enabled cannot be set because there is already a conflicting DNS domain for logs.${REGION}.amazonaws.com in the VPC ${vpcId}`,
    );
    await fixture.aws.ec2.send(
      new ec2.ModifyVpcAttributeCommand({ VpcId: vpcId, EnableDnsHostnames: { Value: false } }),
    );
    expect(
      await fixture.errorOf(() =>
        endpoint([privateSubnetIds[1] ?? ""], {
          ServiceName: `com.amazonaws.${REGION}.ecr.api`,
        }),
      ),
    ).toBe(
      `InvalidParameter: Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for ${vpcId}`,
    );
    expect(
      await fixture.errorOf(() => endpoint([], { ServiceName: "com.amazonaws.us-east-1.nothing" })),
    ).toBe(
      "InvalidServiceName: The Vpc Endpoint Service 'com.amazonaws.us-east-1.nothing' does not exist",
    );
  });

  it("lists the regions of its partition, with those that the account has enabled", async () => {
    const { Regions = [] } = await fixture.aws.ec2.send(new ec2.DescribeRegionsCommand({}));
    const statuses = Object.fromEntries(
      Regions.map(({ RegionName = "", OptInStatus }) => [RegionName, OptInStatus]),
    );
    expect(statuses).toMatchObject({
      "us-east-1": "opt-in-not-required",
      "af-south-1": "opted-in",
    });
    expect(Object.keys(statuses).filter((name) => /^(cn|us-gov)-/.test(name))).toEqual([]);
  });

  it("reports a bucket of flow logs that does not exist for each resource", async () => {
    const create = (LogDestination: string, changes: object = {}) =>
      fixture.aws.ec2.send(
        new ec2.CreateFlowLogsCommand({
          ResourceIds: [fixture.network.vpcId],
          ResourceType: "VPC",
          TrafficType: "ALL",
          LogDestinationType: "s3",
          LogDestination,
          ...changes,
        }),
      );
    expect(await create("arn:aws:s3:::none/prefix")).toMatchObject({
      FlowLogIds: [],
      Unsuccessful: [
        {
          ResourceId: fixture.network.vpcId,
          Error: { Code: "400", Message: "LogDestination: none does not exist." },
        },
      ],
    });
    await new S3Client({ ...fixture.clientOptions, forcePathStyle: true }).send(
      new CreateBucketCommand({ Bucket: "flow-logs" }),
    );
    expect(
      await fixture.errorOf(() =>
        create("arn:aws:s3:::flow-logs", {
          DeliverLogsPermissionArn: "arn:aws:iam::111122223333:role/logs",
        }),
      ),
    ).toContain("DeliverLogsPermissionArn is not applicable for s3 delivery");
    expect((await create("arn:aws:s3:::flow-logs/prefix")).FlowLogIds).toHaveLength(1);
    const { FlowLogs } = await fixture.aws.ec2.send(new ec2.DescribeFlowLogsCommand({}));
    expect(FlowLogs).toMatchObject([{ DeliverLogsStatus: "SUCCESS" }]);
  });

  it("checks the version and the entry limit of a customer-managed prefix list, and fails its deletion while in use", async () => {
    const { PrefixList } = await fixture.aws.ec2.send(
      new ec2.CreateManagedPrefixListCommand({
        PrefixListName: "offices",
        AddressFamily: "IPv4",
        MaxEntries: 1,
        Entries: [{ Cidr: "192.0.2.0/24" }],
      }),
    );
    const PrefixListId = PrefixList?.PrefixListId ?? "";
    const GroupId = await createSecurityGroup();
    await fixture.aws.ec2.send(
      new ec2.AuthorizeSecurityGroupIngressCommand({
        GroupId,
        IpPermissions: [
          { IpProtocol: "tcp", FromPort: 80, ToPort: 80, PrefixListIds: [{ PrefixListId }] },
        ],
      }),
    );
    const change = (CurrentVersion: number, Cidr: string) =>
      fixture.aws.ec2.send(
        new ec2.ModifyManagedPrefixListCommand({
          PrefixListId,
          CurrentVersion,
          AddEntries: [{ Cidr }],
        }),
      );
    expect(await fixture.errorOf(() => change(9, "192.0.2.0/24"))).toContain(
      "PrefixListVersionMismatch",
    );
    expect(await fixture.errorOf(() => change(1, "198.51.100.0/24"))).toContain(
      "PrefixListMaxEntriesExceeded",
    );
    const deleted = await fixture.aws.ec2.send(
      new ec2.DeleteManagedPrefixListCommand({ PrefixListId }),
    );
    expect(deleted.PrefixList?.State).toBe("delete-in-progress");
    const { PrefixLists } = await fixture.aws.ec2.send(
      new ec2.DescribeManagedPrefixListsCommand({ PrefixListIds: [PrefixListId] }),
    );
    expect(PrefixLists).toMatchObject([
      { State: "delete-failed", StateMessage: `The prefix list is in use by ${GroupId}.` },
    ]);
  });
});
