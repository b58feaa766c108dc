import type { ObservedCall } from "../../sandbox/http/call-record.ts";
import type { Sandbox } from "../../sandbox/server.ts";
import { networkInterfaces, subnets } from "../../sandbox/services/ec2/tables.ts";
import { startTask } from "../../sandbox/services/ecs/startup/start-task.ts";
import { findDefinition, tasksOf } from "../../sandbox/services/ecs/tables.ts";
import type { TerraformEvent } from "../../terraform/events.ts";
import { finding, ofStart } from "../diagnosis/failure-identification.ts";
import type { AddressIndex } from "../diagnosis/address-index.ts";
import { allServices, type ServiceInRegion } from "./service.ts";
import type { Finding, ChangingCall, Outage } from "../result.ts";
import { sendTestRequests } from "./request.ts";

/** Terraform tells of its work a little later than it does it; milliseconds. */
const LATE = 400;

interface Work {
  readonly address: string;
  readonly action: string;
  readonly from: number;
  until: number;
}

/** A call that changed the world, before it is known whose it was. */
interface Changing {
  readonly call: string;
  readonly number: number;
  readonly at: number;
}

/** Something that can work or not. */
interface Subject {
  /** Terraform address or name of the service, or URL of the listener. */
  readonly name: string;
  /** What it does when it works. */
  readonly what: string;
}

/** A subject, and what is wrong with it; nothing where it works. */
interface Observation extends Subject {
  readonly finding: Finding | undefined;
}

interface Open extends Subject {
  readonly from: Changing;
  readonly finding: Finding;
}

const plain = (name: string): string => name.replace(/[^a-z]/gi, "").toLowerCase();

/** True where an operation is one that a resource of that type makes: DeleteRoute and aws_route. */
function concerns(operation: string, address: string): boolean {
  const type = plain(
    (/(?:^|\.)aws_(\w+)\./.exec(address)?.[1] ?? "").replace(/^(ecs|lb|vpc|iam)_/, ""),
  );
  const noun = plain(operation.replace(/^[A-Z][a-z]+/, ""));
  return type !== "" && (noun.includes(type) || type.includes(noun));
}

/**
 * Looks at the world after every call that changes it: can the tasks that run still pull and log, and does each
 * listener still answer?
 */
export class OutageMonitor {
  readonly #sandbox: Sandbox;
  readonly #names: AddressIndex;
  readonly #work: Work[] = [];
  readonly #open = new Map<string, Open>();
  readonly #closed: { readonly open: Open; readonly until?: Changing }[] = [];
  /** Subjects that worked when the watch began. */
  readonly #subjects: ReadonlyMap<string, Subject>;
  #calls = 0;

  constructor(sandbox: Sandbox, names: AddressIndex) {
    this.#sandbox = sandbox;
    this.#names = names;
    this.#subjects = new Map([...this.#look()].filter(([, { finding }]) => finding === undefined));
  }

  /** What came of it, in words. */
  summary(): string {
    const count = this.outages().length;
    const felt =
      this.#subjects.size === 0
        ? "with nothing there to feel them"
        : count === 0
          ? "none of them felt"
          : `${count} ${count === 1 ? "outage" : "outages"}`;
    return `${this.#calls} changing calls, ${felt}`;
  }

  hear(event: TerraformEvent): void {
    const at = performance.now();
    if (event.type === "started") {
      this.#work.push({ address: event.address, action: event.action, from: at, until: Infinity });
    } else if (event.type === "finished" || event.type === "failed") {
      const work = this.#work.findLast((otherWork) => otherWork.address === event.address);
      if (work) work.until = at;
    }
  }

  see({ service, operation, changed }: ObservedCall): void {
    if (!changed) return;
    this.#calls++;
    const now = { call: `${service}:${operation}`, number: this.#calls, at: performance.now() };
    const seen = this.#look();
    for (const [key, { name, what }] of this.#subjects) {
      const observation = seen.get(key);
      const found = observation ? observation.finding : GONE;
      const open = this.#open.get(key);
      if (found && !open) {
        this.#open.set(key, { name, what, from: now, finding: found });
      } else if (!found && open) {
        this.#open.delete(key);
        this.#closed.push({ open, until: now });
      }
    }
  }

  /** What was found, in the order in which it began. */
  outages(): Outage[] {
    const outages = [...this.#closed, ...[...this.#open.values()].map((open) => ({ open }))];
    return outages
      .sort((a, b) => a.open.from.number - b.open.from.number)
      .map(({ open, ...end }) => ({
        subject: open.name,
        what: open.what,
        from: this.#moment(open.from),
        finding: open.finding,
        ...("until" in end && end.until ? { until: this.#moment(end.until) } : {}),
      }));
  }

  #moment({ call, number, at }: Changing): ChangingCall {
    const underWay = this.#work.filter(
      (otherWork) => otherWork.from - LATE <= at && at <= otherWork.until + LATE,
    );
    const operation = call.split(":")[1] ?? "";
    const own = underWay.filter((otherWork) => concerns(operation, otherWork.address));
    return {
      call,
      number,
      addresses: [...new Set(own.map((otherWork) => `${otherWork.action} ${otherWork.address}`))],
    };
  }

  /** Everything that can work or not, by a key of its name and what it does. */
  #look(): Map<string, Observation> {
    const seen = new Map<string, Observation>();
    const note = (observation: Observation): void => {
      const key = JSON.stringify([observation.what, observation.name]);
      // Of two that listen alike, one that answers is enough: it may be the other's successor.
      if (!seen.has(key) || observation.finding === undefined) seen.set(key, observation);
    };
    for (const located of allServices(this.#sandbox)) {
      const name = this.#names.show(located.row.arn);
      note({ name, what: "its running tasks pull and log", finding: this.#tasks(located) });
      const isUp = tasksOf(located.context, located.row).some((task) => task.status === "RUNNING");
      note({
        name,
        what: "it runs a task",
        finding: isUp
          ? undefined
          : { step: "running", message: located.row.events[0]?.message ?? "no task runs" },
      });
    }
    for (const visit of sendTestRequests(this.#sandbox, this.#names)) {
      const { port, pathname, protocol } = new URL(visit.url);
      note({
        name: `${protocol}//…:${port || (protocol === "https:" ? 443 : 80)}${pathname}`,
        what: `it answers ${visit.from}`,
        finding:
          visit.finding ??
          (visit.status !== undefined && visit.status >= 500
            ? { step: "answering", message: `${visit.status}` }
            : undefined),
      });
    }
    return seen;
  }

  #tasks({ context, row }: ServiceInRegion): Finding | undefined {
    for (const task of tasksOf(context, row)) {
      const networkInterface = context.in(networkInterfaces).get(task.interfaceId ?? "");
      const definition = findDefinition(context, task.definitionArn);
      if (task.status !== "RUNNING" || !networkInterface || !definition) continue;
      const result = this.#sandbox.store.dryRun(() =>
        startTask({
          context,
          networkInterface,
          definition,
          taskId: task.id,
          clusterName: task.clusterName,
        }),
      );
      if (!result) continue;
      const subnet = context.in(subnets).get(task.subnetId);
      const { stopped, hops = [] } = result;
      return finding(ofStart(result, { context, face: networkInterface, startsElsewhere: false }), {
        step: result.step,
        message: result.reason,
        ...(stopped
          ? {
              connection: {
                from: `a task in ${this.#names.show(subnet?.id ?? task.subnetId)}`,
                to: "AWS",
              },
              path: [...hops, stopped].map((hop) => this.#names.step(hop)),
            }
          : {}),
      });
    }
    return undefined;
  }
}

const GONE: Finding = { step: "being there", message: "it is gone" };
