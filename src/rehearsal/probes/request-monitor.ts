import type { AllowedClient, Inspection, TestRequest } from "../../sandbox/inspection/index.ts";
import type { AddressIndex } from "../diagnosis/address-index.ts";
import type { FailedRequests, PhaseName } from "../result.ts";

/** A request that a service answered before the deployments. */
interface MonitoredRequest {
  readonly listener: string;
  readonly request: Required<TestRequest>;
  readonly from: Extract<AllowedClient, { readonly from: unknown }>["from"];
  readonly url: string;
  /** ARN of the service. */
  readonly service: string;
}

/** The deployment during which requests are sent. */
export interface MonitoredDeployment {
  readonly phase: PhaseName;
  /** The service or job of the config. */
  readonly service: string;
  readonly change: string;
}

/** A failed request of a group, as the report shows it. */
type Failure = Pick<FailedRequests, "status" | "message">;

/**
 * Sends requests to services while they are deployed: one to each route in each second of the sandbox's time, and after each call that
 * changed something. Requests rotate through the nodes of the load balancer and through the targets.
 */
export class RequestMonitor {
  readonly #inspection: Inspection;
  readonly #requests: readonly MonitoredRequest[];
  readonly #failures: FailedRequests[] = [];
  /** The last failure of each URL, to which an equal one is added. */
  readonly #current = new Map<string, FailedRequests>();
  #deployment: (MonitoredDeployment & { readonly start: number }) | undefined;
  #turn = 0;
  /** The number of requests. */
  sent = 0;

  /** Finds the requests that services answer now. */
  constructor(inspection: Inspection, addressIndex: AddressIndex) {
    this.#inspection = inspection;
    this.#requests = inspection.listeners().flatMap(({ arn, port, protocol }) => {
      const client = inspection.allowedClient(arn);
      if (!("from" in client)) return [];
      return inspection.requestsFor(arn).flatMap((request): MonitoredRequest[] => {
        const answer = inspection.request(arn, { ...request, from: client.from });
        if (answer.kind !== "answered" || answer.by?.service === undefined || answer.status >= 500)
          return [];
        const url = addressIndex.replaceIds(
          `${protocol.toLowerCase()}://${request.host}:${port}${request.path}`,
        );
        return [{ listener: arn, request, from: client.from, url, service: answer.by.service }];
      });
    });
  }

  /** Whether a request to a service can be sent. @param service ARN of the service */
  reaches(service: string): boolean {
    return this.#requests.some((request) => request.service === service);
  }

  /** The failed requests so far: consecutive equal failures of a URL are one entry. */
  get failures(): readonly FailedRequests[] {
    return this.#failures;
  }

  /** Starts to send requests for a deployment. @param now milliseconds of the sandbox's clock */
  start(deployment: MonitoredDeployment, now: number): void {
    this.#deployment = { ...deployment, start: now };
    this.#current.clear();
  }

  /** Ends the requests for a deployment. */
  stop(): void {
    this.#deployment = undefined;
  }

  /** Sends the next request to each route, if a deployment is monitored. @param now milliseconds of the sandbox's clock */
  send(now: number): void {
    const deployment = this.#deployment;
    if (deployment === undefined) return;
    const turn = this.#turn++;
    const { start, ...monitored } = deployment;
    const seconds = Math.round((now - start) / 1000);
    for (const { listener, request, from, url, service } of this.#requests) {
      this.sent++;
      const failure = this.#failureOf(listener, { ...request, from, turn }, service);
      const current = this.#current.get(url);
      if (failure === undefined) {
        this.#current.delete(url);
      } else if (current?.status === failure.status && current?.message === failure.message) {
        const longer = { ...current, untilSecond: seconds, count: current.count + 1 };
        this.#failures[this.#failures.indexOf(current)] = longer;
        this.#current.set(url, longer);
      } else {
        const failed = {
          ...monitored,
          url,
          ...failure,
          fromSecond: seconds,
          untilSecond: seconds,
          count: 1,
        };
        this.#failures.push(failed);
        this.#current.set(url, failed);
      }
    }
  }

  #failureOf(
    listener: string,
    request: Parameters<Inspection["request"]>[1],
    service: string,
  ): Failure | undefined {
    const answer = this.#inspection.request(listener, request);
    if (answer.kind === "no-response") return { message: "no response" };
    const { status, by } = answer;
    if (by === undefined)
      return { status, message: `${status} from the load balancer, and not from the service` };
    if (status >= 500) return { status, message: `${status} from the service` };
    return by.service === service ? undefined : { status, message: "another service answered" };
  }
}
