import { seeded } from "../shared/random.ts";

/** A call into which a fault can be injected. */
export interface InterceptedCall {
  /** Account ID of the caller. */
  readonly account: string;
  readonly region: string;
  readonly service: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** True if a client may repeat the call without a second effect: it only reads, or it has an idempotency token. */
  readonly isRepeatable: boolean;
}

/** A fault that is injected into a call. */
export type Fault =
  /** The call is not executed and returns this error. */
  | {
      readonly kind: "error";
      readonly code: string;
      readonly message: string;
      /** HTTP status. @default 400 */
      readonly status?: number;
    }
  /** The call is executed after this delay, in milliseconds. */
  | { readonly kind: "delay"; readonly ms: number }
  /** The connection is closed without a response, before or after the call is executed. */
  | { readonly kind: "disconnect"; readonly isExecuted: boolean };

/** Decides which fault is injected into a call. Returns undefined for no fault. */
export type FaultInjector = (call: InterceptedCall) => Fault | undefined;

export const isRepeatable = (
  operation: string,
  input: Readonly<Record<string, unknown>>,
): boolean =>
  /^(Describe|Get|List|Head|BatchGet)/.test(operation) ||
  Object.keys(input).some((key) =>
    /^(client(Request)?Token|idempotencyToken|callerReference|creatorRequestId)$/i.test(key),
  );

/** Number of consecutive faults of an operation. Clients stop after some attempts. */
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
 * Injects faults at random: throttling, internal errors of AWS, delays and closed connections. By default one call in
 * ten has a fault.
 *
 * A connection is closed after the execution only if the client may repeat the call. Otherwise the repeated call would
 * create a second resource, as on AWS.
 *
 * @param seed the same seed gives the same sequence of faults; the order of the calls determines which call gets which
 * fault
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
