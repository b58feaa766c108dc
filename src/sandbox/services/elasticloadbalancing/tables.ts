import type * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError } from "../../protocol/errors.ts";
import type { Context } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/tables.ts";
import { checkAttributeValue } from "./attribute-values.ts";

export interface LoadBalancer {
  readonly arn: string;
  readonly name: string;
  readonly dnsName: string;
  readonly scheme: "internet-facing" | "internal";
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly groupIds: readonly string[];
  readonly ipAddressType: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly created: Date;
}

export interface TargetGroup {
  readonly arn: string;
  readonly name: string;
  readonly protocol: string;
  readonly protocolVersion: string;
  readonly port: number;
  readonly vpcId: string;
  readonly targetType: "instance" | "ip" | "lambda";
  readonly healthCheck: {
    readonly enabled: boolean;
    readonly protocol: string;
    readonly port: string;
    readonly path: string;
    readonly matcher: string;
    readonly intervalSeconds: number;
    readonly timeoutSeconds: number;
    readonly healthy: number;
    readonly unhealthy: number;
  };
  readonly ipAddressType: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Listener {
  readonly arn: string;
  readonly loadBalancerArn: string;
  readonly port: number;
  readonly protocol: string;
  readonly sslPolicy?: string;
  readonly certificateArn?: string;
  /** Certificates in addition to the default certificate. */
  readonly moreCertificates?: readonly string[];
  readonly actions: readonly elb.Action[];
  readonly attributes: Readonly<Record<string, string>>;
}

/** A rule of a listener, without the default rule. */
export interface ListenerRule {
  readonly arn: string;
  readonly listenerArn: string;
  readonly priority: number;
  readonly conditions: readonly elb.RuleCondition[];
  readonly actions: readonly elb.Action[];
}

export interface Target {
  readonly groupArn: string;
  /** An IP address, an instance ID or an ARN. */
  readonly id: string;
  readonly port: number;
  readonly zone?: string;
  readonly registered: Date;
  /** Start of the deregistration. Since then the target gets no new requests. */
  readonly draining?: Date;
}

export const loadBalancers: TableKey<LoadBalancer> = table("elasticloadbalancing/load-balancer");
export const targetGroups: TableKey<TargetGroup> = table("elasticloadbalancing/target-group");
export const listeners: TableKey<Listener> = table("elasticloadbalancing/listener");
export const listenerRules: TableKey<ListenerRule> = table("elasticloadbalancing/rule");
export const targets: TableKey<Target> = table("elasticloadbalancing/target", {
  exists: (row) => row.draining === undefined,
});
export const elbTags: TableKey<Readonly<Record<string, string>>> = table(
  "elasticloadbalancing/tags",
  { exists: () => false, mayBeEmpty: true },
);

/** Error codes: Elastic Load Balancing API Reference, "Common errors" and each operation's page. */
export function requireLoadBalancer(context: Context, arn: string): LoadBalancer {
  const row = context.in(loadBalancers).get(arn);
  if (!row) throw new AwsError("LoadBalancerNotFound", `Load balancer '${arn}' not found`);
  return row;
}

export function requireTargetGroup(context: Context, arn: string): TargetGroup {
  const row = context.in(targetGroups).get(arn);
  if (!row) throw new AwsError("TargetGroupNotFound", `Target groups '${arn}' not found`);
  return row;
}

export function requireListener(context: Context, arn: string): Listener {
  const row = context.in(listeners).get(arn);
  if (!row) throw new AwsError("ListenerNotFound", `One or more listeners not found`);
  return row;
}

export const attributeList = (
  map: Readonly<Record<string, string>>,
): { Key: string; Value: string }[] => Object.entries(map).map(([Key, Value]) => ({ Key, Value }));

/** Attributes after a change. Unknown attributes and invalid values are rejected. */
export function changedAttributes(
  before: Readonly<Record<string, string>>,
  changes: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[],
  kind: string,
): Record<string, string> {
  const after = { ...before };
  for (const { Key = "", Value = "" } of changes) {
    if (!Object.hasOwn(before, Key)) {
      throw new AwsError("ValidationError", `${kind} attribute key '${Key}' is not recognized`);
    }
    checkAttributeValue(kind, Key, Value);
    after[Key] = Value;
  }
  return after;
}

/** The target groups to which an action forwards. */
export function targetsOf(action: elb.Action): string[] {
  const forwarded = (action.ForwardConfig?.TargetGroups ?? []).flatMap(
    (targetGroup) => targetGroup.TargetGroupArn ?? [],
  );
  return [
    ...new Set([
      ...(action.TargetGroupArn === undefined ? [] : [action.TargetGroupArn]),
      ...forwarded,
    ]),
  ];
}

export const targetKey = (groupArn: string, id: string, port: number): string =>
  `${groupArn}|${id}|${port}`;

/** The load balancers that forward to a target group by a default action or a rule. */
export function loadBalancersOf(context: Context, targetGroupArn: string): string[] {
  const forwardsToGroup = (actions: readonly elb.Action[]): boolean =>
    actions.flatMap(targetsOf).includes(targetGroupArn);
  const listenersWithRule = new Set(
    context
      .in(listenerRules)
      .filter((rule) => forwardsToGroup(rule.actions))
      .map((rule) => rule.listenerArn),
  );
  const usingListeners = context
    .in(listeners)
    .filter((listener) => forwardsToGroup(listener.actions) || listenersWithRule.has(listener.arn));
  return [...new Set(usingListeners.map((listener) => listener.loadBalancerArn))];
}
