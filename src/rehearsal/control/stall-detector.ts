import type { Fault, InterceptedCall, ObservedCall } from "../../sandbox/index.ts";
import { configurationAddress } from "../terraform-copy/state-resources.ts";

/** Calls by which Terraform waits for a status that may never occur, and the types of the waiting resources. */
const WAITS: Readonly<Record<string, readonly string[]>> = {
  "ecs:DescribeServices": ["aws_ecs_service"],
  "ecs:DescribeTaskSets": ["aws_ecs_task_set"],
  // AWS accepts the deletion of a capacity provider, and the deletion then fails while a cluster uses it.
  "ecs:DescribeCapacityProviders": ["aws_ecs_capacity_provider"],
  "acm:DescribeCertificate": ["aws_acm_certificate_validation"],
};

const WAITING_TYPES = new Set(Object.values(WAITS).flat());

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

/**
 * The error code with which a stalled wait ends. It is a control signal and no code of AWS: `StallDetector` makes the
 * sandbox return it, the AWS provider prints it in its error, and `terraformErrorOf` finds it in Terraform's output. The
 * rehearsal cannot end a wait in another way, because the provider waits in its own process.
 */
export const STALLED_WAIT_CODE = "RehearsalEndsWait";

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
 * The signal is an error with the code `RehearsalEndsWait` (STALLED_WAIT_CODE), which the sandbox returns for the next
 * call of the wait. The provider reports it as the error of the resource, and `terraformErrorOf` translates it.
 */
export class StallDetector {
  readonly #polls = new Map<string, number>();
  readonly #rejected = new Map<string, RejectedCall>();
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
    if (error === undefined || error === STALLED_WAIT_CODE) return;
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
    const message =
      this.#errorOfRejectedCall(key) ?? this.#errorOfWait(`${service}:${operation}`, key);
    return message === undefined ? undefined : { kind: "error", code: STALLED_WAIT_CODE, message };
  }

  #errorOfRejectedCall(key: string): string | undefined {
    const rejected = this.#rejected.get(key);
    if (
      !rejected ||
      rejected.count < MAX_REJECTIONS ||
      performance.now() - rejected.since < MIN_RETRY_TIME
    )
      return undefined;
    return this.#inFlight().some((address) => RESOURCES_WITH_FIXED_WAITS.has(typeOf(address)))
      ? undefined
      : rejected.error;
  }

  #errorOfWait(call: string, key: string): string | undefined {
    const types = WAITS[call];
    const addresses = this.#inFlight();
    const isWaiting =
      types !== undefined && addresses.some((address) => types.includes(typeOf(address)));
    if (!isWaiting || addresses.some((address) => !WAITING_TYPES.has(typeOf(address))))
      return undefined;
    const polls = (this.#polls.get(key) ?? 0) + 1;
    this.#polls.set(key, polls);
    return polls > MAX_POLLS ? "no pending change can end this wait" : undefined;
  }
}

const keyOf = (service: string, operation: string, input: object): string =>
  `${service}:${operation} ${JSON.stringify(input)}`;
