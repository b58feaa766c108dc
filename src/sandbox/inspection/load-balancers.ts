import type * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import { cidr, formatAddress, overlaps } from "../../ip/index.ts";
import type { Context } from "../core/operation.ts";
import type { AccountRegion } from "../core/store.ts";
import { blocksOf } from "../services/ec2/network/rules.ts";
import type { Trace } from "../services/ec2/network/trace.ts";
import type { Sandbox } from "../server.ts";
import { type SecurityGroupRule, securityGroupRules, subnets } from "../services/ec2/tables.ts";
import { services, tasks } from "../services/ecs/tables.ts";
import { nodesOf } from "../services/elasticloadbalancing/health.ts";
import { rulesOf } from "../services/elasticloadbalancing/rules.ts";
import {
  type Listener,
  listeners,
  type LoadBalancer,
  loadBalancers,
  targetsOf,
} from "../services/elasticloadbalancing/tables.ts";
import { type HttpAnswer, sendRequest } from "../services/elasticloadbalancing/traffic.ts";
import { resolveSource, type Source } from "./network.ts";
import { contextsWith, locationOf } from "./resources.ts";

/** An address on the internet. Source: RFC 5737, "IPv4 Address Blocks Reserved for Documentation". */
const INTERNET_CLIENT_ADDRESS = "203.0.113.10";

/** A listener of a load balancer. */
export interface ListenerView extends AccountRegion {
  readonly arn: string;
  readonly loadBalancer: {
    readonly arn: string;
    readonly dnsName: string;
    readonly scheme: "internet-facing" | "internal";
    readonly vpcId: string;
    readonly subnetIds: readonly string[];
    /** The number of Availability Zones. Each has its own node. */
    readonly zoneCount: number;
  };
  readonly port: number;
  /** Such as HTTPS. */
  readonly protocol: string;
  /** ARNs of the target groups in its default action and its rules. */
  readonly targetGroups: readonly string[];
}

/** An HTTP request, as a listener's rules see it. */
export interface TestRequest {
  /** @default the DNS name of the load balancer */
  readonly host?: string;
  /** Path without the query. @default / */
  readonly path?: string;
  /** @default GET */
  readonly method?: string;
  /** Names are in lower case. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** Without the question mark. @default empty */
  readonly query?: string;
}

/** What a client gets for a request. */
export type TestAnswer =
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
      /** The target that responded; absent if the load balancer itself responded. */
      readonly by?: {
        /** The IP address or ID of the target. */
        readonly target: string;
        readonly container: string;
        /** ARN of the task. */
        readonly task?: string;
        /** ARN of the task's service. */
        readonly service?: string;
      };
    }
  /** The connection times out. */
  | { readonly kind: "no-response"; readonly trace: Trace };

/** A client that the load balancer allows, or the reason why the sandbox has no such client. */
export type AllowedClient =
  /** The load balancer allows all addresses. */
  | { readonly kind: "internet"; readonly from: Source }
  /** An address in a block that the load balancer allows. */
  | { readonly kind: "block"; readonly from: Source; readonly block: string }
  /** A client in the VPC, with the security groups that the load balancer allows. */
  | { readonly kind: "vpc"; readonly from: Source; readonly securityGroupIds: readonly string[] }
  /** The load balancer allows only addresses outside of its VPC, for example of another network. */
  | { readonly kind: "outside-vpc"; readonly blocks: readonly string[] }
  /** The load balancer has no subnet. */
  | { readonly kind: "no-subnet" };

interface FoundListener {
  readonly context: Context;
  readonly listener: Listener;
  readonly balancer: LoadBalancer;
}

function requireListener(sandbox: Sandbox, arn: string): FoundListener {
  const context = sandbox.contextFor(locationOf(arn));
  const listener = context.in(listeners).get(arn);
  const balancer = context.in(loadBalancers).get(listener?.loadBalancerArn ?? "");
  if (!listener || !balancer) throw new TypeError(`the listener ${arn} does not exist`);
  return { context, listener, balancer };
}

export const listenersOf = (sandbox: Sandbox): ListenerView[] =>
  contextsWith(sandbox, listeners).flatMap((context) =>
    context
      .in(listeners)
      .all()
      .flatMap((listener): ListenerView[] => {
        const balancer = context.in(loadBalancers).get(listener.loadBalancerArn);
        if (!balancer) return [];
        const { arn, dnsName, scheme, vpcId, subnetIds } = balancer;
        const actions = [
          ...listener.actions,
          ...rulesOf(context, listener.arn).flatMap((rule) => rule.actions),
        ];
        return [
          {
            account: context.account,
            region: context.region,
            arn: listener.arn,
            loadBalancer: {
              arn,
              dnsName,
              scheme,
              vpcId,
              subnetIds,
              zoneCount: nodesOf(context, arn).length,
            },
            port: listener.port,
            protocol: listener.protocol,
            targetGroups: [...new Set(actions.flatMap(targetsOf))],
          },
        ];
      }),
  );

/** A text that matches a pattern with wildcards. */
const matching = (pattern: string): string => pattern.replaceAll("*", "x").replaceAll("?", "x");

/** A request that matches the conditions of a rule. */
function requestMatching(
  dnsName: string,
  conditions: readonly elb.RuleCondition[],
): Required<TestRequest> {
  const values = (field: string, key: keyof elb.RuleCondition): string | undefined => {
    const config = conditions.find((condition) => condition.Field === field)?.[key];
    return typeof config === "object" && "Values" in config
      ? config.Values?.map(String)[0]
      : undefined;
  };
  const header = conditions.find(
    (condition) => condition.Field === "http-header",
  )?.HttpHeaderConfig;
  const query = conditions.find((condition) => condition.Field === "query-string")
    ?.QueryStringConfig?.Values?.[0];
  return {
    host: matching(values("host-header", "HostHeaderConfig") ?? dnsName),
    path: matching(values("path-pattern", "PathPatternConfig") ?? "/"),
    method: values("http-request-method", "HttpRequestMethodConfig") ?? "GET",
    headers: header?.HttpHeaderName
      ? { [header.HttpHeaderName.toLowerCase()]: matching(header.Values?.[0] ?? "") }
      : {},
    query: query ? `${query.Key ?? "x"}=${matching(query.Value ?? "")}` : "",
  };
}

/** One request for the default action of a listener, and one for each of its rules. */
export function requestsFor(sandbox: Sandbox, listenerArn: string): Required<TestRequest>[] {
  const { context, listener, balancer } = requireListener(sandbox, listenerArn);
  const requests = [
    requestMatching(balancer.dnsName, []),
    ...rulesOf(context, listener.arn).map((rule) =>
      requestMatching(balancer.dnsName, rule.conditions),
    ),
  ];
  const seen = new Set<string>();
  return requests.filter((request) => {
    const key = JSON.stringify(request);
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}

const coversPort = (rule: SecurityGroupRule, port: number): boolean =>
  rule.protocol === "-1" || (rule.protocol === "tcp" && rule.from <= port && port <= rule.to);

/** The second address of a CIDR block; of a block with one or two addresses the first. */
const addressIn = (block: string): string => {
  const { base, prefix } = cidr(block);
  return formatAddress(prefix >= 31 ? base : base + 1);
};

/** A client of a listener: on the internet if the load balancer allows all sources, else an allowed source. */
export function allowedClient(sandbox: Sandbox, listenerArn: string): AllowedClient {
  const { context, listener, balancer } = requireListener(sandbox, listenerArn);
  const allowRules = context
    .in(securityGroupRules)
    .filter(
      (rule) =>
        !rule.isEgress &&
        balancer.groupIds.includes(rule.groupId) &&
        coversPort(rule, listener.port),
    );
  const blocks = allowRules.flatMap(({ peer }) =>
    "cidr4" in peer
      ? [peer.cidr4]
      : "prefixListId" in peer
        ? [...blocksOf(context, peer.prefixListId)]
        : [],
  );
  const isPublic = balancer.scheme === "internet-facing";
  if (isPublic && (blocks.includes("0.0.0.0/0") || allowRules.length === 0))
    return { kind: "internet", from: { internet: INTERNET_CLIENT_ADDRESS } };
  const [block] = blocks;
  if (isPublic && block !== undefined)
    return { kind: "block", from: { internet: addressIn(block) }, block };
  const securityGroupIds = allowRules.flatMap(({ peer }) =>
    "groupId" in peer ? [peer.groupId] : [],
  );
  const allowedSubnet = context
    .in(subnets)
    .find(
      (subnet) =>
        subnet.vpcId === balancer.vpcId &&
        blocks.some((other) => overlaps(cidr(subnet.cidr), cidr(other))),
    );
  if (allowedSubnet === undefined && blocks.length > 0 && securityGroupIds.length === 0)
    return { kind: "outside-vpc", blocks };
  const subnet = allowedSubnet ?? context.in(subnets).get(balancer.subnetIds[0] ?? "");
  return subnet
    ? { kind: "vpc", from: { subnetId: subnet.id, securityGroupIds }, securityGroupIds }
    : { kind: "no-subnet" };
}

function viewAnswer(context: Context, answer: HttpAnswer): TestAnswer {
  if (answer.kind === "no-response") return answer;
  const { by, ...rest } = answer;
  if (!by) return rest;
  const task = context.in(tasks).find((row) => row.arn === by.task);
  const service =
    task &&
    context
      .in(services)
      .find((row) => row.name === task.serviceName && row.clusterName === task.clusterName);
  return {
    ...rest,
    by: {
      target: by.target.id,
      container: by.container,
      ...(task ? { task: task.arn } : {}),
      ...(service ? { service: service.arn } : {}),
    },
  };
}

/** Sends a request to a listener. The state of the sandbox does not change. */
export function sendTestRequest(
  sandbox: Sandbox,
  listenerArn: string,
  options: TestRequest & { readonly from?: Source; readonly turn?: number },
): TestAnswer {
  const { context, listener, balancer } = requireListener(sandbox, listenerArn);
  const {
    from = { internet: INTERNET_CLIENT_ADDRESS },
    turn: requestNumber = 0,
    host = balancer.dnsName,
    path = "/",
    method = "GET",
    headers = {},
    query = "",
  } = options;
  // The network interface of a new client is rolled back.
  return sandbox.store.dryRun(() => {
    const source = resolveSource(sandbox, from);
    const client = typeof source === "string" ? source : source.networkInterface;
    const request = { host, path, method, headers, query, from: client, requestNumber };
    return viewAnswer(context, sendRequest(context, listener, request));
  });
}
