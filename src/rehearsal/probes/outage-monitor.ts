import type { ObservedCall } from "../../sandbox/index.ts";
import type { Inspection, ServiceView } from "../../sandbox/inspection/index.ts";
import { countOf } from "../../shared/index.ts";
import type { TerraformEvent } from "../../terraform/index.ts";
import { createFinding, identifyStartFailure } from "../diagnosis/failure-identification.ts";
import type { AddressIndex } from "../diagnosis/address-index.ts";
import { activeServices } from "./service.ts";
import type { Finding, ChangingCall, Outage } from "../result.ts";
import { sendTestRequests } from "./request.ts";

/** Maximum delay of Terraform's events, in milliseconds. */
const EVENT_DELAY = 400;

/** An action of Terraform on a resource. Times are milliseconds, as in performance.now(). */
interface ResourceAction {
  readonly address: string;
  readonly action: string;
  readonly from: number;
  until: number;
}

/** A call that changed a resource, without the Terraform addresses. */
interface CallWithTime {
  readonly call: string;
  readonly number: number;
  readonly at: number;
}

/** A function of a service or listener that is monitored. */
interface Monitored {
  /** Terraform address or name of the service, or URL of the listener. */
  readonly name: string;
  /** What an outage means for users, such as "no response". */
  readonly what: string;
}

interface Observation extends Monitored {
  /** The problem; undefined if it works. */
  readonly finding: Finding | undefined;
}

interface CurrentOutage extends Monitored {
  readonly from: CallWithTime;
  readonly finding: Finding;
}

const lettersOf = (name: string): string => name.replace(/[^a-z]/gi, "").toLowerCase();

/** True if a resource of this type makes calls of this operation, such as aws_route and DeleteRoute. */
function isOperationOf(operation: string, address: string): boolean {
  const type = lettersOf(
    (/(?:^|\.)aws_(\w+)\./.exec(address)?.[1] ?? "").replace(/^(ecs|lb|vpc|iam)_/, ""),
  );
  const noun = lettersOf(operation.replace(/^[A-Z][a-z]+/, ""));
  return type !== "" && (noun.includes(type) || type.includes(noun));
}

/**
 * Monitors outages during a change. After each call that changes a resource it tests whether the running tasks can still
 * pull images and write logs, and whether each listener still responds.
 */
export class OutageMonitor {
  readonly #inspection: Inspection;
  readonly #addressIndex: AddressIndex;
  readonly #actions: ResourceAction[] = [];
  readonly #current = new Map<string, CurrentOutage>();
  readonly #ended: { readonly outage: CurrentOutage; readonly until: CallWithTime }[] = [];
  /** What worked before the change. */
  readonly #monitored: ReadonlyMap<string, Monitored>;
  #calls = 0;

  constructor(inspection: Inspection, addressIndex: AddressIndex) {
    this.#inspection = inspection;
    this.#addressIndex = addressIndex;
    this.#monitored = new Map(
      [...this.#observe()].filter(([, { finding }]) => finding === undefined),
    );
  }

  /** The result for the summary of the phase. */
  summary(): string {
    const count = this.outages().length;
    const result =
      this.#monitored.size === 0
        ? "no services to monitor"
        : count === 0
          ? "no outage"
          : countOf(count, "outage");
    return `${this.#calls} changing calls, ${result}`;
  }

  observeEvent(event: TerraformEvent): void {
    const now = performance.now();
    if (event.type === "started") {
      const { address, action } = event;
      this.#actions.push({ address, action, from: now, until: Infinity });
    } else if (event.type === "finished" || event.type === "failed") {
      const action = this.#actions.findLast((candidate) => candidate.address === event.address);
      if (action) action.until = now;
    }
  }

  observeCall({ service, operation, changed }: ObservedCall): void {
    if (!changed) return;
    this.#calls++;
    const call = { call: `${service}:${operation}`, number: this.#calls, at: performance.now() };
    const observations = this.#observe();
    for (const [key, { name, what }] of this.#monitored) {
      const observation = observations.get(key);
      const finding = observation ? observation.finding : DELETED;
      const outage = this.#current.get(key);
      if (finding && !outage) {
        this.#current.set(key, { name, what, from: call, finding });
      } else if (!finding && outage) {
        this.#current.delete(key);
        this.#ended.push({ outage, until: call });
      }
    }
  }

  /** All outages, in the order in which they began. */
  outages(): Outage[] {
    const current = [...this.#current.values()].map((outage) => ({ outage, until: undefined }));
    return [...this.#ended, ...current]
      .sort((a, b) => a.outage.from.number - b.outage.from.number)
      .map(({ outage, until }) => ({
        subject: outage.name,
        what: outage.what,
        from: this.#withAddresses(outage.from),
        finding: outage.finding,
        ...(until ? { until: this.#withAddresses(until) } : {}),
      }));
  }

  #withAddresses({ call, number, at }: CallWithTime): ChangingCall {
    const operation = call.split(":")[1] ?? "";
    const actions = this.#actions.filter(
      ({ address, from, until }) =>
        from - EVENT_DELAY <= at && at <= until + EVENT_DELAY && isOperationOf(operation, address),
    );
    return {
      call,
      number,
      addresses: [...new Set(actions.map(({ action, address }) => `${action} ${address}`))],
    };
  }

  /** Tests everything that is monitored. The key consists of the name and the possible problem. */
  #observe(): Map<string, Observation> {
    const observations = new Map<string, Observation>();
    const add = (observation: Observation): void => {
      const key = JSON.stringify([observation.what, observation.name]);
      // During a replacement two listeners have the same name. It is enough that one of them responds.
      if (!observations.has(key) || observation.finding === undefined)
        observations.set(key, observation);
    };
    for (const service of activeServices(this.#inspection)) {
      const name = this.#addressIndex.displayName(service.arn);
      add({
        name,
        what: "running tasks cannot pull images or write logs",
        finding: this.#testTasks(service),
      });
      add({
        name,
        what: "no task is running",
        finding: service.runningCount > 0 ? undefined : eventFinding(service),
      });
    }
    for (const request of sendTestRequests(this.#inspection, this.#addressIndex)) {
      const { port, pathname, protocol } = new URL(request.url);
      add({
        name: `${protocol}//…:${port || (protocol === "https:" ? 443 : 80)}${pathname}`,
        what: `requests from ${request.from} fail`,
        finding:
          request.finding ??
          (request.status !== undefined && request.status >= 500
            ? { step: "forwarding the request", message: `${request.status}` }
            : undefined),
      });
    }
    return observations;
  }

  /** Repeats the start of the running tasks: it fails if they could no longer pull images or write logs. */
  #testTasks({ arn, account, region }: ServiceView): Finding | undefined {
    const inspection = this.#inspection;
    for (const task of inspection.tasksOf(arn)) {
      const networkInterface = inspection.resource(
        "network-interface",
        task.networkInterfaceId ?? "",
      );
      if (task.status !== "RUNNING" || !networkInterface) continue;
      const failure = inspection.tryStartAgain(task.arn);
      if (!failure) continue;
      const { stopped, hops = [] } = failure;
      const { vpcId, subnetId, groupIds, publicIp } = networkInterface;
      const id = identifyStartFailure(failure, {
        inspection,
        account,
        region,
        networkInterface: { vpcId, subnetId, securityGroupIds: groupIds, publicIp },
        startsElsewhere: false,
      });
      return createFinding(id, {
        step: failure.step,
        message: failure.reason,
        isSandboxError: true,
        ...(stopped
          ? {
              connection: {
                from: `a task in ${this.#addressIndex.displayName(task.subnetId)}`,
                to: "AWS",
              },
              path: [...hops, stopped].map((hop) => this.#addressIndex.pathStep(hop)),
            }
          : {}),
      });
    }
    return undefined;
  }
}

/** The last event of a service as a finding. */
const eventFinding = ({ events: [event] }: ServiceView): Finding =>
  event
    ? { step: "running", message: event.message, isSandboxError: true }
    : { step: "running", message: "no task is running, and the service has no event" };

const DELETED: Finding = { step: "running", message: "it was deleted" };
