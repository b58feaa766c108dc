/** The rule for names of a resource: length, pattern, and a description of the pattern. */
export interface NameRule {
  readonly min: number;
  readonly max: number;
  readonly pattern: RegExp;
  readonly description: string;
  readonly source: string;
}

/** Resources whose names AWS limits. */
export type NamedResource =
  | "loadBalancer"
  | "targetGroup"
  | "logGroup"
  | "repository"
  | "cluster"
  | "keyAlias"
  | "securityGroup"
  | "parameter"
  | "namespace"
  | "role";

/** Name rules, each with the title of the AWS page that states it. */
export const nameRules: Readonly<Record<NamedResource, NameRule>> = {
  loadBalancer: {
    min: 1,
    max: 32,
    pattern: /^(?!internal-)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/,
    description:
      'letters, digits and hyphens, no hyphen at either end, not starting with "internal-"',
    source: "Elastic Load Balancing API Reference: CreateLoadBalancer",
  },
  targetGroup: {
    min: 1,
    max: 32,
    pattern: /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/,
    description: "letters, digits and hyphens, no hyphen at either end",
    source: "Elastic Load Balancing API Reference: CreateTargetGroup",
  },
  logGroup: {
    min: 1,
    max: 512,
    pattern: /^[.\-_/#A-Za-z0-9]+$/,
    description: "letters, digits and . - _ / #",
    source: "CloudWatch Logs API Reference: CreateLogGroup",
  },
  repository: {
    min: 2,
    max: 256,
    pattern: /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/,
    description: "lower-case letters and digits, joined by single . _ - or /",
    source: "Amazon ECR API Reference: CreateRepository",
  },
  cluster: {
    min: 1,
    max: 255,
    pattern: /^[A-Za-z0-9_-]+$/,
    description: "letters, digits, hyphens and underscores",
    source: "Amazon ECS API Reference: CreateCluster",
  },
  keyAlias: {
    min: 1,
    max: 250,
    pattern: /^(?!aws\/)[A-Za-z0-9/_-]+$/,
    description: 'letters, digits and / _ -, not starting with "aws/"',
    source: "AWS KMS API Reference: CreateAlias",
  },
  securityGroup: {
    min: 1,
    max: 255,
    pattern: /^(?!sg-)[A-Za-z0-9 ._\-:/()#,@[\]+=&;{}!$*]+$/,
    description: 'letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*, not starting with "sg-"',
    source: "Amazon EC2 API Reference: CreateSecurityGroup",
  },
  parameter: {
    min: 1,
    max: 1011,
    pattern: /^\/(?!(aws|ssm)(\/|$))[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+){0,14}$/i,
    description: 'a path of letters, digits and _ . -, starting with "/", not under /aws or /ssm',
    source: "AWS Systems Manager API Reference: PutParameter",
  },
  namespace: {
    min: 1,
    max: 1024,
    pattern: /^[!-~]{1,1024}$/,
    description: "printable characters without spaces",
    source: "AWS Cloud Map API Reference: CreateHttpNamespace",
  },
  role: {
    min: 1,
    max: 64,
    pattern: /^[A-Za-z0-9+=,.@_-]+$/,
    description: "letters, digits and + = , . @ _ -",
    source: "AWS IAM API Reference: CreateRole",
  },
};

/** Describes why AWS rejects a name; undefined if AWS accepts it. */
export function nameProblem(kind: NamedResource, name: string): string | undefined {
  const rule = nameRules[kind];
  if (name.length < rule.min || name.length > rule.max) {
    return `"${name}" is ${name.length} characters long; AWS accepts ${rule.min} to ${rule.max}`;
  }
  return rule.pattern.test(name)
    ? undefined
    : `"${name}" is not accepted by AWS: ${rule.description}`;
}

/** The description of a security group or of a rule of it. Source: Amazon EC2 API Reference: CreateSecurityGroup, IpRange. */
export const securityGroupDescription: RegExp = /^[A-Za-z0-9 ._\-:/()#,@[\]+=&;{}!$*]{1,255}$/;

/** Retention periods of CloudWatch Logs in days; 0 means that events never expire. Source: CloudWatch Logs API Reference, PutRetentionPolicy. */
export const retentionDays: readonly number[] = [
  0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
  3288, 3653,
];

/** Tag limits. Source: AWS "Tagging your AWS resources": naming limits and requirements. */
export const tagLimits: { readonly count: number; readonly key: number; readonly value: number } = {
  count: 50,
  key: 128,
  value: 256,
};
