import type { PlanModel } from "../plan/plan-model.ts";
import { isUnknown, Unknown } from "../plan/unknown.ts";
import type { AttributePath, Resource, ResolvedReferences } from "../plan/resource.ts";
import { groupsAt } from "./security-groups.ts";
import { type PartiallyKnown, type Subnet, SUBNETS, subnetsIn } from "./subnets.ts";

export const BALANCERS: readonly string[] = ["aws_lb", "aws_alb"];
export const TARGET_GROUPS: readonly string[] = ["aws_lb_target_group", "aws_alb_target_group"];
export const LISTENERS: readonly string[] = ["aws_lb_listener", "aws_alb_listener"];
export const RULES: readonly string[] = ["aws_lb_listener_rule", "aws_alb_listener_rule"];

/** What a listener or a rule of it does. */
export interface Action {
  readonly from: Resource;
  readonly type: string | Unknown;
  readonly groups: ResolvedReferences;
  readonly redirectsTo?: number | "same";
}

export interface Listener {
  readonly resource: Resource;
  readonly port: number | Unknown;
  readonly protocol: string | Unknown;
  /** What it does by default, and what its rules do. */
  readonly actions: readonly Action[];
}

export interface LoadBalancer {
  readonly resource: Resource;
  readonly isInternal: boolean | Unknown;
  readonly type: string | Unknown;
  readonly subnets: PartiallyKnown<Subnet>;
  readonly groups: PartiallyKnown<string>;
  readonly listeners: readonly Listener[];
}

function actionsAt(from: Resource, name: string): Action[] {
  const blocks = from.blockPaths(name);
  if (isUnknown(blocks))
    return [{ from, type: blocks, groups: { references: [], externalIds: [], unknown: [blocks] } }];
  return blocks.map((path) => {
    const type = from.text(...path, "type");
    const forward = from.blockPaths(...path, "forward");
    const paths: AttributePath[] = [
      [...path, "target_group_arn"],
      ...(isUnknown(forward)
        ? []
        : forward.flatMap((otherPath) => {
            const groups = from.blockPaths(...otherPath, "target_group");
            return isUnknown(groups)
              ? [[...otherPath, "target_group"]]
              : groups.map((group) => [...group, "arn"]);
          })),
    ];
    // What a group was named for before may still stand beside another type of action.
    const sends = type === undefined || type === "forward" || isUnknown(type);
    const targets = sends
      ? paths.map((otherPath) => from.referencesTo(TARGET_GROUPS, ...otherPath))
      : [];
    const redirect = from.text(...path, "redirect", 0, "port");
    return {
      from,
      type: type ?? "forward",
      groups: {
        references: targets.flatMap((target) => target.references),
        externalIds: targets.flatMap((target) => target.externalIds),
        unknown: targets.flatMap((target) => target.unknown),
      },
      ...(type === "redirect" && !isUnknown(redirect)
        ? {
            redirectsTo:
              redirect === undefined || redirect === "#{port}"
                ? ("same" as const)
                : Number(redirect),
          }
        : {}),
    };
  });
}

export function loadBalancersOf(plan: PlanModel): LoadBalancer[] {
  return plan
    .resourcesOfType(...BALANCERS)
    .filter((resource) => resource.mode === "managed")
    .map((resource) => {
      const mapped = resource.blockPaths("subnet_mapping");
      const mappings = isUnknown(mapped)
        ? []
        : mapped.map((path) => resource.referencesTo(SUBNETS, ...path, "subnet_id"));
      const named = mappings.length > 0 ? [] : [resource.referencesTo(SUBNETS, "subnets")];
      const targets = [...named, ...mappings];
      const subnets = subnetsIn(plan, {
        references: targets.flatMap((target) => target.references),
        externalIds: targets.flatMap((target) => target.externalIds),
        unknown: targets.flatMap((target) => target.unknown),
      });
      const internal = resource.value("internal");
      return {
        resource,
        subnets,
        isInternal: isUnknown(internal)
          ? plan.isConfigured(resource, "internal")
            ? internal
            : false
          : internal === true,
        type: resource.text("load_balancer_type") ?? "application",
        groups: groupsAt(resource, subnets.items[0]?.vpc, "security_groups"),
        listeners: plan
          .referrersOf(resource, LISTENERS, BALANCERS, "load_balancer_arn")
          .map((otherResource) => {
            const port = otherResource.number("port");
            return {
              resource: otherResource,
              port: port ?? new Unknown(otherResource.address, "port", "is not said"),
              protocol: otherResource.text("protocol") ?? (port === 443 ? "HTTPS" : "HTTP"),
              actions: [
                ...actionsAt(otherResource, "default_action"),
                ...plan
                  .referrersOf(otherResource, RULES, LISTENERS, "listener_arn")
                  .flatMap((rule) => actionsAt(rule, "action")),
              ],
            };
          }),
      };
    });
}

/** Health check of a target group: the port, where it is one of its own. */
export function healthPort(group: Resource): number | "traffic-port" | Unknown {
  // A block that nobody writes is known after apply, and has AWS's defaults.
  if (isUnknown(group.value("health_check")) && !group.isConfigured("health_check"))
    return "traffic-port";
  const port = group.text("health_check", 0, "port");
  if (isUnknown(port)) return port;
  return port === undefined || port === "traffic-port" ? "traffic-port" : Number(port);
}

interface Sender {
  readonly balancer: LoadBalancer;
  readonly listener: Listener;
}

const senders = new WeakMap<readonly LoadBalancer[], Map<Resource, Sender[]>>();

/** Load balancers that send to a target group, and the listeners by which they do. */
export function sendersTo(balancers: readonly LoadBalancer[], group: Resource): readonly Sender[] {
  let index = senders.get(balancers);
  if (!index) {
    index = new Map<Resource, Sender[]>();
    for (const balancer of balancers)
      for (const listener of balancer.listeners) {
        const references = listener.actions.flatMap((action) => action.groups.references);
        for (const resource of new Set(references.map((reference) => reference.resource)))
          index.set(resource, [...(index.get(resource) ?? []), { balancer, listener }]);
      }
    senders.set(balancers, index);
  }
  return index.get(group) ?? [];
}
