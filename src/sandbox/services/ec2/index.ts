import type { Service } from "../../core/service.ts";
import { accountOperations } from "./account.ts";
import { inAccountWithDefaultVpc } from "./default-vpc.ts";
import { dhcpOptionsOperations } from "./dhcp-options.ts";
import { egressOnlyGatewayOperations } from "./egress-only-gateways.ts";
import { flowLogOperations } from "./flow-logs.ts";
import { internetGatewayOperations } from "./internet-gateways.ts";
import { natGatewayOperations } from "./nat-gateways.ts";
import { networkAclOperations } from "./network-acls.ts";
import { networkInterfaceOperations } from "./network-interfaces.ts";
import { peeringOperations } from "./peerings.ts";
import { prefixListOperations } from "./prefix-lists.ts";
import { isWithinRouteQuota, routeTableOperations } from "./route-tables.ts";
import { isWithinRuleQuota, securityGroupRuleOperations } from "./security-group-rules.ts";
import { securityGroupOperations } from "./security-groups.ts";
import { subnetOperations } from "./subnets.ts";
import { taggingOperations } from "./tagging.ts";
import { vpcEndpointOperations } from "./vpc-endpoints.ts";
import { vpcOperations } from "./vpcs.ts";
import { ec2Permissions, ec2Resources } from "./permissions.ts";
import { routeTables } from "./tables.ts";
import { ec2TagRules } from "./tag-rules.ts";

export const service: Service = {
  name: "ec2",
  tagRules: ec2TagRules,
  permissions: ec2Permissions,
  resources: ec2Resources,
  unsupportedMembers: {
    UserIdGroupPair: ["GroupName", "PeeringStatus", "VpcId", "VpcPeeringConnectionId"],
  },
  operations: inAccountWithDefaultVpc({
    ...accountOperations,
    ...dhcpOptionsOperations,
    ...egressOnlyGatewayOperations,
    ...flowLogOperations,
    ...internetGatewayOperations,
    ...natGatewayOperations,
    ...networkAclOperations,
    ...networkInterfaceOperations,
    ...peeringOperations,
    ...prefixListOperations((context, id) => {
      const routeTable = context.in(routeTables).get(id);
      return routeTable
        ? isWithinRouteQuota(context, routeTable.routes)
        : isWithinRuleQuota(context, id);
    }),
    ...routeTableOperations,
    ...securityGroupOperations,
    ...securityGroupRuleOperations,
    ...subnetOperations,
    ...taggingOperations,
    ...vpcEndpointOperations,
    ...vpcOperations,
  }),
};
