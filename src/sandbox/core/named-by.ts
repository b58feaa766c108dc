/**
 * Whether a name or ARN in a request names a resource. An ARN of another kind, region or account names another resource,
 * although its last part is the same.
 */
export const isNamedBy = ({ arn }: { readonly arn: string }, nameOrArn: string): boolean =>
  !nameOrArn.startsWith("arn:") || nameOrArn === arn;
