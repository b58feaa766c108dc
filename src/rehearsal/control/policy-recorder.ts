import type { ObservedCall } from "../../sandbox/index.ts";
import type { Inspection } from "../../sandbox/inspection/index.ts";

/** Calls that require no permission. Source: AWS STS API Reference, GetCallerIdentity. */
const CALLS_WITHOUT_PERMISSION = new Set(["sts:GetCallerIdentity"]);

/** ARNs with a part that AWS generates, and the pattern for the policy: each run has other IDs. */
const GENERATED_IDS: readonly (readonly [RegExp, string])[] = [
  [/^(arn:[^:]+:ec2:.*\/[a-z]+)-[0-9a-f]{8,17}$/, "$1-*"],
  [/^(arn:[^:]+:kms:.*:key\/).*$/, "$1*"],
  [
    /^(arn:[^:]+:elasticloadbalancing:.*:(?:loadbalancer|listener|listener-rule|targetgroup)\/.*?)(?:\/[0-9a-f]{16})+$/,
    "$1/*",
  ],
  [/^(arn:[^:]+:secretsmanager:.*:secret:.*)-[A-Za-z0-9]{6}$/, "$1-??????"],
  [/^(arn:[^:]+:acm:.*:certificate\/).*$/, "$1*"],
  [/^(arn:[^:]+:route53:::(?:hostedzone|change)\/).*$/, "$1*"],
  [/^(arn:[^:]+:servicediscovery:.*:(?:namespace|service)\/).*$/, "$1*"],
  [/^(arn:[^:]+:ecs:.*:task\/[^/]+\/).*$/, "$1*"],
  [/^(arn:[^:]+:ecs:.*:task-definition\/[^:]+):\d+$/, "$1:*"],
];

const withoutGeneratedId = (arn: string): string => {
  const rule = GENERATED_IDS.find(([pattern]) => pattern.test(arn));
  return rule ? arn.replace(rule[0], rule[1]) : arn;
};

/** An IAM policy in its JSON form. */
export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly {
    readonly Effect: "Allow";
    readonly Action: readonly string[];
    readonly Resource: readonly string[];
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  }[];
}

/** Records which actions Terraform calls on which resources. */
export class PolicyRecorder {
  /** Resources by action. */
  readonly #resources = new Map<string, Set<string>>();
  /** Roles that are passed, by the service that receives them. */
  readonly #passedRoles = new Map<string, Set<string>>();
  readonly #inspection: Inspection;

  constructor(inspection: Inspection) {
    this.#inspection = inspection;
  }

  observeCall({ service, operation, input, account, region, error }: ObservedCall): void {
    if (
      error === "NotImplemented" ||
      operation === "" ||
      CALLS_WITHOUT_PERMISSION.has(`${service}:${operation}`)
    )
      return;
    const call = { service, operation, input, account, region };
    for (const { action, resource, conditions } of this.#inspection.requiredPermissions(call)) {
      const passedTo = conditions["iam:PassedToService"];
      if (passedTo === undefined) this.#add(action, resource);
      else
        this.#passedRoles.set(
          passedTo,
          (this.#passedRoles.get(passedTo) ?? new Set()).add(resource),
        );
    }
  }

  #add(action: string, resource: string): void {
    const resources = this.#resources.get(action) ?? new Set();
    this.#resources.set(action, resources.add(withoutGeneratedId(resource)));
  }

  /** The smallest policy that allows the recorded calls. IDs that AWS generates are wildcards. */
  policy(): PolicyDocument {
    const byResources = new Map<string, string[]>();
    for (const [action, resources] of this.#resources) {
      const key = JSON.stringify(resources.has("*") ? ["*"] : [...resources].sort());
      byResources.set(key, [...(byResources.get(key) ?? []), action]);
    }
    const statements = [...byResources]
      .map(([resources, actions]) => ({
        Effect: "Allow" as const,
        Action: actions.sort(),
        Resource: JSON.parse(resources) as string[], // JSON.stringify has created the key above
      }))
      .sort((a, b) => ((a.Action[0] ?? "") < (b.Action[0] ?? "") ? -1 : 1));
    const passes = [...this.#passedRoles].map(([service, roles]) => ({
      Effect: "Allow" as const,
      Action: ["iam:PassRole"],
      Resource: [...roles].sort(),
      Condition: { StringEquals: { "iam:PassedToService": service } },
    }));
    return { Version: "2012-10-17", Statement: [...statements, ...passes] };
  }
}
