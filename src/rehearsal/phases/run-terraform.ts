import { seeded } from "../../shared/index.ts";
import type { TerraformEvent } from "../../terraform/index.ts";
import type { RunState } from "../run-state.ts";
import type { StackRunResult } from "../terraform-copy/run-tally.ts";
import type { Stack } from "../terraform-copy/terraform-stack.ts";

/** Number of applies within which Terraform must succeed while faults are injected. */
const ATTEMPTS_WITH_FAULTS = 5;

/** Milliseconds between two tests whether Terraform can be interrupted. */
const INTERRUPT_POLL_INTERVAL = 25;

/** Applies or destroys a stack. While faults are injected, repeats it until it succeeds. */
export async function runTerraform(
  run: RunState,
  stack: Stack,
  verb: "apply" | "destroy",
): Promise<StackRunResult> {
  const attempts = run.options.faults === undefined ? 1 : ATTEMPTS_WITH_FAULTS;
  const interrupter = new Interrupter(run, stack);
  try {
    const runOnce = (): Promise<StackRunResult> =>
      verb === "apply"
        ? stack.apply(interrupter.listener(), () => run.unknownValues())
        : stack.destroy(interrupter.listener());
    let result = await runOnce();
    for (let attempt = 1; attempt < attempts && result.problems.length > 0; attempt++)
      result = await runOnce();
    return result;
  } finally {
    interrupter.stop();
  }
}

/** Passes on the events of Terraform. While faults are injected, interrupts Terraform once in a rehearsal. */
class Interrupter {
  readonly #run: RunState;
  readonly #stack: Stack;
  #timer: NodeJS.Timeout | undefined;

  constructor(run: RunState, stack: Stack) {
    this.#run = run;
    this.#stack = stack;
  }

  /** A listener for one run of Terraform. The seed determines after how many resources it interrupts Terraform. */
  listener(): (event: TerraformEvent) => void {
    const { options, outageMonitor, progress } = this.#run;
    const { faults } = options;
    const limit = faults === undefined ? Infinity : 1 + Math.floor(seeded(faults)() * 12);
    let finished = 0;
    return (event) => {
      outageMonitor?.observeEvent(event);
      progress.event(event);
      if (event.type !== "finished") return;
      finished++;
      if (finished >= limit) this.#interruptInQuietPeriod();
    };
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #interruptInQuietPeriod(): void {
    if (this.#run.wasInterrupted || this.#timer) return;
    this.#timer = setInterval(() => {
      if (!this.#run.quietPeriod.isNow) return;
      clearInterval(this.#timer);
      this.#run.wasInterrupted = true;
      this.#stack.interrupt();
    }, INTERRUPT_POLL_INTERVAL);
  }
}
