/** A call that trouble may befall. */
export interface InterceptedCall {
  readonly service: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** True where a client may send it twice and nothing is doubled: it reads, or it carries a token. */
  readonly isRepeatable: boolean;
}

/** What befalls a call. */
export type Fault =
  /** An error in the place of an answer; nothing is done. */
  | {
      readonly kind: "error";
      readonly code: string;
      readonly message: string;
      /** HTTP status. @default 400 */
      readonly status?: number;
    }
  /** It is done, after so many milliseconds. */
  | { readonly kind: "delay"; readonly ms: number }
  /** The connection is cut, before the call is carried out or after. */
  | { readonly kind: "disconnect"; readonly isExecuted: boolean };

/** Whoever decides what befalls a call: nothing, mostly. */
export type FaultInjector = (call: InterceptedCall) => Fault | undefined;

export const isRepeatable = (
  operation: string,
  input: Readonly<Record<string, unknown>>,
): boolean =>
  /^(Describe|Get|List|Head|BatchGet)/.test(operation) ||
  Object.keys(input).some((key) =>
    /^(client(Request)?Token|idempotencyToken|callerReference|creatorRequestId)$/i.test(key),
  );

/** Numbers from 0 to 1 that look random and are the same for the same seed (mulberry32, public domain). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How often an operation may meet trouble on end: clients give up after some attempts. */
const MAX_FAULTS_IN_A_ROW = 3;

/** Longest delay, in milliseconds. */
const MAX_DELAY_MS = 400;

const THROTTLED: Readonly<Record<string, string>> = {
  ec2: "RequestLimitExceeded",
  elasticloadbalancing: "Throttling",
  iam: "Throttling",
  s3: "SlowDown",
};

/**
 * Trouble as a busy day has it: throttling, errors of AWS's own, delays and cut connections, one call in ten.
 *
 * A connection is cut after the work is done only where a client may repeat the call: the second creation of a thing
 * without a token makes a second thing, on AWS as here.
 *
 * @param seed the same seed gives the same sequence; which call meets what depends on the order in which calls come
 */
export function faultInjectorFrom(seed: number, rate: number = 0.1): FaultInjector {
  const random = seeded(seed);
  const faultsInARow = new Map<string, number>();
  return ({ service, operation, isRepeatable: mayRepeat }) => {
    const name = `${service}:${operation}`;
    const faultCount = faultsInARow.get(name) ?? 0;
    if (random() >= rate || faultCount >= MAX_FAULTS_IN_A_ROW) {
      faultsInARow.delete(name);
      return undefined;
    }
    const [choice, size] = [random(), random()];
    if (choice < 0.4) return { kind: "delay", ms: Math.round(size * MAX_DELAY_MS) };
    faultsInARow.set(name, faultCount + 1);
    if (choice < 0.7) {
      const code = THROTTLED[service] ?? "ThrottlingException";
      return {
        kind: "error",
        code,
        message: "Rate exceeded",
        status: code === "ThrottlingException" ? 400 : 503,
      };
    }
    if (choice < 0.85) {
      return {
        kind: "error",
        code: service === "ec2" ? "InternalError" : "InternalFailure",
        message: "An internal error has occurred",
        status: 500,
      };
    }
    return { kind: "disconnect", isExecuted: mayRepeat && size < 0.5 };
  };
}
