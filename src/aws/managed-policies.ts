import { managedPolicyDocuments } from "./managed-policy-documents.ts";

/** The default version of an AWS managed policy. */
export interface AwsManagedPolicy {
  /** Such as v3. */
  readonly version: string;
  readonly document: string;
}

/** AWS managed policies by the part of the ARN after "policy/". AWS has more policies. */
export const awsManagedPolicies: ReadonlyMap<string, AwsManagedPolicy> = new Map(
  Object.entries(managedPolicyDocuments).map(([name, [version, document]]) => [
    name,
    { version, document },
  ]),
);

/** The AWS managed policy with an ARN; undefined if it is not among {@link awsManagedPolicies}. */
export function awsManagedPolicy(arn: string): AwsManagedPolicy | undefined {
  const name = /^arn:[^:]+:iam::aws:policy\/(.+)$/.exec(arn)?.[1];
  return name === undefined ? undefined : awsManagedPolicies.get(name);
}
