/** KMS keys and key policies. */
export const kmsFailures = {
  "KMS-01": {
    title: "KMS key policy does not allow CloudWatch Logs to use the key of the log group",
    fix: "Allow logs.<region>.amazonaws.com in the key policy, for this log group's ARN",
  },
  "KMS-02": {
    title: "The repository's KMS key cannot be used",
    fix: "Enable the key, and allow the principal that creates the repository to use the key and to create grants",
  },
  "KMS-03": {
    title: "KMS key policy does not allow the roles of the account",
    fix: "Allow the account's root in the key policy, or the execution role by name",
  },
  "KMS-05": {
    title: "KMS key is disabled or pending deletion",
    fix: "Enable the key or cancel its deletion, or use another key",
  },
  "KMS-06": {
    title: "Key policy would lock out the principal that sets it",
    fix: "Keep the statement for the account's root",
  },
} as const;
