import {
  type AwsErrorName,
  type FailureId,
  awsErrorOf,
  networkPathFailures,
} from "../../failures/index.ts";
import { isUnknown } from "../../plan/index.ts";
import type { Workload } from "../../topology/index.ts";
import {
  type Check,
  type CheckContext,
  type CheckOutcome,
  fail,
  pass,
  type Question,
  type Severity,
  unknownOutcome,
} from "../engine/check.ts";
import { requiresStep, type Step, type StepName, stepsOf } from "./task-startup.ts";

/** Failures of the path from a subnet that each startup step may have. */
export const COMMON_NETWORK_FAILURES: readonly FailureId[] = [...networkPathFailures, "NET-27"];

interface ReachabilityCheckOptions {
  readonly id: string;
  readonly question: Question;
  readonly title: string;
  readonly step: StepName;
  readonly ids: readonly FailureId[];
  readonly explanation: string;
  readonly sources: readonly string[];
  /** The error that AWS returns. @default none is known */
  readonly error?: AwsErrorName;
  /** @default "error" */
  readonly severity?: Severity;
}

/** A check that tasks, in each of their subnets, can connect to the service that a startup step needs. */
export function reachabilityCheck({
  step,
  error,
  severity = "error",
  ...check
}: ReachabilityCheckOptions): Check {
  return {
    ...check,
    severity,
    *run(context: CheckContext): Iterable<CheckOutcome> {
      for (const workload of context.network.workloads) {
        for (const result of stepsOf(context, workload))
          if (result.name === step) yield* outcomeOf(workload, result, error);
        yield* unknownsOf(context, workload, step, check.ids);
      }
    },
  };
}

function* outcomeOf(
  { name }: Workload,
  { answer, id, message, connection, path, missingFact }: Step,
  error: AwsErrorName | undefined,
): Iterable<CheckOutcome> {
  if (answer === "pass") yield pass(name);
  else if (answer === "unknown") yield unknownOutcome(name, missingFact ?? message, id);
  else if (id !== undefined)
    yield fail(name, id, message, {
      connection,
      path,
      awsError:
        error === undefined
          ? undefined
          : awsErrorOf(error, { host: connection.to.replace(/:443$/, "") }),
    });
}

/** Outcomes for unknown subnets, an unknown task definition and unknown images. */
function* unknownsOf(
  context: CheckContext,
  workload: Workload,
  step: StepName,
  [id]: readonly FailureId[],
): Iterable<CheckOutcome> {
  const { name, subnets, definition } = workload;
  if (requiresStep(context, workload, step) || isUnknown(definition))
    for (const unknownSubnet of subnets.unknown) yield unknownOutcome(name, unknownSubnet, id);
  if (step !== "image") return;
  if (definition === undefined) yield unknownOutcome(name, `${name} has no task definition`, id);
  else if (isUnknown(definition)) yield unknownOutcome(name, definition, id);
  else
    for (const { image } of definition.containers)
      if (image.kind === "unknown")
        yield unknownOutcome(name, definition.unknown ?? "an image is unknown", id);
}
