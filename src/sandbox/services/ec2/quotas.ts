/** Source: Amazon VPC User Guide, "Amazon VPC quotas". */
export const ec2Quotas = {
  /** VPCs per region. */
  vpcs: 5,
  /** IPv4 CIDR blocks per VPC. */
  cidrBlocksPerVpc: 5,
  subnetsPerVpc: 200,
  internetGateways: 5,
  routeTablesPerVpc: 200,
  routesPerTable: 500,
  securityGroups: 2500,
  /** Rules of one direction in a security group. */
  rulesPerSecurityGroup: 60,
  securityGroupsPerInterface: 5,
  networkAclsPerVpc: 200,
  /** Rules of one direction in a network ACL. */
  rulesPerNetworkAcl: 20,
  /** NAT gateways per availability zone. */
  natGatewaysPerZone: 5,
  /** Elastic IP addresses per region. */
  addresses: 5,
  interfaceEndpointsPerVpc: 50,
  gatewayEndpoints: 20,
} as const;
