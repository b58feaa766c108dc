import { cidr, formatAddress, overlaps } from "../../ip/index.ts";
import type * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  blocksOf,
  type Context,
  createNetworkInterface,
  type NetworkInterface,
  type SecurityGroupRule,
  securityGroupRules,
  securityGroups,
  type Subnet,
  subnets,
  type Listener,
  listeners,
  type LoadBalancer,
  loadBalancers,
  nodesOf,
  rulesOf,
  type HttpAnswer,
  sendRequest,
  services,
  tasks,
} from "../../sandbox/inspection.ts";
import type { Sandbox } from "../../sandbox/index.ts";
import { createFinding, identifyRequestFailure } from "../diagnosis/failure-identification.ts";
import type { AddressIndex } from "../diagnosis/address-index.ts";
import type { Finding, TestRequestResult } from "../result.ts";

/** The address of a client on the internet. Source: RFC 5737, "IPv4 Address Blocks Reserved for Documentation". */
const INTERNET_CLIENT_ADDRESS = "203.0.113.10";

interface TestClient {
  /** An address on the internet or a network interface; absent where the client cannot be simulated. */
  readonly from?: string | NetworkInterface;
  readonly description: string;
}

const coversPort = (rule: SecurityGroupRule, port: number): boolean =>
  rule.protocol === "-1" || (rule.protocol === "tcp" && rule.from <= port && port <= rule.to);

/** The second address of a CIDR block; of a block with one or two addresses the first. */
const addressIn = (block: string): string => {
  const { base, prefix } = cidr(block);
  return formatAddress(prefix >= 31 ? base : base + 1);
};

/** A client of a listener: on the internet where the load balancer allows all sources, else an allowed source. */
function clientOf(context: Context, balancer: LoadBalancer, port: number): TestClient {
  const allowRules = context
    .in(securityGroupRules)
    .filter(
      (rule) =>
        !rule.isEgress && balancer.groupIds.includes(rule.groupId) && coversPort(rule, port),
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
    return { from: INTERNET_CLIENT_ADDRESS, description: "the internet" };
  const groups = allowRules.flatMap(({ peer }) => ("groupId" in peer ? [peer.groupId] : []));
  const [block] = blocks;
  if (isPublic && block !== undefined)
    return { from: addressIn(block), description: `${block}, which the load balancer allows` };
  const vpcSubnets = context.in(subnets).filter((subnet) => subnet.vpcId === balancer.vpcId);
  const allowedSubnet = vpcSubnets.find((subnet) =>
    blocks.some((other) => overlaps(cidr(subnet.cidr), cidr(other))),
  );
  if (allowedSubnet === undefined && blocks.length > 0 && groups.length === 0)
    return { description: `${blocks.join(", ")}, which is not in the VPC` };
  const subnet = allowedSubnet ?? context.in(subnets).get(balancer.subnetIds[0] ?? "");
  if (!subnet) return { description: "a subnet that does not exist" };
  return {
    from: createClientInterface(context, subnet, groups),
    description: groups.length > 0 ? `a client in ${groups.join(", ")}` : "inside the VPC",
  };
}

/** ID of the client's security group, which allows all outbound traffic. */
const CLIENT_GROUP_ID = "sg-0c11e47000000000a";

/** The network interface of a client in the VPC, with the security groups that the load balancer allows. */
function createClientInterface(
  context: Context,
  subnet: Subnet,
  groups: readonly string[],
): NetworkInterface {
  const { vpcId } = subnet;
  const description = "a client of the rehearsal";
  context
    .in(securityGroups)
    .put(CLIENT_GROUP_ID, { id: CLIENT_GROUP_ID, vpcId, name: "client", description });
  context.in(securityGroupRules).put("sgr-client", {
    id: "sgr-client",
    groupId: CLIENT_GROUP_ID,
    isEgress: true,
    protocol: "-1",
    from: -1,
    to: -1,
    peer: { cidr4: "0.0.0.0/0" },
  });
  return createNetworkInterface(context, subnet, {
    type: "interface",
    description,
    groupIds: [CLIENT_GROUP_ID, ...groups],
  });
}

/** The part of a request that listener rules test. */
interface RequestParameters {
  readonly host: string;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: string;
}

/** A text that matches a pattern with wildcards. */
const matching = (pattern: string): string => pattern.replaceAll("*", "x").replaceAll("?", "x");

/** A request that matches the conditions of a rule. */
function requestMatching(
  dnsName: string,
  conditions: readonly elb.RuleCondition[],
): RequestParameters {
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

/** The requests to a listener: one for its default action, and one for each of its rules. */
function requestsFor(context: Context, listener: Listener, dnsName: string): RequestParameters[] {
  const requests = [
    requestMatching(dnsName, []),
    ...rulesOf(context, listener.arn).map((rule) => requestMatching(dnsName, rule.conditions)),
  ];
  const seen = new Set<string>();
  return requests.filter((request) => {
    const key = JSON.stringify(request);
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}

/** Who responded, for the report: a container of a service, a target, or the load balancer. */
function responderOf(
  context: Context,
  addressIndex: AddressIndex,
  answer: HttpAnswer | undefined,
): string {
  if (answer === undefined) return "no request sent";
  if (answer.kind === "no-response") return "no response";
  const task = context.in(tasks).find((candidate) => candidate.arn === answer.by?.task);
  if (!task) return answer.by ? `a target at ${answer.by.target.id}` : "the load balancer";
  const service = context
    .in(services)
    .find(
      (ecsService) =>
        ecsService.name === task.serviceName && ecsService.clusterName === task.clusterName,
    );
  return `${answer.by?.container} of ${addressIndex.displayName(service?.arn ?? task.arn)}`;
}

/** The problem of a request; undefined where the response is as expected. */
function findProblem(
  context: Context,
  addressIndex: AddressIndex,
  listener: Listener,
  client: TestClient,
  answer: HttpAnswer | undefined,
): Finding | undefined {
  if (answer === undefined) return undefined;
  const address = addressIndex.displayName(listener.arn);
  if (answer.kind === "no-response") {
    const { trace } = answer;
    const { hops, stopped } = trace;
    return createFinding(identifyRequestFailure(trace), {
      step: "reaching the load balancer",
      message: "connection timed out",
      address,
      connection: { from: client.description, to: `${address}:${listener.port}` },
      path: [...hops, ...(stopped ? [stopped] : [])].map((hop) => addressIndex.pathStep(hop)),
    });
  }
  const { status, headers } = answer;
  const location = headers["location"];
  if (location !== undefined) {
    const port = /^https?:\/\/[^/:]+:(\d+)/.exec(location)?.[1];
    const target = context
      .in(listeners)
      .find(
        (candidate) =>
          candidate.loadBalancerArn === listener.loadBalancerArn && String(candidate.port) === port,
      );
    const isToLoadBalancer = location.includes(".elb.");
    return target || !isToLoadBalancer
      ? undefined
      : createFinding("ALB-16", {
          step: "following the redirect",
          message: `${status} ${location}`,
          address,
        });
  }
  if (status < 500 || answer.by) return undefined;
  return {
    step: "forwarding the request",
    message: `${status} from the load balancer`,
    address,
  };
}

/** Sends test requests to each listener, from a client that the load balancer allows. */
export function sendTestRequests(
  sandbox: Sandbox,
  addressIndex: AddressIndex,
): TestRequestResult[] {
  return sandbox.store.accountRegionsOf(listeners).flatMap((place) => {
    const context = sandbox.contextFor(place);
    return context
      .in(listeners)
      .all()
      .flatMap((listener) => testListener(sandbox, context, addressIndex, listener));
  });
}

function testListener(
  sandbox: Sandbox,
  context: Context,
  addressIndex: AddressIndex,
  listener: Listener,
): TestRequestResult[] {
  const balancer = context.in(loadBalancers).get(listener.loadBalancerArn);
  if (!balancer) return [];
  // Each Availability Zone has a load balancer node. A node without a response loses its share of the clients.
  const turns = nodesOf(context, balancer.arn).map((_, turn) => turn);
  return requestsFor(context, listener, balancer.dnsName).map((request) => {
    const { host, path, query } = request;
    const url = `${listener.protocol.toLowerCase()}://${host}:${listener.port}${path}${query === "" ? "" : `?${query}`}`;
    const responses = turns.map((turn) =>
      sendTestRequest(sandbox, context, addressIndex, { balancer, listener, request, turn }),
    );
    const [first = NOT_SENT] = responses;
    return {
      listener: addressIndex.displayName(listener.arn),
      url,
      ...(responses.find((response) => response.finding) ?? first),
    };
  });
}

type TestResponse = Omit<TestRequestResult, "listener" | "url">;

const NOT_SENT: TestResponse = { from: "anywhere", answeredBy: "no request sent" };

function sendTestRequest(
  sandbox: Sandbox,
  context: Context,
  addressIndex: AddressIndex,
  {
    balancer,
    listener,
    request,
    turn,
  }: {
    readonly balancer: LoadBalancer;
    readonly listener: Listener;
    readonly request: RequestParameters;
    readonly turn: number;
  },
): TestResponse {
  // The network interface of the client is rolled back.
  const result = sandbox.store.dryRun(() => {
    const client = clientOf(context, balancer, listener.port);
    const { from } = client;
    return from === undefined
      ? { client, answer: undefined }
      : {
          client,
          answer: sendRequest(context, listener, { ...request, from, requestNumber: turn }),
        };
  });
  const { client, answer } = result;
  const problem = findProblem(context, addressIndex, listener, client, answer);
  return {
    from: addressIndex.replaceIds(client.description),
    answeredBy: responderOf(context, addressIndex, answer),
    ...(answer?.kind === "answered" ? { status: answer.status } : {}),
    ...(problem ? { finding: problem } : {}),
  };
}
