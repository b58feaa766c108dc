import type * as ec2 from "@aws-sdk/client-ec2";
import { securityGroupDescription } from "../../../aws/limits.ts";
import { ownProperty } from "../../core/own-property.ts";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { awsPrefixLists, prefixListWeight } from "./prefix-lists.ts";
import {
  managedPrefixLists,
  type SecurityGroupRule,
  type RulePeer,
  securityGroupRules,
  securityGroups,
  vpcs,
} from "./tables.ts";
import {
  parseCidrBlock,
  parseIpv6CidrBlock,
  filterAndPaginate,
  invalidValue,
  limitExceeded,
  missingParameter,
  requireResource,
  requireResources,
  tagCreatedResource,
  tags,
  tagsOf,
} from "./shared.ts";

/** Direction of a rule, seen from the network interfaces in the group. */
type Direction = "ingress" | "egress";

const directionOf = (rule: SecurityGroupRule): Direction => (rule.isEgress ? "egress" : "ingress");

/** The rules of a security group, in both directions. */
export const rulesOf = (context: Context, groupId: string): SecurityGroupRule[] =>
  context.in(securityGroupRules).filter((rule) => rule.groupId === groupId);

/** Stores a rule with a new ID. A rule in a default VPC is marked, as its group is. */
export function addRule(context: Context, rule: Omit<SecurityGroupRule, "id">): SecurityGroupRule {
  const { ofDefaultVpc = false } = context.in(securityGroups).get(rule.groupId) ?? {};
  const row = { ...rule, id: context.id("sgr"), ...(ofDefaultVpc ? { ofDefaultVpc } : {}) };
  return context.in(securityGroupRules).put(row.id, row);
}

/** The rule that EC2 adds to every new security group: egress to all IPv4 addresses. */
export const allowAllEgress = (groupId: string): Omit<SecurityGroupRule, "id"> => ({
  groupId,
  isEgress: true,
  protocol: "-1",
  from: -1,
  to: -1,
  peer: { cidr4: "0.0.0.0/0" },
});

const PROTOCOLS: Readonly<Record<string, string>> = {
  "6": "tcp",
  "17": "udp",
  "1": "icmp",
  "58": "icmpv6",
};
const PROTOCOL_NAMES: ReadonlySet<string> = new Set(["-1", "icmp", "icmpv6", "tcp", "udp"]);

/**
 * The name of a protocol, or its number if EC2 has no name for it.
 *
 * Sources: Amazon EC2 API Reference, IpPermission; of the text, aws/aws-cli#508 and hashicorp/terraform-provider-aws#1793.
 *
 * @throws AwsError InvalidParameterValue
 */
function protocolOf(text: string): string {
  const protocol = ownProperty(PROTOCOLS, text) ?? text.toLowerCase();
  const isNumber = /^\d{1,3}$/.test(protocol) && Number(protocol) <= 255;
  if (!isNumber && !PROTOCOL_NAMES.has(protocol))
    throw invalidValue(`Invalid value '${text}' for IP protocol. Unknown protocol.`);
  return protocol;
}

/**
 * Checks the description of a security group or of a rule. Only a rule can have an empty one.
 *
 * Source of the texts: aws-cloudformation/cfn-lint#173 (rules) and cds-snc/notification-terraform#561 (groups).
 *
 * @throws AwsError InvalidParameterValue
 */
export function checkDescription(text: string | undefined, kind: "rule" | "security group"): void {
  const isUnset = text === undefined || (text === "" && kind === "rule");
  if (isUnset || securityGroupDescription.test(text)) return;
  throw invalidValue(
    `Invalid ${kind} description. Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*`,
  );
}

const peerKey = (peer: RulePeer): string => Object.entries(peer).flat().join("=");
const isSameRule = (a: Omit<SecurityGroupRule, "id">, b: Omit<SecurityGroupRule, "id">): boolean =>
  a.groupId === b.groupId &&
  a.isEgress === b.isEgress &&
  a.protocol === b.protocol &&
  a.from === b.from &&
  a.to === b.to &&
  peerKey(a.peer) === peerKey(b.peer);

/** A rule as EC2's error for a duplicate rule shows it. */
function describeForError(rule: Omit<SecurityGroupRule, "id">): string {
  const peer = String(Object.values(rule.peer)[0]);
  const ports = rule.protocol === "-1" ? "" : `, from port: ${rule.from}, to port: ${rule.to}`;
  return `"peer: ${peer}, ${rule.protocol === "-1" ? "ALL" : rule.protocol.toUpperCase()}${ports}, ALLOW"`;
}

function checkPeer(context: Context, peer: RulePeer, vpcId: string): void {
  if ("groupId" in peer) {
    const other = context.in(securityGroups).get(peer.groupId);
    if (!other)
      throw new AwsError(
        "InvalidGroup.NotFound",
        `The security group '${peer.groupId}' does not exist`,
      );
    if (other.vpcId !== vpcId) {
      throw new AwsError(
        "InvalidGroup.NotFound",
        `You have specified two resources that belong to different networks.`,
      );
    }
  }
  if (
    "prefixListId" in peer &&
    !awsPrefixLists(context.region).some((awsPrefixList) => awsPrefixList.id === peer.prefixListId)
  ) {
    requireResource(context, managedPrefixLists, "pl", peer.prefixListId);
  }
}

/** Splits permissions into rules: one rule for each peer. */
function rulesFromPermissions(
  context: Context,
  groupId: string,
  direction: Direction,
  permissions: readonly ec2.IpPermission[],
): Omit<SecurityGroupRule, "id">[] {
  return permissions.flatMap((permission) => {
    const isForeign = ({ UserId }: ec2.UserIdGroupPair): boolean =>
      UserId !== undefined && UserId !== "" && UserId !== context.account;
    if (permission.UserIdGroupPairs?.some(isForeign) === true)
      throw notImplemented("rules for a security group of another account");
    if (permission.IpProtocol === undefined) throw missingParameter("ipProtocol");
    const protocol = protocolOf(permission.IpProtocol);
    const isAllProtocols = protocol === "-1";
    if (
      !isAllProtocols &&
      ["tcp", "udp"].includes(protocol) &&
      (permission.FromPort === undefined || permission.ToPort === undefined)
    ) {
      throw invalidValue(
        `Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.`,
      );
    }
    const base = {
      groupId,
      isEgress: direction === "egress",
      protocol,
      from: isAllProtocols ? -1 : (permission.FromPort ?? -1),
      to: isAllProtocols ? -1 : (permission.ToPort ?? -1),
    };
    if (
      ["tcp", "udp"].includes(protocol) &&
      (base.from < 0 || base.to > 65_535 || base.from > base.to)
    ) {
      throw invalidValue(`Invalid value '${base.from}-${base.to}' for portRange.`);
    }
    const describedBy = (Description: string | undefined): { description?: string } => {
      checkDescription(Description, "rule");
      return Description === undefined ? {} : { description: Description };
    };
    const peers: [RulePeer, string | undefined][] = [
      ...(permission.IpRanges ?? []).map((ipRange): [RulePeer, string | undefined] => [
        { cidr4: parseCidrBlock(ipRange.CidrIp ?? "", "cidrIp").text },
        ipRange.Description,
      ]),
      ...(permission.Ipv6Ranges ?? []).map((ipv6Range): [RulePeer, string | undefined] => [
        { cidr6: parseIpv6CidrBlock(ipv6Range.CidrIpv6 ?? "", "cidrIpv6") },
        ipv6Range.Description,
      ]),
      ...(permission.PrefixListIds ?? []).map((prefixListId): [RulePeer, string | undefined] => [
        { prefixListId: prefixListId.PrefixListId ?? "" },
        prefixListId.Description,
      ]),
      ...(permission.UserIdGroupPairs ?? []).map(
        (userIdGroupPair): [RulePeer, string | undefined] => [
          { groupId: userIdGroupPair.GroupId ?? "" },
          userIdGroupPair.Description,
        ],
      ),
    ];
    return peers.map(([peer, description]) => ({ ...base, peer, ...describedBy(description) }));
  });
}

function describeRule(context: Context, rule: SecurityGroupRule): ec2.SecurityGroupRule {
  const { peer } = rule;
  return {
    SecurityGroupRuleId: rule.id,
    SecurityGroupRuleArn: context.arn("ec2", `security-group-rule/${rule.id}`),
    GroupId: rule.groupId,
    GroupOwnerId: context.account,
    IsEgress: rule.isEgress,
    IpProtocol: rule.protocol,
    FromPort: rule.from,
    ToPort: rule.to,
    ...("cidr4" in peer ? { CidrIpv4: peer.cidr4 } : {}),
    ...("cidr6" in peer ? { CidrIpv6: peer.cidr6 } : {}),
    ...("prefixListId" in peer ? { PrefixListId: peer.prefixListId } : {}),
    ...("groupId" in peer
      ? { ReferencedGroupInfo: { GroupId: peer.groupId, UserId: context.account } }
      : {}),
    ...(rule.description === undefined ? {} : { Description: rule.description }),
    Tags: tagsOf(context, rule.id),
  };
}

/** Groups rules into permissions: one permission for each protocol and port range, as DescribeSecurityGroups shows them. */
export function permissionsFromRules(
  context: Context,
  rules: readonly SecurityGroupRule[],
): ec2.IpPermission[] {
  const byRange = new Map<string, SecurityGroupRule[]>();
  for (const rule of rules) {
    const key = `${rule.protocol}/${rule.from}/${rule.to}`;
    byRange.set(key, [...(byRange.get(key) ?? []), rule]);
  }
  return [...byRange.values()].map((group) => {
    const [first] = group;
    const describedBy = ({ description }: SecurityGroupRule): { Description?: string } =>
      description === undefined ? {} : { Description: description };
    return {
      IpProtocol: first?.protocol,
      ...(first?.protocol === "-1" ? {} : { FromPort: first?.from, ToPort: first?.to }),
      IpRanges: group.flatMap((rule) =>
        "cidr4" in rule.peer ? [{ CidrIp: rule.peer.cidr4, ...describedBy(rule) }] : [],
      ),
      Ipv6Ranges: group.flatMap((rule) =>
        "cidr6" in rule.peer ? [{ CidrIpv6: rule.peer.cidr6, ...describedBy(rule) }] : [],
      ),
      PrefixListIds: group.flatMap((rule) =>
        "prefixListId" in rule.peer
          ? [{ PrefixListId: rule.peer.prefixListId, ...describedBy(rule) }]
          : [],
      ),
      UserIdGroupPairs: group.flatMap((rule) =>
        "groupId" in rule.peer
          ? [{ GroupId: rule.peer.groupId, UserId: context.account, ...describedBy(rule) }]
          : [],
      ),
    };
  });
}

/** How many IPv4 and IPv6 rules a rule counts as. Source: Amazon VPC User Guide, "Security group rules", Security group size. */
function weightOf(context: Context, { peer }: Pick<SecurityGroupRule, "peer">) {
  if ("cidr4" in peer) return { ipv4: 1, ipv6: 0 };
  if ("cidr6" in peer) return { ipv4: 0, ipv6: 1 };
  if ("groupId" in peer) return { ipv4: 1, ipv6: 1 };
  const { family, weight } = prefixListWeight(context, peer.prefixListId);
  return family === "IPv4" ? { ipv4: weight, ipv6: 0 } : { ipv4: 0, ipv6: weight };
}

/**
 * Checks the number of rules of a security group. The quota applies to each direction and to each of IPv4 and IPv6.
 *
 * Source: Amazon VPC User Guide, "Amazon VPC quotas", Inbound or outbound rules per security group.
 *
 * @throws AwsError RulesPerSecurityGroupLimitExceeded
 */
function checkRuleCount(context: Context, groupId: string): void {
  if (!isWithinRuleQuota(context, groupId))
    throw limitExceeded("RulesPerSecurityGroup", "rules per security group");
}

/** Whether the rules of a security group are within the quota. */
export function isWithinRuleQuota(context: Context, groupId: string): boolean {
  const rules = rulesOf(context, groupId).map((rule) => ({
    direction: directionOf(rule),
    ...weightOf(context, rule),
  }));
  const countOf = (direction: Direction, family: "ipv4" | "ipv6"): number =>
    rules.reduce((sum, rule) => sum + (rule.direction === direction ? rule[family] : 0), 0);
  const counts = (["ingress", "egress"] as const).flatMap((direction) =>
    (["ipv4", "ipv6"] as const).map((family) => countOf(direction, family)),
  );
  return Math.max(...counts) <= context.settings.quotas.rulesPerSecurityGroup;
}

interface RuleInput {
  readonly GroupId?: string | undefined;
  readonly IpPermissions?: ec2.IpPermission[] | undefined;
  readonly TagSpecifications?: ec2.TagSpecification[] | undefined;
}

function authorize(
  context: Context,
  direction: Direction,
  input: RuleInput,
): ec2.AuthorizeSecurityGroupIngressResult {
  if (input.GroupId === undefined) throw missingParameter("groupId");
  const group = requireResource(context, securityGroups, "sg", input.GroupId);
  const newRules = rulesFromPermissions(context, group.id, direction, input.IpPermissions ?? []);
  if (newRules.length === 0) throw missingParameter("ipPermissions");
  const created = newRules.map((rule) => {
    checkPeer(context, rule.peer, group.vpcId);
    if (rulesOf(context, group.id).some((otherRule) => isSameRule(otherRule, rule))) {
      throw new AwsError(
        "InvalidPermission.Duplicate",
        `the specified rule ${describeForError(rule)} already exists`,
      );
    }
    const row = addRule(context, rule);
    tagCreatedResource(context, row.id, "security-group-rule", input.TagSpecifications);
    return row;
  });
  checkRuleCount(context, group.id);
  return { Return: true, SecurityGroupRules: created.map((rule) => describeRule(context, rule)) };
}

/** Deletes a rule and its tags. */
export function removeRule(context: Context, id: string): void {
  context.in(securityGroupRules).delete(id);
  context.in(tags).delete(id);
}

const describeRevoked = (rule: SecurityGroupRule): ec2.RevokedSecurityGroupRule => ({
  SecurityGroupRuleId: rule.id,
  GroupId: rule.groupId,
  IsEgress: rule.isEgress,
  IpProtocol: rule.protocol,
  FromPort: rule.from,
  ToPort: rule.to,
  ...("cidr4" in rule.peer ? { CidrIpv4: rule.peer.cidr4 } : {}),
  ...("cidr6" in rule.peer ? { CidrIpv6: rule.peer.cidr6 } : {}),
  ...("prefixListId" in rule.peer ? { PrefixListId: rule.peer.prefixListId } : {}),
  ...("groupId" in rule.peer ? { ReferencedGroupId: rule.peer.groupId } : {}),
  ...(rule.description === undefined ? {} : { Description: rule.description }),
});

function revoke(
  context: Context,
  direction: Direction,
  input: RuleInput & { readonly SecurityGroupRuleIds?: string[] | undefined },
): ec2.RevokeSecurityGroupIngressResult {
  if (input.GroupId === undefined) throw missingParameter("groupId");
  const group = requireResource(context, securityGroups, "sg", input.GroupId);
  const revoked: SecurityGroupRule[] = [];
  for (const id of input.SecurityGroupRuleIds ?? []) {
    const rule = requireResource(context, securityGroupRules, "sgr", id);
    if (rule.groupId !== group.id || directionOf(rule) !== direction) {
      throw new AwsError(
        "InvalidSecurityGroupRuleId.NotFound",
        `The security group rule ID '${id}' does not exist`,
      );
    }
    removeRule(context, id);
    revoked.push(rule);
  }
  const unknown: ec2.IpPermission[] = [];
  for (const permission of input.IpPermissions ?? []) {
    for (const expectedRule of rulesFromPermissions(context, group.id, direction, [permission])) {
      const rule = rulesOf(context, group.id).find((otherRule) =>
        isSameRule(otherRule, expectedRule),
      );
      if (rule) {
        removeRule(context, rule.id);
        revoked.push(rule);
      } else unknown.push(permission);
    }
  }
  // Sources: Amazon EC2 API Reference, RevokeSecurityGroupIngress; of the text, cloud-custodian/cloud-custodian#9656.
  if (unknown.length > 0 && context.in(vpcs).get(group.vpcId)?.isDefault !== true)
    throw new AwsError(
      "InvalidPermission.NotFound",
      "The specified rule does not exist in this security group.",
    );
  return {
    Return: true,
    ...(unknown.length > 0 ? { UnknownIpPermissions: unknown } : {}),
    RevokedSecurityGroupRules: revoked.map(describeRevoked),
  };
}

export const securityGroupRuleOperations: Operations = {
  DescribeSecurityGroupRules: operation<
    ec2.DescribeSecurityGroupRulesRequest,
    ec2.DescribeSecurityGroupRulesResult
  >()(["SecurityGroupRuleIds", "Filters", "MaxResults", "NextToken"], (context, input) => {
    const { items, next } = filterAndPaginate(
      context,
      requireResources(context, securityGroupRules, "sgr", input.SecurityGroupRuleIds),
      input,
      { "group-id": (rule) => rule.groupId, "security-group-rule-id": (rule) => rule.id },
    );
    return {
      SecurityGroupRules: items.map((item) => describeRule(context, item)),
      NextToken: next,
    };
  }),

  AuthorizeSecurityGroupIngress: operation<
    ec2.AuthorizeSecurityGroupIngressRequest,
    ec2.AuthorizeSecurityGroupIngressResult
  >()(["GroupId", "IpPermissions", "TagSpecifications"], (context, input) =>
    authorize(context, "ingress", input),
  ),

  AuthorizeSecurityGroupEgress: operation<
    ec2.AuthorizeSecurityGroupEgressRequest,
    ec2.AuthorizeSecurityGroupEgressResult
  >()(["GroupId", "IpPermissions", "TagSpecifications"], (context, input) =>
    authorize(context, "egress", input),
  ),

  RevokeSecurityGroupIngress: operation<
    ec2.RevokeSecurityGroupIngressRequest,
    ec2.RevokeSecurityGroupIngressResult
  >()(["GroupId", "IpPermissions", "SecurityGroupRuleIds"], (context, input) =>
    revoke(context, "ingress", input),
  ),

  RevokeSecurityGroupEgress: operation<
    ec2.RevokeSecurityGroupEgressRequest,
    ec2.RevokeSecurityGroupEgressResult
  >()(["GroupId", "IpPermissions", "SecurityGroupRuleIds"], (context, input) =>
    revoke(context, "egress", input),
  ),

  ModifySecurityGroupRules: operation<
    ec2.ModifySecurityGroupRulesRequest,
    ec2.ModifySecurityGroupRulesResult
  >()(["GroupId", "SecurityGroupRules"], (context, input) => {
    const group = requireResource(context, securityGroups, "sg", input.GroupId);
    for (const { SecurityGroupRuleId: id, SecurityGroupRule: change } of input.SecurityGroupRules) {
      const rule = requireResource(context, securityGroupRules, "sgr", id ?? "");
      const peer: RulePeer | undefined =
        change?.CidrIpv4 !== undefined
          ? { cidr4: parseCidrBlock(change.CidrIpv4, "cidrIpv4").text }
          : change?.CidrIpv6 !== undefined
            ? { cidr6: parseIpv6CidrBlock(change.CidrIpv6, "cidrIpv6") }
            : change?.PrefixListId !== undefined
              ? { prefixListId: change.PrefixListId }
              : change?.ReferencedGroupId !== undefined
                ? { groupId: change.ReferencedGroupId }
                : undefined;
      if (!peer) throw missingParameter("CidrIpv4");
      const { CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupId } = change ?? {};
      const peers = [CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupId];
      // Source: Amazon EC2 API Reference, SecurityGroupRuleRequest. No public source of the text is known.
      if (peers.filter((value) => value !== undefined).length > 1)
        throw invalidValue(
          "You can specify only one of CidrIpv4, CidrIpv6, PrefixListId and ReferencedGroupId.",
        );
      checkDescription(change?.Description, "rule");
      checkPeer(context, peer, group.vpcId);
      const { description: _, ...ruleWithoutDescription } = rule;
      context.in(securityGroupRules).put(rule.id, {
        ...ruleWithoutDescription,
        protocol: protocolOf(change?.IpProtocol ?? rule.protocol),
        from: change?.FromPort ?? rule.from,
        to: change?.ToPort ?? rule.to,
        peer,
        ...(change?.Description === undefined ? {} : { description: change.Description }),
      });
    }
    checkRuleCount(context, group.id);
    return { Return: true };
  }),
};
