/** Source: Amazon ECR User Guide, "Amazon ECR service quotas". */
export const ecrQuotas = { repositories: 100_000 } as const;
