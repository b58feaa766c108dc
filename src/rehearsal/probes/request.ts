import type {
  AllowedClient,
  Inspection,
  ListenerView,
  TestAnswer,
  TestRequest,
} from "../../sandbox/inspection/index.ts";
import { createFinding, identifyRequestFailure } from "../diagnosis/failure-identification.ts";
import type { AddressIndex } from "../diagnosis/address-index.ts";
import type { Finding, TestRequestResult } from "../result.ts";

/** The client of a request, for the report. */
function describeClient(client: AllowedClient): string {
  switch (client.kind) {
    case "internet":
      return "the internet";
    case "block":
      return `${client.block}, which the load balancer allows`;
    case "vpc":
      return client.securityGroupIds.length > 0
        ? `a client in ${client.securityGroupIds.join(", ")}`
        : "inside the VPC";
    case "outside-vpc":
      return `${client.blocks.join(", ")}, which is not in the VPC`;
    case "no-subnet":
      return "a subnet that does not exist";
  }
}

/** Who responded, for the report: a container of a service, a target, or the load balancer. */
function responderOf(addressIndex: AddressIndex, answer: TestAnswer | undefined): string {
  if (answer === undefined) return "no request sent";
  if (answer.kind === "no-response") return "no response";
  const { by } = answer;
  if (!by) return "the load balancer";
  return by.task === undefined
    ? `a target at ${by.target}`
    : `${by.container} of ${addressIndex.displayName(by.service ?? by.task)}`;
}

/** The problem of a request; undefined if the response is as expected. */
function findProblem(
  inspection: Inspection,
  addressIndex: AddressIndex,
  listener: ListenerView,
  client: AllowedClient,
  answer: TestAnswer | undefined,
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
      connection: { from: describeClient(client), to: `${address}:${listener.port}` },
      path: [...hops, ...(stopped ? [stopped] : [])].map((hop) => addressIndex.pathStep(hop)),
    });
  }
  const { status, headers } = answer;
  const location = headers["location"];
  if (location !== undefined) {
    const port = /^https?:\/\/[^/:]+:(\d+)/.exec(location)?.[1];
    const target = inspection
      .listeners()
      .find(
        ({ loadBalancer, port: candidate }) =>
          loadBalancer.arn === listener.loadBalancer.arn && String(candidate) === port,
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

/**
 * Sends test requests to each listener, from a client that the load balancer allows.
 *
 * @param reasonUntested why a problem with a listener is no finding, for example because its targets were skipped
 */
export const sendTestRequests = (
  inspection: Inspection,
  addressIndex: AddressIndex,
  reasonUntested: (listener: ListenerView) => string | undefined = () => undefined,
): TestRequestResult[] =>
  inspection.listeners().flatMap((listener) => {
    const untested = reasonUntested(listener);
    return testListener(inspection, addressIndex, listener).map(({ finding, ...result }) => {
      if (!finding) return result;
      return untested === undefined ? { ...result, finding } : { ...result, untested };
    });
  });

function testListener(
  inspection: Inspection,
  addressIndex: AddressIndex,
  listener: ListenerView,
): TestRequestResult[] {
  const { arn, port, protocol, loadBalancer } = listener;
  const client = inspection.allowedClient(arn);
  // Each Availability Zone has a load balancer node. A node without a response loses its share of the clients.
  const turns = Array.from({ length: loadBalancer.zoneCount }, (_, turn) => turn);
  return inspection.requestsFor(arn).map((request) => {
    const { host, path, query } = request;
    const url = `${protocol.toLowerCase()}://${host}:${port}${path}${query === "" ? "" : `?${query}`}`;
    const responses = turns.map((turn) =>
      sendTestRequest(inspection, addressIndex, { listener, client, request, turn }),
    );
    const [first = NOT_SENT] = responses;
    return {
      listener: addressIndex.displayName(arn),
      url,
      ...(responses.find((response) => response.finding) ?? first),
    };
  });
}

type TestResponse = Omit<TestRequestResult, "listener" | "url">;

const NOT_SENT: TestResponse = { from: "anywhere", answeredBy: "no request sent" };

function sendTestRequest(
  inspection: Inspection,
  addressIndex: AddressIndex,
  {
    listener,
    client,
    request,
    turn,
  }: {
    readonly listener: ListenerView;
    readonly client: AllowedClient;
    readonly request: TestRequest;
    readonly turn: number;
  },
): TestResponse {
  const answer =
    "from" in client
      ? inspection.request(listener.arn, { ...request, from: client.from, turn })
      : undefined;
  const problem = findProblem(inspection, addressIndex, listener, client, answer);
  return {
    from: addressIndex.replaceIds(describeClient(client)),
    answeredBy: responderOf(addressIndex, answer),
    ...(answer?.kind === "answered" ? { status: answer.status } : {}),
    ...(problem ? { finding: problem } : {}),
  };
}
