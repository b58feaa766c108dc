const quotas = {
  // Source: Amazon VPC User Guide, "Amazon VPC quotas".
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
  // Source: Elastic Load Balancing, "Quotas for your Application Load Balancers".
  loadBalancers: 50,
  targetGroups: 3000,
  listenersPerLoadBalancer: 50,
  rulesPerLoadBalancer: 100,
  certificatesPerLoadBalancer: 25,
  targetGroupsPerLoadBalancer: 100,
  // Source: Amazon ECS Developer Guide, "Amazon ECS service quotas".
  clusters: 10_000,
  servicesPerCluster: 5000,
  /** Fargate On-Demand vCPUs that run at the same time. */
  fargateVcpus: 100,
  // Source: Amazon ECR User Guide, "Amazon ECR service quotas".
  repositories: 100_000,
  // Source: IAM User Guide, "IAM and AWS STS quotas".
  roles: 1000,
  managedPoliciesPerRole: 10,
  policies: 1500,
  // Source: AWS Certificate Manager User Guide, "Quotas".
  domainNamesPerCertificate: 10,
} as const;

/** The name of a quota. A service with quotas that tests may change adds them here. */
export type Quota = keyof typeof quotas;

/** Service quotas, with their values in a new account. */
export const defaultQuotas: Readonly<Record<Quota, number>> = quotas;
