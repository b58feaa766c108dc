import type * as ec2 from "@aws-sdk/client-ec2";
import { nameProblem } from "../../../aws/limits.ts";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import {
  addRule,
  allowAllEgress,
  checkDescription,
  permissionsFromRules,
  removeRule,
  rulesOf,
} from "./security-group-rules.ts";
import {
  networkInterfaces,
  type SecurityGroupRule,
  securityGroupRules,
  type SecurityGroup,
  securityGroups,
  type Vpc,
  vpcs,
} from "./tables.ts";
import {
  dependencyViolation,
  filterAndPaginate,
  type FilterValues,
  invalidValue,
  limitExceeded,
  missingParameter,
  requireResource,
  requireResources,
  tagCreatedResource,
  tags,
  tagsOf,
} from "./shared.ts";

/** Creates the default security group of a VPC. It allows traffic between its members, and all egress. */
export function createDefaultSecurityGroup(context: Context, vpc: Vpc): void {
  const row: SecurityGroup = {
    id: context.id("sg"),
    vpcId: vpc.id,
    ...(vpc.isDefault === true ? { ofDefaultVpc: true } : {}),
    name: "default",
    description: "default VPC security group",
  };
  context.in(securityGroups).put(row.id, row);
  addRule(context, { ...allowAllEgress(row.id), isEgress: false, peer: { groupId: row.id } });
  addRule(context, allowAllEgress(row.id));
}

function describe(context: Context, group: SecurityGroup): ec2.SecurityGroup {
  const rules = rulesOf(context, group.id);
  return {
    GroupId: group.id,
    GroupName: group.name,
    Description: group.description,
    VpcId: group.vpcId,
    OwnerId: context.account,
    SecurityGroupArn: context.arn("ec2", `security-group/${group.id}`),
    IpPermissions: permissionsFromRules(
      context,
      rules.filter((rule) => !rule.isEgress),
    ),
    IpPermissionsEgress: permissionsFromRules(
      context,
      rules.filter((rule) => rule.isEgress),
    ),
    Tags: tagsOf(context, group.id),
  };
}

/** Deletes a security group with its rules and their tags. */
export function deleteSecurityGroup(context: Context, id: string): void {
  for (const rule of rulesOf(context, id)) removeRule(context, rule.id);
  context.in(securityGroups).delete(id);
  context.in(tags).delete(id);
}

/** The filters of DescribeSecurityGroups for rules of one direction. Source: Amazon EC2 API Reference, DescribeSecurityGroups. */
function ruleFilters(
  context: Context,
  prefix: string,
  isEgress: boolean,
): FilterValues<SecurityGroup> {
  const valuesOf =
    (read: (rule: SecurityGroupRule) => string | undefined) =>
    (group: SecurityGroup): string[] =>
      rulesOf(context, group.id)
        .filter((rule) => rule.isEgress === isEgress)
        .flatMap((rule) => read(rule) ?? []);
  const peer = (key: string) =>
    valuesOf(({ peer: rulePeer }) => new Map<string, string>(Object.entries(rulePeer)).get(key));
  return {
    [`${prefix}.cidr`]: peer("cidr4"),
    [`${prefix}.ipv6-cidr`]: peer("cidr6"),
    [`${prefix}.prefix-list-id`]: peer("prefixListId"),
    [`${prefix}.group-id`]: peer("groupId"),
    [`${prefix}.protocol`]: valuesOf((rule) => rule.protocol),
    [`${prefix}.from-port`]: valuesOf((rule) => String(rule.from)),
    [`${prefix}.to-port`]: valuesOf((rule) => String(rule.to)),
  };
}

export const securityGroupOperations: Operations = {
  CreateSecurityGroup: operation<ec2.CreateSecurityGroupRequest, ec2.CreateSecurityGroupResult>()(
    ["GroupName", "Description", "VpcId", "TagSpecifications"],
    (context, input) => {
      const vpcId =
        input.VpcId ?? context.in(vpcs).find((otherVpc) => otherVpc.isDefault === true)?.id;
      if (vpcId === undefined) {
        throw new AwsError("VPCIdNotSpecified", "No default VPC for this user");
      }
      const vpc = requireResource(context, vpcs, "vpc", vpcId);
      if (nameProblem("securityGroup", input.GroupName) !== undefined) {
        throw invalidValue(`Value (${input.GroupName}) for parameter GroupName is invalid.`);
      }
      checkDescription(input.Description, "security group");
      if (
        context
          .in(securityGroups)
          .find(
            (securityGroup) =>
              securityGroup.vpcId === vpc.id && securityGroup.name === input.GroupName,
          )
      ) {
        throw new AwsError(
          "InvalidGroup.Duplicate",
          `The security group '${input.GroupName}' already exists for VPC '${vpc.id}'`,
        );
      }
      if (context.in(securityGroups).all().length >= context.settings.quotas.securityGroups)
        throw limitExceeded("SecurityGroup", "security groups");
      const row = {
        id: context.id("sg"),
        vpcId: vpc.id,
        name: input.GroupName,
        description: input.Description,
      };
      context.in(securityGroups).put(row.id, row);
      addRule(context, allowAllEgress(row.id));
      tagCreatedResource(context, row.id, "security-group", input.TagSpecifications);
      return {
        GroupId: row.id,
        SecurityGroupArn: context.arn("ec2", `security-group/${row.id}`),
        Tags: tagsOf(context, row.id),
      };
    },
  ),

  DeleteSecurityGroup: operation<ec2.DeleteSecurityGroupRequest, ec2.DeleteSecurityGroupResult>()(
    ["GroupId"],
    (context, input) => {
      if (input.GroupId === undefined) throw missingParameter("groupId");
      const group = requireResource(context, securityGroups, "sg", input.GroupId);
      if (group.name === "default") {
        throw new AwsError(
          "CannotDelete",
          `the specified group: "${group.id}" name: "default" cannot be deleted by a user`,
        );
      }
      const referencingRule = context
        .in(securityGroupRules)
        .find(
          (rule) =>
            rule.groupId !== group.id && "groupId" in rule.peer && rule.peer.groupId === group.id,
        );
      const networkInterfaceInGroup = context
        .in(networkInterfaces)
        .find((networkInterface) => networkInterface.groupIds.includes(group.id));
      if (referencingRule || networkInterfaceInGroup)
        throw dependencyViolation(`resource ${group.id} has a dependent object`);
      deleteSecurityGroup(context, group.id);
      return { Return: true, GroupId: group.id };
    },
  ),

  DescribeSecurityGroups: operation<
    ec2.DescribeSecurityGroupsRequest,
    ec2.DescribeSecurityGroupsResult
  >()(["GroupIds", "Filters", "MaxResults", "NextToken"], (context, input) => {
    const { items, next } = filterAndPaginate(
      context,
      requireResources(context, securityGroups, "sg", input.GroupIds),
      input,
      {
        "group-id": (securityGroup) => securityGroup.id,
        "group-name": (securityGroup) => securityGroup.name,
        description: (securityGroup) => securityGroup.description,
        "vpc-id": (securityGroup) => securityGroup.vpcId,
        "owner-id": () => context.account,
        ...ruleFilters(context, "ip-permission", false),
        ...ruleFilters(context, "egress.ip-permission", true),
      },
    );
    return { SecurityGroups: items.map((item) => describe(context, item)), NextToken: next };
  }),
};
