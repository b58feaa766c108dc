import type { Fault, TroubledCall } from "../sandbox/faults.ts";
import { configured } from "./stack.ts";

/** Calls by which Terraform waits for something that may never come, and the resources that wait. */
const WAITS: Readonly<Record<string, readonly string[]>> = {
  "ecs:DescribeServices": ["aws_ecs_service"],
  "ecs:DescribeTaskSets": ["aws_ecs_task_set"],
  "acm:DescribeCertificate": ["aws_acm_certificate_validation"],
};

const WAITING = new Set(Object.values(WAITS).flat());

/** Looks at the same thing after which a wait is hopeless: each lets the time pass that AWS would take. */
const LOOKS = 4;

const typeOf = (address: string): string => configured(address).split(".").at(-2) ?? "";

/**
 * Ends waits that nothing can end: where all that Terraform is at waits, no call is to come that could change what it
 * waits for. On AWS it would wait for 20 minutes and more, and then say no more than that it has.
 */
export class Patience {
  readonly #looks = new Map<string, number>();
  readonly #underWay: () => Iterable<string>;
  /** Addresses whose wait was ended. */
  readonly ended: Set<string> = new Set();

  /** @param underWay addresses that Terraform is at */
  constructor(underWay: () => Iterable<string>) {
    this.#underWay = underWay;
  }

  /** Something has changed: what was hopeless may not be. */
  hope(): void {
    this.#looks.clear();
  }

  trouble({ service, operation, input }: TroubledCall): Fault | undefined {
    const name = `${service}:${operation}`;
    const types = WAITS[name];
    if (!types) return undefined;
    const addresses = [...this.#underWay()];
    const own = addresses.filter((one) => types.includes(typeOf(one)));
    if (own.length === 0 || addresses.some((one) => !WAITING.has(typeOf(one)))) return undefined;
    const key = `${name} ${JSON.stringify(input)}`;
    const looks = (this.#looks.get(key) ?? 0) + 1;
    this.#looks.set(key, looks);
    if (looks <= LOOKS) return undefined;
    for (const one of own) this.ended.add(one);
    return {
      kind: "refused",
      code: "RehearsalEndsWait",
      message: "Berth's rehearsal ends this wait: nothing is to come that could end it",
    };
  }
}
