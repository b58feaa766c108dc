import type { FailureId } from "../../failures/index.ts";
import type { Fault, InterceptedCall, ObservedCall } from "../../sandbox/index.ts";
import { configurationAddress } from "../terraform-copy/state-resources.ts";

/** Calls by which Terraform waits for a status that may never occur: the type of the waiting resource, and the failure. */
const WAITS: Readonly<Record<string, { readonly type: string; readonly failure: FailureId }>> = {
  "ecs:DescribeServices": { type: "aws_ecs_service", failure: "SVC-12" },
  "ecs:DescribeTaskSets": { type: "aws_ecs_task_set", failure: "SVC-12" },
  // AWS accepts the deletion of a capacity provider, and the deletion then fails while a cluster uses it.
  "ecs:DescribeCapacityProviders": { type: "aws_ecs_capacity_provider", failure: "DEST-09" },
  "acm:DescribeCertificate": { type: "aws_acm_certificate_validation", failure: "ALB-15" },
};

const WAITING_TYPES = new Set(Object.values(WAITS).map(({ type }) => type));

/** After this number of equal calls in a row, the wait cannot succeed. The sandbox lets time pass between two calls. */
const MAX_POLLS = 4;

/** A call cannot succeed after this number of rejections, over at least this many milliseconds. */
const MAX_REJECTIONS = 5;
const MIN_RETRY_TIME = 4000;

/** Resources for which the provider waits a fixed time. After that it may make calls that change something. */
const RESOURCES_WITH_FIXED_WAITS = new Set([
  "aws_lb",
  "aws_alb",
  "aws_vpc",
  "aws_ecs_cluster",
  "aws_ecs_cluster_capacity_providers",
  "aws_nat_gateway",
]);

/** The start of the error codes with which stalled waits end. Its number identifies the wait. */
const STALLED_WAIT_CODE = "RehearsalEndsWait";

/** A wait that a rehearsal has ended. */
export interface EndedWait {
  /** The error of the call that AWS always rejects, or the call that always returns the same status. */
  readonly message: string;
  /** The failure of a resource that waits for a status; absent for a call that AWS rejects. */
  readonly failure?: FailureId;
}

interface RejectedCall {
  /** Milliseconds, as in performance.now(). */
  readonly since: number;
  readonly error: string;
  count: number;
}

const typeOf = (address: string): string => configurationAddress(address).split(".").at(-2) ?? "";

/**
 * Ends waits that can never succeed: all resources that Terraform processes are waiting or repeat a rejected call, so no
 * call will change the status. On AWS such a wait lasts 20 minutes or more, and ends in a timeout.
 *
 * The sandbox returns an error for the next call of the wait, because the AWS provider waits in its own process. Its code, such as
 * `RehearsalEndsWait1`, is no code of AWS: the provider prints it in the error of the resource, and `terraformErrorOf` finds the ended
 * wait by it.
 */
export class StallDetector {
  readonly #polls = new Map<string, number>();
  readonly #rejected = new Map<string, RejectedCall>();
  /** By the error code. */
  readonly #ended = new Map<string, EndedWait>();
  readonly #inFlight: () => readonly string[];

  /** @param inFlight addresses of the resources that Terraform processes */
  constructor(inFlight: () => readonly string[]) {
    this.#inFlight = inFlight;
  }

  /** Records the result of a call. After a change, waits and rejected calls may succeed again. */
  observeCall({ service, operation, input, changed, error, message }: ObservedCall): void {
    if (changed) {
      this.#polls.clear();
      this.#rejected.clear();
    }
    if (error === undefined || this.#ended.has(error)) return;
    const key = keyOf(service, operation, input);
    const rejected = this.#rejected.get(key);
    if (rejected) rejected.count++;
    else
      this.#rejected.set(key, {
        since: performance.now(),
        error: `${error}: ${message}`,
        count: 1,
      });
  }

  /** The error for a call of a wait that cannot succeed; undefined for all other calls. */
  abortStalledWait({ service, operation, input }: InterceptedCall): Fault | undefined {
    const key = keyOf(service, operation, input);
    const wait = this.#rejectedCall(key) ?? this.#stalledWait(`${service}:${operation}`, key);
    if (wait === undefined) return undefined;
    const code = `${STALLED_WAIT_CODE}${this.#ended.size + 1}`;
    this.#ended.set(code, wait);
    return { kind: "error", code, message: wait.message };
  }

  /** The wait that ended with an error code; undefined for the codes of AWS. */
  endedWait(code: string): EndedWait | undefined {
    return this.#ended.get(code);
  }

  #rejectedCall(key: string): EndedWait | undefined {
    const rejected = this.#rejected.get(key);
    if (
      !rejected ||
      rejected.count < MAX_REJECTIONS ||
      performance.now() - rejected.since < MIN_RETRY_TIME
    )
      return undefined;
    return this.#inFlight().some((address) => RESOURCES_WITH_FIXED_WAITS.has(typeOf(address)))
      ? undefined
      : { message: rejected.error };
  }

  #stalledWait(call: string, key: string): EndedWait | undefined {
    const wait = WAITS[call];
    const types = this.#inFlight().map(typeOf);
    if (wait === undefined || !types.includes(wait.type)) return undefined;
    if (types.some((type) => !WAITING_TYPES.has(type))) return undefined;
    const polls = (this.#polls.get(key) ?? 0) + 1;
    this.#polls.set(key, polls);
    if (polls <= MAX_POLLS) return undefined;
    const message = `${call} always returns the same status, and no pending change can end this wait`;
    return { message, failure: wait.failure };
  }
}

const keyOf = (service: string, operation: string, input: object): string =>
  `${service}:${operation} ${JSON.stringify(input)}`;
