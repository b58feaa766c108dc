import {
  type PlanModel,
  type AttributePath,
  type ResolvedReferences,
  type Resource,
  isUnknown,
  Unknown,
} from "../plan/index.ts";
import { securityGroupsAt } from "./security-group-keys.ts";
import {
  mergeReferences,
  type PartiallyKnown,
  type Subnet,
  SUBNET_TYPES,
  subnetsIn,
} from "./subnets.ts";

export const LOAD_BALANCER_TYPES: readonly string[] = ["aws_lb", "aws_alb"];
export const TARGET_GROUP_TYPES: readonly string[] = [
  "aws_lb_target_group",
  "aws_alb_target_group",
];
export const LISTENER_TYPES: readonly string[] = ["aws_lb_listener", "aws_alb_listener"];
export const LISTENER_RULE_TYPES: readonly string[] = [
  "aws_lb_listener_rule",
  "aws_alb_listener_rule",
];

/** An action of a listener or of a listener rule. */
export interface ListenerAction {
  /** The listener or the listener rule. */
  readonly resource: Resource;
  readonly type: string | Unknown;
  readonly targetGroups: ResolvedReferences;
  /** Target groups that receive its requests; the others only may do so, because the plan does not determine one of them. */
  readonly certainTargets: ReadonlySet<Resource>;
  /** Port of a redirect; "same" keeps the port of the request. */
  readonly redirectsTo?: number | "same";
}

export interface Listener {
  readonly resource: Resource;
  readonly port: number | Unknown;
  readonly protocol: string | Unknown;
  /** The default actions, and the actions of the listener's rules. */
  readonly actions: readonly ListenerAction[];
}

export interface LoadBalancer {
  readonly resource: Resource;
  readonly isInternal: boolean | Unknown;
  readonly type: string | Unknown;
  readonly subnets: PartiallyKnown<Subnet>;
  readonly securityGroups: PartiallyKnown<string>;
  /**
   * True for a Network Load Balancer without security groups: nothing filters its packets. Source: Elastic Load Balancing, "Update the
   * security groups for your Network Load Balancer".
   */
  readonly hasNoSecurityGroups: boolean;
  readonly listeners: readonly Listener[];
}

/** The load balancers that a plan manages. */
export function loadBalancersOf(plan: PlanModel): LoadBalancer[] {
  return plan
    .resourcesOfType(...LOAD_BALANCER_TYPES)
    .filter((resource) => resource.mode === "managed")
    .map((resource) => loadBalancerOf(plan, resource));
}

function loadBalancerOf(plan: PlanModel, resource: Resource): LoadBalancer {
  const mappingPaths = resource.blockPaths("subnet_mapping");
  const mappings = isUnknown(mappingPaths)
    ? []
    : mappingPaths.map((path) => resource.referencesTo(SUBNET_TYPES, ...path, "subnet_id"));
  const { items, unknown } = subnetsIn(
    plan,
    mergeReferences(
      mappings.length > 0 ? mappings : [resource.referencesTo(SUBNET_TYPES, "subnets")],
    ),
  );
  // Each block of a dynamic subnet_mapping refers to the subnets of all blocks.
  const unique = new Map(items.map((subnet) => [subnet.key, subnet]));
  const subnets = { items: mappings.length > 0 ? [...unique.values()] : items, unknown };
  const internal = resource.value("internal");
  const type = resource.text("load_balancer_type") ?? "application";
  const groups = resource.value("security_groups");
  const hasNoSecurityGroups =
    type === "network" &&
    (isUnknown(groups)
      ? !resource.isConfigured("security_groups")
      : !resource.isSet("security_groups"));
  return {
    resource,
    subnets,
    isInternal: isUnknown(internal)
      ? plan.isConfigured(resource, "internal")
        ? internal
        : false
      : internal === true,
    type,
    securityGroups: hasNoSecurityGroups
      ? { items: [], unknown: [] }
      : securityGroupsAt(resource, subnets.items[0]?.vpc, "security_groups"),
    hasNoSecurityGroups,
    listeners: plan
      .referrersOf(resource, LISTENER_TYPES, LOAD_BALANCER_TYPES, "load_balancer_arn")
      .map((listener) => listenerOf(plan, listener, type)),
  };
}

/**
 * Terraform creates a listener of an application load balancer with HTTP if it has no protocol.
 * Source: Terraform Registry, `aws_lb_listener`, and the source of the provider (resourceListenerCreate).
 */
function protocolOf(
  plan: PlanModel,
  resource: Resource,
  loadBalancerType: string | Unknown,
): string | Unknown {
  const protocol = resource.text("protocol");
  const isDefault =
    plan.planJson.kind === "plan" &&
    loadBalancerType === "application" &&
    isUnknown(protocol) &&
    !plan.isConfigured(resource, "protocol");
  return isDefault ? "HTTP" : (protocol ?? "HTTP");
}

function listenerOf(
  plan: PlanModel,
  resource: Resource,
  loadBalancerType: string | Unknown,
): Listener {
  const port = resource.number("port");
  return {
    resource,
    port: port ?? new Unknown(resource.address, "port", "is not set"),
    protocol: protocolOf(plan, resource, loadBalancerType),
    actions: [
      ...actionsAt(resource, "default_action"),
      ...plan
        .referrersOf(resource, LISTENER_RULE_TYPES, LISTENER_TYPES, "listener_arn")
        .flatMap((rule) => actionsAt(rule, "action")),
    ],
  };
}

function actionsAt(resource: Resource, name: string): ListenerAction[] {
  const blocks = resource.blockPaths(name);
  if (isUnknown(blocks))
    return [
      {
        resource,
        type: blocks,
        targetGroups: { references: [], externalIds: [], unknown: [blocks] },
        certainTargets: new Set(),
      },
    ];
  return blocks.map((path) => actionAt(resource, path));
}

function actionAt(resource: Resource, path: AttributePath): ListenerAction {
  const type = resource.text(...path, "type");
  const redirectPort = resource.text(...path, "redirect", 0, "port");
  // An action of another type may still contain the target group of an earlier forward action.
  const isForward = type === undefined || type === "forward" || isUnknown(type);
  const targetGroups = isForward
    ? targetGroupPaths(resource, path).map((targetPath) =>
        resource.referencesTo(TARGET_GROUP_TYPES, ...targetPath),
      )
    : [];
  return {
    resource,
    type: type ?? "forward",
    targetGroups: mergeReferences(targetGroups),
    certainTargets: new Set(
      targetGroups.flatMap(({ references: [target, ...others] }) =>
        target && others.length === 0 ? [target.resource] : [],
      ),
    ),
    ...(type === "redirect" && !isUnknown(redirectPort)
      ? {
          redirectsTo:
            redirectPort === undefined || redirectPort === "#{port}"
              ? ("same" as const)
              : Number(redirectPort),
        }
      : {}),
  };
}

/** Paths of the target group ARNs of an action: the short form, and the forward blocks. */
function targetGroupPaths(resource: Resource, path: AttributePath): AttributePath[] {
  const forwards = resource.blockPaths(...path, "forward");
  return [
    [...path, "target_group_arn"],
    ...(isUnknown(forwards)
      ? []
      : forwards.flatMap((forward) => {
          const groups = resource.blockPaths(...forward, "target_group");
          return isUnknown(groups)
            ? [[...forward, "target_group"]]
            : groups.map((group) => [...group, "arn"]);
        })),
  ];
}

/** The health check port of a target group; "traffic-port" is the port of the target. */
export function healthCheckPort(targetGroup: Resource): number | "traffic-port" | Unknown {
  // Terraform plans a block that is not configured as known after apply; AWS then uses the defaults.
  if (isUnknown(targetGroup.value("health_check")) && !targetGroup.isConfigured("health_check"))
    return "traffic-port";
  const port = targetGroup.text("health_check", 0, "port");
  if (isUnknown(port)) return port;
  return port === undefined || port === "traffic-port" ? "traffic-port" : Number(port);
}

/** A load balancer that sends requests to a target group, and the listener that does. */
export interface Sender {
  readonly loadBalancer: LoadBalancer;
  readonly listener: Listener;
}

const sendersByTargetGroup = new WeakMap<readonly LoadBalancer[], Map<Resource, Sender[]>>();

/** The load balancers that send requests to a target group, one for each listener that does. */
export function sendersTo(
  loadBalancers: readonly LoadBalancer[],
  targetGroup: Resource,
): readonly Sender[] {
  let senders = sendersByTargetGroup.get(loadBalancers);
  if (!senders) {
    senders = new Map<Resource, Sender[]>();
    for (const loadBalancer of loadBalancers)
      for (const listener of loadBalancer.listeners) {
        const references = listener.actions.flatMap((action) => action.targetGroups.references);
        for (const resource of new Set(references.map((reference) => reference.resource)))
          senders.set(resource, [...(senders.get(resource) ?? []), { loadBalancer, listener }]);
      }
    sendersByTargetGroup.set(loadBalancers, senders);
  }
  return senders.get(targetGroup) ?? [];
}
