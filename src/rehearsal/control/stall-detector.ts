import type { Fault, InterceptedCall } from "../../sandbox/fault-injection.ts";
import type { ObservedCall } from "../../sandbox/http/call-record.ts";
import { configured } from "../terraform-copy/terraform-stack.ts";

/** Calls by which Terraform waits for something that may never come, and the resources that wait. */
const WAITS: Readonly<Record<string, readonly string[]>> = {
  "ecs:DescribeServices": ["aws_ecs_service"],
  "ecs:DescribeTaskSets": ["aws_ecs_task_set"],
  "acm:DescribeCertificate": ["aws_acm_certificate_validation"],
};

const WAITING = new Set(Object.values(WAITS).flat());

/** Looks at the same thing after which a wait is hopeless: each lets the time pass that AWS would take. */
const LOOKS = 4;

/** Times that the same call is refused, and milliseconds that it is tried for, after which it is hopeless. */
const TRIES = 5;
const TRIED_FOR = 4000;

/** Resources whose creation or change the provider sleeps over: what it does next is not known before. */
const RESOURCES_WITH_FIXED_WAITS = new Set([
  "aws_lb",
  "aws_alb",
  "aws_vpc",
  "aws_ecs_cluster",
  "aws_ecs_cluster_capacity_providers",
  "aws_nat_gateway",
]);

/** What a wait is ended with, as the code of an error. */
export const ENDED = "RehearsalEndsWait";

interface Refused {
  readonly since: number;
  readonly words: string;
  count: number;
}

const typeOf = (address: string): string => configured(address).split(".").at(-2) ?? "";

/**
 * Ends waits that nothing can end: where all that Terraform is at waits, or tries what is refused again and again, no
 * call is to come that could change it. On AWS it would go on for 20 minutes and more, and then say no more than that
 * it has.
 */
export class StallDetector {
  readonly #looks = new Map<string, number>();
  readonly #refused = new Map<string, Refused>();
  readonly #underWay: () => readonly string[];

  /** @param underWay addresses that Terraform is at */
  constructor(underWay: () => readonly string[]) {
    this.#underWay = underWay;
  }

  /** Sees what became of a call. What was hopeless may not be once the world has changed. */
  see({ service, operation, input, changed, error, message }: ObservedCall): void {
    if (changed) {
      this.#looks.clear();
      this.#refused.clear();
    }
    if (error === undefined || error === ENDED) return;
    const key = keyOf(service, operation, input);
    const before = this.#refused.get(key);
    if (before) before.count++;
    else
      this.#refused.set(key, { since: performance.now(), words: `${error}: ${message}`, count: 1 });
  }

  trouble({ service, operation, input }: InterceptedCall): Fault | undefined {
    const key = keyOf(service, operation, input);
    const words = this.#isHopelessTry(key) ?? this.#isHopelessWait(`${service}:${operation}`, key);
    return words === undefined ? undefined : { kind: "error", code: ENDED, message: words };
  }

  #isHopelessTry(key: string): string | undefined {
    const refused = this.#refused.get(key);
    if (!refused || refused.count < TRIES || performance.now() - refused.since < TRIED_FOR)
      return undefined;
    return this.#underWay().some((value) => RESOURCES_WITH_FIXED_WAITS.has(typeOf(value)))
      ? undefined
      : refused.words;
  }

  #isHopelessWait(name: string, key: string): string | undefined {
    const types = WAITS[name];
    const addresses = this.#underWay();
    const isWaiting =
      types !== undefined && addresses.some((address) => types.includes(typeOf(address)));
    if (!isWaiting || addresses.some((address) => !WAITING.has(typeOf(address)))) return undefined;
    const looks = (this.#looks.get(key) ?? 0) + 1;
    this.#looks.set(key, looks);
    return looks > LOOKS ? "nothing is to come that could end the wait" : undefined;
  }
}

const keyOf = (service: string, operation: string, input: object): string =>
  `${service}:${operation} ${JSON.stringify(input)}`;
