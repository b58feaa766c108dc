import * as ec2 from "@aws-sdk/client-ec2";
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

  it("has no default VPC until CreateDefaultVpc creates one", async () => {
    fixture.sandbox.store.reset();
    const group = new ec2.CreateSecurityGroupCommand({ GroupName: "app", Description: "app" });
    expect(await fixture.errorOf(() => fixture.aws.ec2.send(group))).toContain(
      "VPCIdNotSpecified: No default VPC",
    );
    const { Vpc } = await fixture.aws.ec2.send(new ec2.CreateDefaultVpcCommand({}));
    const inDefault = [{ Name: "vpc-id", Values: [Vpc?.VpcId ?? ""] }];
    const { Subnets = [] } = await fixture.aws.ec2.send(
      new ec2.DescribeSubnetsCommand({ Filters: inDefault }),
    );
    expect(Subnets.map((subnet) => [subnet.DefaultForAz, subnet.MapPublicIpOnLaunch])).toEqual(
      Array.from({ length: 6 }, () => [true, true]),
    );
    const { NetworkAcls = [] } = await fixture.aws.ec2.send(
      new ec2.DescribeNetworkAclsCommand({ Filters: inDefault }),
    );
    expect(NetworkAcls.map(({ Associations = [] }) => Associations.length)).toEqual([6]);
    await fixture.aws.ec2.send(group);
    expect(
      await fixture.errorOf(() => fixture.aws.ec2.send(new ec2.CreateDefaultVpcCommand({}))),
    ).toContain("DefaultVpcAlreadyExists");
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
      new ec2.DescribeInternetGatewaysCommand({}),
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

  it("checks the version and the entry limit of a customer-managed prefix list, and rejects its deletion while in use", async () => {
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
    expect(
      await fixture.errorOf(() =>
        fixture.aws.ec2.send(new ec2.DeleteManagedPrefixListCommand({ PrefixListId })),
      ),
    ).toContain("in use");
  });
});
