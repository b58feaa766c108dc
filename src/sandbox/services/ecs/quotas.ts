/** Source: Amazon ECS Developer Guide, "Amazon ECS service quotas". */
export const ecsQuotas = {
  clusters: 10_000,
  servicesPerCluster: 5000,
  /** Fargate On-Demand vCPUs that run at the same time. */
  fargateVcpus: 100,
} as const;
