import { permissionsFor } from "../../sandbox/authorization/required-permissions.ts";
import type { ObservedCall } from "../../sandbox/http/call-record.ts";
import type { Sandbox } from "../../sandbox/server.ts";

/** Calls that need no permission. Source: AWS STS API Reference, GetCallerIdentity. */
const FREE = new Set(["sts:GetCallerIdentity"]);

/** The ends of ARNs that AWS makes up: each run has others. */
const MADE_UP: readonly (readonly [RegExp, string])[] = [
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

const lasting = (arn: string): string => {
  const made = MADE_UP.find(([pattern]) => pattern.test(arn));
  return made ? arn.replace(made[0], made[1]) : arn;
};

/** An IAM policy, as JSON has it. */
export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly {
    readonly Effect: "Allow";
    readonly Action: readonly string[];
    readonly Resource: readonly string[];
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  }[];
}

/** Keeps which action was called on what. */
export class Recorder {
  /** Resources by action. */
  readonly #asked = new Map<string, Set<string>>();
  readonly #passed = new Map<string, Set<string>>();
  readonly #sandbox: Sandbox;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  see({ service, operation, input, account, region, error }: ObservedCall): void {
    if (error === "NotImplemented" || operation === "" || FREE.has(`${service}:${operation}`))
      return;
    const context = this.#sandbox.contextFor({ account, region });
    for (const { action, resource, conditions } of permissionsFor(
      context,
      service,
      operation,
      input,
    )) {
      const to = conditions["iam:PassedToService"];
      if (to === undefined) this.#keep(action, resource);
      else this.#passed.set(to, (this.#passed.get(to) ?? new Set()).add(resource));
    }
  }

  #keep(action: string, resource: string): void {
    const resources = this.#asked.get(action) ?? new Set();
    this.#asked.set(action, resources.add(lasting(resource)));
  }

  /** The least policy that lets these calls through. Ids that AWS makes up are wildcards. */
  policy(): PolicyDocument {
    const byResources = new Map<string, string[]>();
    for (const [action, resources] of this.#asked) {
      const key = JSON.stringify(resources.has("*") ? ["*"] : [...resources].sort());
      byResources.set(key, [...(byResources.get(key) ?? []), action]);
    }
    const statements = [...byResources]
      .map(([resources, actions]) => ({
        Effect: "Allow" as const,
        Action: actions.sort(),
        Resource: JSON.parse(resources) as string[], // written above
      }))
      .sort((a, b) => ((a.Action[0] ?? "") < (b.Action[0] ?? "") ? -1 : 1));
    const passes = [...this.#passed].map(([service, roles]) => ({
      Effect: "Allow" as const,
      Action: ["iam:PassRole"],
      Resource: [...roles].sort(),
      Condition: { StringEquals: { "iam:PassedToService": service } },
    }));
    return { Version: "2012-10-17", Statement: [...statements, ...passes] };
  }
}
