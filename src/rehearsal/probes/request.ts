import { cidr, formatAddress, overlaps } from "../../ip/cidr.ts";
import type * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import { blocksOf } from "../../sandbox/network/rules.ts";
import type { Sandbox } from "../../sandbox/server.ts";
import type { Context } from "../../sandbox/core/operation.ts";
import { createInterface } from "../../sandbox/services/ec2/network-interfaces.ts";
import {
  type NetworkInterface,
  type Rule,
  rules,
  securityGroups,
  type Subnet,
  subnets,
} from "../../sandbox/services/ec2/tables.ts";
import {
  type Listener,
  listeners,
  type LoadBalancer,
  loadBalancers,
} from "../../sandbox/services/elasticloadbalancing/tables.ts";
import { nodesOf } from "../../sandbox/services/elasticloadbalancing/health.ts";
import { rulesOf } from "../../sandbox/services/elasticloadbalancing/rules.ts";
import {
  type HttpAnswer,
  sendRequest,
} from "../../sandbox/services/elasticloadbalancing/traffic.ts";
import { services, tasks } from "../../sandbox/services/ecs/tables.ts";
import { finding, ofLostVisit } from "../diagnosis/failure-identification.ts";
import type { AddressIndex } from "../diagnosis/address-index.ts";
import type { Finding, TestRequestResult } from "../result.ts";

/** Somebody on the internet. Source: RFC 5737, blocks for documentation. */
const INTERNET_CLIENT_ADDRESS = "203.0.113.10";

interface Visitor {
  /** Absent where nobody can ask from there. */
  readonly from?: string | NetworkInterface;
  readonly words: string;
}

const coversPort = (rule: Rule, port: number): boolean =>
  rule.protocol === "-1" || (rule.protocol === "tcp" && rule.from <= port && port <= rule.to);

/** An address in a block, not its first. */
const within = (block: string): string => {
  const { base, prefix } = cidr(block);
  return formatAddress(prefix >= 31 ? base : base + 1);
};

/**
 * Who would visit a listener: somebody on the internet where the load balancer admits everybody, else whom it admits.
 */
function visitorOf(context: Context, balancer: LoadBalancer, port: number): Visitor {
  const admits = context
    .in(rules)
    .filter(
      (rule) =>
        !rule.isEgress && balancer.groupIds.includes(rule.groupId) && coversPort(rule, port),
    );
  const blocks = admits.flatMap(({ peer }) =>
    "cidr4" in peer
      ? [peer.cidr4]
      : "prefixListId" in peer
        ? [...blocksOf(context, peer.prefixListId)]
        : [],
  );
  const isPublic = balancer.scheme === "internet-facing";
  if (isPublic && (blocks.includes("0.0.0.0/0") || admits.length === 0))
    return { from: INTERNET_CLIENT_ADDRESS, words: "the internet" };
  const groups = admits.flatMap(({ peer }) => ("groupId" in peer ? [peer.groupId] : []));
  const [block] = blocks;
  if (isPublic && block !== undefined)
    return { from: within(block), words: `${block}, whom the load balancer admits` };
  const near = context.in(subnets).filter((subnet) => subnet.vpcId === balancer.vpcId);
  const inside = near.find((subnet) =>
    blocks.some((other) => overlaps(cidr(subnet.cidr), cidr(other))),
  );
  if (inside === undefined && blocks.length > 0 && groups.length === 0)
    return { words: `${blocks.join(", ")}, which is not in the VPC` };
  const home = inside ?? context.in(subnets).get(balancer.subnetIds[0] ?? "");
  if (!home) return { words: "a subnet that is gone" };
  return {
    from: insider(context, home, groups),
    words: groups.length > 0 ? `a client in ${groups.join(", ")}` : "inside the VPC",
  };
}

const OPEN = "sg-0c11e47000000000a";

/** A client in the VPC: in the groups that the load balancer admits, and in one that lets everything out. */
function insider(context: Context, subnet: Subnet, groups: readonly string[]): NetworkInterface {
  const { vpcId } = subnet;
  const description = "a client of the rehearsal's";
  context.in(securityGroups).put(OPEN, { id: OPEN, vpcId, name: "client", description });
  context.in(rules).put("sgr-client", {
    id: "sgr-client",
    groupId: OPEN,
    isEgress: true,
    protocol: "-1",
    from: -1,
    to: -1,
    peer: { cidr4: "0.0.0.0/0" },
  });
  return createInterface(context, subnet, {
    type: "interface",
    description,
    groupIds: [OPEN, ...groups],
  });
}

interface Wish {
  readonly host: string;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: string;
}

const filled = (pattern: string): string => pattern.replaceAll("*", "x").replaceAll("?", "x");

/** A request that fits the conditions of a rule. */
function fitting(dnsName: string, conditions: readonly elb.RuleCondition[]): Wish {
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
    host: filled(values("host-header", "HostHeaderConfig") ?? dnsName),
    path: filled(values("path-pattern", "PathPatternConfig") ?? "/"),
    method: values("http-request-method", "HttpRequestMethodConfig") ?? "GET",
    headers: header?.HttpHeaderName
      ? { [header.HttpHeaderName.toLowerCase()]: filled(header.Values?.[0] ?? "") }
      : {},
    query: query ? `${query.Key ?? "x"}=${filled(query.Value ?? "")}` : "",
  };
}

/** Ways in which a listener is asked: once as anybody would, and once for each of its rules. */
function wishesOf(context: Context, listener: Listener, dnsName: string): Wish[] {
  const wishes = [
    fitting(dnsName, []),
    ...rulesOf(context, listener.arn).map((rule) => fitting(dnsName, rule.conditions)),
  ];
  const seen = new Set<string>();
  return wishes.filter((wish) => {
    const key = JSON.stringify(wish);
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}

/** Who answered, in words: a container of a service, or the load balancer itself. */
function answererOf(context: Context, names: AddressIndex, answer: HttpAnswer | undefined): string {
  if (answer === undefined) return "not asked";
  if (answer.kind === "no-response") return "nobody";
  const task = context.in(tasks).find((otherTask) => otherTask.arn === answer.by?.task);
  if (!task) return answer.by ? `a target at ${answer.by.target.id}` : "the load balancer";
  const service = context
    .in(services)
    .find(
      (ecsService) =>
        ecsService.name === task.serviceName && ecsService.clusterName === task.clusterName,
    );
  return `${answer.by?.container} of ${names.show(service?.arn ?? task.arn)}`;
}

function findingOf(
  context: Context,
  names: AddressIndex,
  listener: Listener,
  visitor: Visitor,
  answer: HttpAnswer | undefined,
): Finding | undefined {
  if (answer === undefined) return undefined;
  const where = names.show(listener.arn);
  if (answer.kind === "no-response") {
    const { hops, stopped } = answer.trace;
    return finding(ofLostVisit(answer.trace), {
      step: "reaching the load balancer",
      message: "the client waits until it gives up",
      address: where,
      connection: { from: visitor.words, to: `${where}:${listener.port}` },
      path: [...hops, ...(stopped ? [stopped] : [])].map((hop) => names.step(hop)),
    });
  }
  const { status, headers } = answer;
  const location = headers["location"];
  if (location !== undefined) {
    const port = /^https?:\/\/[^/:]+:(\d+)/.exec(location)?.[1];
    const isServed = context
      .in(listeners)
      .find(
        (otherListener) =>
          otherListener.loadBalancerArn === listener.loadBalancerArn &&
          String(otherListener.port) === port,
      );
    const isOwn = location.includes(".elb.");
    return isServed || !isOwn
      ? undefined
      : finding("ALB-16", {
          step: "following the redirect",
          message: `${status} ${location}`,
          address: where,
        });
  }
  if (status < 500 || answer.by) return undefined;
  return {
    step: "forwarding the request",
    message: `${status} from the load balancer`,
    address: where,
  };
}

/** Asks every listener, from where its visitors come. */
export function sendTestRequests(sandbox: Sandbox, names: AddressIndex): TestRequestResult[] {
  return sandbox.store.accountRegionsOf(listeners).flatMap((place) => {
    const context = sandbox.contextFor(place);
    return context
      .in(listeners)
      .all()
      .flatMap((listener) => visitsOf(sandbox, context, names, listener));
  });
}

function visitsOf(
  sandbox: Sandbox,
  context: Context,
  names: AddressIndex,
  listener: Listener,
): TestRequestResult[] {
  const balancer = context.in(loadBalancers).get(listener.loadBalancerArn);
  if (!balancer) return [];
  // Each zone has a node of its own, and clients take turns: one that does not answer loses its share.
  const turns = nodesOf(context, balancer.arn).map((_, turn) => turn);
  return wishesOf(context, listener, balancer.dnsName).map((wish) => {
    const url = `${listener.protocol.toLowerCase()}://${wish.host}:${listener.port}${wish.path}${wish.query === "" ? "" : `?${wish.query}`}`;
    const asked = turns.map((turn) =>
      ask(sandbox, context, names, { balancer, listener, wish, turn }),
    );
    const [first = NOT_ASKED] = asked;
    return {
      listener: names.show(listener.arn),
      url,
      ...(asked.find((otherAnswered) => otherAnswered.finding) ?? first),
    };
  });
}

type Answered = Omit<TestRequestResult, "listener" | "url">;

const NOT_ASKED: Answered = { from: "anywhere", answeredBy: "not asked" };

interface Question {
  readonly balancer: LoadBalancer;
  readonly listener: Listener;
  readonly wish: Wish;
  readonly turn: number;
}

function ask(
  sandbox: Sandbox,
  context: Context,
  names: AddressIndex,
  { balancer, listener, wish, turn }: Question,
): Answered {
  const result = sandbox.store.dryRun(() => {
    const visitor = visitorOf(context, balancer, listener.port);
    const { from } = visitor;
    return from === undefined
      ? { visitor, answer: undefined }
      : { visitor, answer: sendRequest(context, listener, { ...wish, from, requestNumber: turn }) };
  });
  const { visitor, answer } = result;
  const found = findingOf(context, names, listener, visitor, answer);
  return {
    from: names.spell(visitor.words),
    answeredBy: answererOf(context, names, answer),
    ...(answer?.kind === "answered" ? { status: answer.status } : {}),
    ...(found ? { finding: found } : {}),
  };
}
