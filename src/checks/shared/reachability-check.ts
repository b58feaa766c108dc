import type { FailureId } from "../../failures/catalogue/index.ts";
import { isUnknown } from "../../plan/plan-model.ts";
import {
  type Check,
  fail,
  type CheckOutcome,
  type Question,
  type Severity,
  type CheckContext,
  unknownOutcome,
} from "../engine/check.ts";
import { type StepName, stepsOf, requiresStep } from "./task-startup.ts";

/** Failures that any way out of a subnet may have. */
export const COMMON_NETWORK_FAILURES: readonly FailureId[] = [
  "NET-01",
  "NET-02",
  "NET-03",
  "NET-04",
  "NET-05",
  "NET-06",
  "NET-08",
  "NET-19",
  "NET-21",
  "NET-23",
  "NET-24",
  "NET-26",
  "NET-27",
];

interface ReachabilityCheckOptions {
  readonly id: string;
  readonly question: Question;
  readonly title: string;
  readonly step: StepName;
  readonly ids: readonly FailureId[];
  readonly why: string;
  /** How AWS begins to say it. */
  readonly error: string;
  readonly severity?: Severity;
}

/** A check that tasks reach what a step of their start needs, in each subnet of theirs. */
export function reachabilityCheck({
  id,
  question,
  title,
  step,
  ids,
  why,
  error,
  severity = "error",
}: ReachabilityCheckOptions): Check {
  return {
    id,
    question,
    title,
    severity,
    ids,
    explanation: why,
    *run(subject: CheckContext): Iterable<CheckOutcome> {
      for (const placement of subject.network.workloads) {
        const { name, subnets, definition } = placement;
        const steps = stepsOf(subject, placement).filter((otherStep) => otherStep.name === step);
        for (const otherStep of steps) {
          const { answer, id: failure, says: message, way: trace, path, fact } = otherStep;
          if (answer === "pass") yield { answer, address: name, path };
          else if (answer === "unknown") yield unknownOutcome(name, fact ?? message, failure);
          else if (failure !== undefined)
            yield fail(name, failure, message, {
              ...(trace === undefined ? {} : { way: trace }),
              path,
              error: error
                .replace("https://<way>", `https://${(trace?.to ?? "").replace(/:443$/, "")}`)
                .replace("<way>", trace?.to ?? ""),
            });
        }
        const asks = requiresStep(subject, placement, step) || isUnknown(definition);
        if (asks) for (const lost of subnets.unknown) yield unknownOutcome(name, lost, ids[0]);
        if (step === "image" && (definition === undefined || isUnknown(definition)))
          yield unknownOutcome(
            name,
            isUnknown(definition) ? definition : `${name} has no task definition`,
            ids[0],
          );
        if (step === "image" && definition && !isUnknown(definition))
          for (const container of definition.containers)
            if (container.image.kind === "unknown")
              yield unknownOutcome(name, definition.unknown ?? "an image is not known", ids[0]);
      }
    },
  };
}
