import * as ec2 from "@aws-sdk/client-ec2";
import { describe, expect, it } from "vitest";
import { REGION, useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

describe("EC2 requests", () => {
  it("answers a dry run without a change", async () => {
    const dryRun = (CidrBlock: string) =>
      fixture.errorOf(() =>
        fixture.aws.ec2.send(new ec2.CreateVpcCommand({ CidrBlock, DryRun: true })),
      );
    expect(await dryRun("10.60.0.0/16")).toBe(
      "DryRunOperation: Request would have succeeded, but DryRun flag is set.",
    );
    expect(await dryRun("10.60.0.0/8")).toBe("InvalidVpc.Range: The CIDR '10.0.0.0/8' is invalid.");
  });

  it("carries out two requests with the same client token once, and rejects a different request with it", async () => {
    const create = (ServiceName: string) =>
      fixture.aws.ec2.send(
        new ec2.CreateVpcEndpointCommand({
          VpcId: fixture.network.vpcId,
          ServiceName,
          ClientToken: "once",
        }),
      );
    const first = await create(`com.amazonaws.${REGION}.s3`);
    const second = await create(`com.amazonaws.${REGION}.s3`);
    expect(second.VpcEndpoint?.VpcEndpointId).toBe(first.VpcEndpoint?.VpcEndpointId);
    expect(await fixture.errorOf(() => create(`com.amazonaws.${REGION}.dynamodb`))).toContain(
      "IdempotentParameterMismatch",
    );
  });

  it("rejects the revocation of a rule that does not exist, and returns the revoked rules", async () => {
    const { vpcId: VpcId } = fixture.network;
    const { GroupId } = await fixture.aws.ec2.send(
      new ec2.CreateSecurityGroupCommand({ GroupName: "web", Description: "web", VpcId }),
    );
    const IpPermissions = [
      { IpProtocol: "tcp", FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: "10.0.0.0/8" }] },
    ];
    const revoke = () =>
      fixture.aws.ec2.send(new ec2.RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
    expect(await fixture.errorOf(revoke)).toBe(
      "InvalidPermission.NotFound: The specified rule does not exist in this security group.",
    );
    await fixture.aws.ec2.send(
      new ec2.AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }),
    );
    expect((await revoke()).RevokedSecurityGroupRules).toMatchObject([
      { GroupId, IsEgress: false, FromPort: 80, CidrIpv4: "10.0.0.0/8" },
    ]);
  });

  it("rejects a network interface with more than five security groups", async () => {
    const { vpcId: VpcId, privateSubnetIds } = fixture.network;
    const Groups: string[] = [];
    for (const name of "abcdef") {
      const { GroupId = "" } = await fixture.aws.ec2.send(
        new ec2.CreateSecurityGroupCommand({ GroupName: name, Description: name, VpcId }),
      );
      Groups.push(GroupId);
    }
    const SubnetId = privateSubnetIds[0];
    const command = new ec2.CreateNetworkInterfaceCommand({ SubnetId, Groups });
    expect(await fixture.errorOf(() => fixture.aws.ec2.send(command))).toContain(
      "SecurityGroupsPerInterfaceLimitExceeded",
    );
  });

  it("rejects a private NAT gateway with an Elastic IP address", async () => {
    const { AllocationId } = await fixture.aws.ec2.send(new ec2.AllocateAddressCommand({}));
    const command = new ec2.CreateNatGatewayCommand({
      SubnetId: fixture.network.privateSubnetIds[0],
      ConnectivityType: "private",
      AllocationId,
    });
    expect(await fixture.errorOf(() => fixture.aws.ec2.send(command))).toBe(
      "InvalidParameterCombination: You cannot specify an Elastic IP address with a private NAT gateway.",
    );
  });

  it("filters and paginates results, and rejects an unknown filter", async () => {
    for (const CidrBlock of ["10.9.200.0/24", "10.9.201.0/24"])
      await fixture.aws.ec2.send(
        new ec2.CreateSubnetCommand({ VpcId: fixture.network.vpcId, CidrBlock }),
      );
    const firstFive = {
      Filters: [{ Name: "vpc-id", Values: [fixture.network.vpcId] }],
      MaxResults: 5,
    };
    const page = await fixture.aws.ec2.send(new ec2.DescribeSubnetsCommand(firstFive));
    const rest = await fixture.aws.ec2.send(
      new ec2.DescribeSubnetsCommand({ ...firstFive, NextToken: page.NextToken }),
    );
    expect([page.Subnets?.length, rest.Subnets?.length, rest.NextToken]).toEqual([5, 1, undefined]);
    expect(
      await fixture.errorOf(() =>
        fixture.aws.ec2.send(new ec2.DescribeSubnetsCommand({ MaxResults: 4 })),
      ),
    ).toBe(
      "InvalidParameterValue: Value ( 4 ) for parameter maxResults is invalid. Expecting a value greater than 5.",
    );
    await fixture.aws.ec2.send(
      new ec2.CreateTagsCommand({
        Resources: [fixture.network.vpcId],
        Tags: [{ Key: "team", Value: "harbour" }],
      }),
    );
    const byTag = await fixture.aws.ec2.send(
      new ec2.DescribeVpcsCommand({ Filters: [{ Name: "tag:team", Values: ["harb*"] }] }),
    );
    expect(byTag.Vpcs?.map((vpc) => vpc.VpcId)).toEqual([fixture.network.vpcId]);
    expect(
      await fixture.errorOf(() =>
        fixture.aws.ec2.send(
          new ec2.DescribeVpcsCommand({ Filters: [{ Name: "colour", Values: ["x"] }] }),
        ),
      ),
    ).toBe("InvalidParameterValue: The filter 'colour' is invalid");
  });

  const DESCRIPTION =
    "Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*";
  const range = { CidrIp: "10.0.0.0/8" };

  it.each<[string, ec2.IpPermission, string]>([
    [
      "an unknown protocol",
      { IpProtocol: "all", IpRanges: [range] },
      "InvalidParameterValue: Invalid value 'all' for IP protocol. Unknown protocol.",
    ],
    [
      "a description with an apostrophe",
      { IpProtocol: "-1", IpRanges: [{ ...range, Description: "the team's network" }] },
      `InvalidParameterValue: Invalid rule description. ${DESCRIPTION}`,
    ],
    [
      "a group of another account",
      { IpProtocol: "-1", UserIdGroupPairs: [{ GroupId: "sg-1", UserId: "999999999999" }] },
      "NotImplemented: Berth's sandbox does not implement rules for a security group of another account",
    ],
  ])("rejects a security group rule with %s", async (_, permission, error) => {
    const group = await fixture.aws.ec2.send(
      new ec2.CreateSecurityGroupCommand({
        GroupName: "app",
        Description: "app",
        VpcId: fixture.network.vpcId,
      }),
    );
    const command = new ec2.AuthorizeSecurityGroupIngressCommand({
      GroupId: group.GroupId,
      IpPermissions: [permission],
    });
    expect(await fixture.errorOf(() => fixture.aws.ec2.send(command))).toBe(error);
  });

  it("rejects a security group with an invalid description", async () => {
    const command = new ec2.CreateSecurityGroupCommand({
      GroupName: "app",
      Description: "the team's group",
      VpcId: fixture.network.vpcId,
    });
    expect(await fixture.errorOf(() => fixture.aws.ec2.send(command))).toBe(
      `InvalidParameterValue: Invalid security group description. ${DESCRIPTION}`,
    );
  });

  it("rejects a change of a rule to two sources", async () => {
    const { SecurityGroupRules = [] } = await fixture.aws.ec2.send(
      new ec2.DescribeSecurityGroupRulesCommand({}),
    );
    const [rule] = SecurityGroupRules;
    const command = new ec2.ModifySecurityGroupRulesCommand({
      GroupId: rule?.GroupId,
      SecurityGroupRules: [
        {
          SecurityGroupRuleId: rule?.SecurityGroupRuleId,
          SecurityGroupRule: { IpProtocol: "-1", CidrIpv4: "10.0.0.0/8", CidrIpv6: "::/0" },
        },
      ],
    });
    expect(await fixture.errorOf(() => fixture.aws.ec2.send(command))).toBe(
      "InvalidParameterValue: You can specify only one of CidrIpv4, CidrIpv6, PrefixListId and ReferencedGroupId.",
    );
  });
});
