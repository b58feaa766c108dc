/** Source: Elastic Load Balancing, "Quotas for your Application Load Balancers". */
export const elbQuotas = {
  loadBalancers: 50,
  targetGroups: 3000,
  listenersPerLoadBalancer: 50,
  rulesPerLoadBalancer: 100,
  certificatesPerLoadBalancer: 25,
  targetGroupsPerLoadBalancer: 100,
} as const;
