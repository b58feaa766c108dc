import * as ec2 from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, it } from "vitest";
import { useSandbox } from "../../../support/sandbox-calls.ts";

const fixture = useSandbox();

const RULE_LIMIT =
  "RulesPerSecurityGroupLimitExceeded: The maximum number of rules per security group has been reached.";

let GroupId = "";
beforeEach(async () => {
  ({ GroupId = "" } = await fixture.aws.ec2.send(
    new ec2.CreateSecurityGroupCommand({
      GroupName: "web",
      Description: "web",
      VpcId: fixture.network.vpcId,
    }),
  ));
});

const ingress = (permission: ec2.IpPermission): Promise<ec2.AuthorizeSecurityGroupIngressResult> =>
  fixture.aws.ec2.send(
    new ec2.AuthorizeSecurityGroupIngressCommand({
      GroupId,
      IpPermissions: [{ IpProtocol: "tcp", FromPort: 80, ToPort: 80, ...permission }],
    }),
  );
const ipv4 = (count: number): ec2.IpPermission => ({
  IpRanges: Array.from({ length: count }, (_, index) => ({ CidrIp: `192.0.2.${index}/32` })),
});
const ipv6 = (count: number): ec2.IpPermission => ({
  Ipv6Ranges: Array.from({ length: count }, (_, index) => ({ CidrIpv6: `2001:db8::${index}/128` })),
});
const prefixList = async (MaxEntries: number): Promise<string> => {
  const { PrefixList } = await fixture.aws.ec2.send(
    new ec2.CreateManagedPrefixListCommand({
      PrefixListName: "offices",
      AddressFamily: "IPv4",
      MaxEntries,
      Entries: [{ Cidr: "192.0.2.0/24" }],
    }),
  );
  return PrefixList?.PrefixListId ?? "";
};

describe("the quota of 60 rules in a security group", () => {
  it("counts IPv4 and IPv6 separately, and each direction", async () => {
    await ingress({ ...ipv4(60), ...ipv6(60) });
    expect(await fixture.errorOf(() => ingress({ IpRanges: [{ CidrIp: "10.0.0.0/8" }] }))).toBe(
      RULE_LIMIT,
    );
    expect(await fixture.errorOf(() => ingress({ Ipv6Ranges: [{ CidrIpv6: "::/0" }] }))).toBe(
      RULE_LIMIT,
    );
    await fixture.aws.ec2.send(
      new ec2.AuthorizeSecurityGroupEgressCommand({
        GroupId,
        IpPermissions: [{ IpProtocol: "tcp", FromPort: 80, ToPort: 80, ...ipv4(59) }],
      }),
    );
  });

  it("counts a rule for a security group as an IPv4 rule and an IPv6 rule", async () => {
    const group = { UserIdGroupPairs: [{ GroupId }] };
    await ingress(ipv6(60));
    expect(await fixture.errorOf(() => ingress(group))).toBe(RULE_LIMIT);
  });

  it("counts a rule for a prefix list of a customer as its maximum number of entries", async () => {
    const PrefixListId = await prefixList(20);
    await ingress(ipv4(40));
    await ingress({ PrefixListIds: [{ PrefixListId }] });
    expect(await fixture.errorOf(() => ingress({ IpRanges: [{ CidrIp: "10.0.0.0/8" }] }))).toBe(
      RULE_LIMIT,
    );
    // The list has IPv4 blocks only.
    await ingress(ipv6(60));
  });

  it("counts a rule for the prefix list of Amazon S3 as one", async () => {
    await ingress(ipv4(59));
    await ingress({ PrefixListIds: [{ PrefixListId: "pl-63a5400a" }] });
    expect(
      await fixture.errorOf(() => ingress({ PrefixListIds: [{ PrefixListId: "pl-02cd2c6b" }] })),
    ).toBe(RULE_LIMIT);
  });

  it("counts a rule for another list of AWS as the weight of the list", async () => {
    const { PrefixLists } = await fixture.aws.ec2.send(
      new ec2.DescribeManagedPrefixListsCommand({
        Filters: [
          { Name: "prefix-list-name", Values: ["com.amazonaws.global.*cloudfront.origin-facing"] },
        ],
      }),
    );
    expect(PrefixLists).toMatchObject([{ AddressFamily: "IPv4" }, { AddressFamily: "IPv6" }]);
    const [list4, list6] = (PrefixLists ?? []).map(({ PrefixListId }) => ({
      PrefixListIds: [{ PrefixListId }],
    }));
    await ingress(ipv4(6));
    expect(await fixture.errorOf(() => ingress({ ...list4 }))).toBe(RULE_LIMIT);
    await ingress({ ...list6 });
    await ingress(ipv6(5));
    expect(await fixture.errorOf(() => ingress({ Ipv6Ranges: [{ CidrIpv6: "::/0" }] }))).toBe(
      RULE_LIMIT,
    );
  });

  it("is counted again when a prefix list is resized, and the change fails", async () => {
    const PrefixListId = await prefixList(20);
    await ingress(ipv4(40));
    await ingress({ PrefixListIds: [{ PrefixListId }] });
    const resize = (MaxEntries: number, changes: object = {}) =>
      fixture.aws.ec2.send(
        new ec2.ModifyManagedPrefixListCommand({ PrefixListId, MaxEntries, ...changes }),
      );
    expect((await resize(21)).PrefixList).toMatchObject({
      State: "modify-failed",
      StateMessage: `The resources ${GroupId} do not support 21 entries.`,
      MaxEntries: 20,
    });
    expect((await resize(19)).PrefixList).toMatchObject({
      State: "modify-complete",
      MaxEntries: 19,
    });
    expect(await fixture.errorOf(() => resize(0))).toContain("It must be from 1 to 1000.");
    expect(
      await fixture.errorOf(() =>
        resize(20, { CurrentVersion: 1, AddEntries: [{ Cidr: "198.51.100.0/24" }] }),
      ),
    ).toContain("InvalidParameterCombination");
    await ingress({ IpRanges: [{ CidrIp: "10.0.0.0/8" }] });
  });

  it("applies to a rule that is changed to a prefix list", async () => {
    const PrefixListId = await prefixList(2);
    const { SecurityGroupRules } = await ingress(ipv4(60));
    const change = (): Promise<unknown> =>
      fixture.aws.ec2.send(
        new ec2.ModifySecurityGroupRulesCommand({
          GroupId,
          SecurityGroupRules: [
            {
              SecurityGroupRuleId: SecurityGroupRules?.[0]?.SecurityGroupRuleId,
              SecurityGroupRule: { IpProtocol: "tcp", FromPort: 80, ToPort: 80, PrefixListId },
            },
          ],
        }),
      );
    expect(await fixture.errorOf(change)).toBe(RULE_LIMIT);
  });
});

describe("the quota of routes in a route table", () => {
  const route = (destination: Partial<ec2.CreateRouteRequest>): Promise<unknown> =>
    fixture.aws.ec2.send(
      new ec2.CreateRouteCommand({
        RouteTableId: fixture.network.routeTableIds[0],
        GatewayId: gatewayId,
        ...destination,
      }),
    );
  let gatewayId = "";
  beforeEach(async () => {
    const { InternetGateways } = await fixture.aws.ec2.send(
      new ec2.DescribeInternetGatewaysCommand({
        Filters: [{ Name: "attachment.vpc-id", Values: [fixture.network.vpcId] }],
      }),
    );
    gatewayId = InternetGateways?.[0]?.InternetGatewayId ?? "";
  });

  it("counts a prefix list as its maximum number of entries", async () => {
    await route({ DestinationPrefixListId: await prefixList(500) });
    expect(await fixture.errorOf(() => route({ DestinationCidrBlock: "0.0.0.0/0" }))).toBe(
      "RouteLimitExceeded: The maximum number of routes per route table has been reached.",
    );
  });
});
