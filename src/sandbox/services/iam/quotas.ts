/** Source: IAM User Guide, "IAM and AWS STS quotas". */
export const iamQuotas = { roles: 1000, managedPoliciesPerRole: 10, policies: 1500 } as const;
