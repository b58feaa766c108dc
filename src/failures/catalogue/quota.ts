/** Service quotas of an account. */
export const quotaFailures = {
  "Q-01": {
    title: "Tasks need more vCPUs than the account's quota",
    fix: "Request a higher quota from AWS",
  },
  "Q-02": {
    title: "Elastic IP address quota is exceeded",
    fix: "Use one NAT gateway, or request a higher quota from AWS",
  },
  "Q-03": {
    title: "A VPC quota is exceeded",
    fix: "Delete resources that are not needed, or request a higher quota from AWS",
  },
  "Q-04": {
    title: "A rule quota is exceeded",
    fix: "Use fewer rules: combine CIDR blocks, or allow a security group. A rule with a prefix list counts as the maximum number of entries of the list",
  },
} as const;
