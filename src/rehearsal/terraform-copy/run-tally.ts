import type { Diagnostic, TerraformEvent, Outcome } from "../../terraform/index.ts";

/** Numbers of resources. */
export interface Counts {
  added: number;
  changed: number;
  destroyed: number;
}

export const noCounts = (): Counts => ({ added: 0, changed: 0, destroyed: 0 });

/** The result of a plan, apply or destroy of a stack. */
export interface StackRunResult {
  readonly problems: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
  /** Addresses of planned changes that Terraform did not complete. */
  readonly undone: readonly string[];
  readonly counts: Readonly<Counts>;
}

/** The result if no resource is left to plan, apply or destroy. */
export const emptyRunResult = (): StackRunResult => ({
  problems: [],
  warnings: [],
  undone: [],
  counts: noCounts(),
});

/** Counts the resources in the events of a run of Terraform. */
export class RunTally {
  readonly #planned = new Set<string>();
  readonly #finished = new Set<string>();
  readonly #failed = new Set<string>();
  readonly #inFlight: Map<string, string>;
  readonly #counts: Counts;

  /**
   * @param inFlight receives the addresses that Terraform processes, with the action
   * @param counts is updated with each event
   */
  constructor(inFlight: Map<string, string>, counts: Counts) {
    this.#counts = counts;
    this.#inFlight = inFlight;
  }

  observeEvent(event: TerraformEvent): void {
    switch (event.type) {
      case "planned":
        if (event.action !== "read") this.#planned.add(event.address);
        break;
      case "started":
        this.#inFlight.set(event.address, event.action);
        break;
      case "failed":
        this.#inFlight.delete(event.address);
        this.#failed.add(event.address);
        break;
      case "finished":
        this.#inFlight.delete(event.address);
        this.#finished.add(event.address);
        if (event.action === "create") this.#counts.added++;
        if (event.action === "update") this.#counts.changed++;
        if (event.action === "delete") this.#counts.destroyed++;
        break;
      default:
        break;
    }
  }

  result({ diagnostics }: Outcome): StackRunResult {
    return {
      problems: this.#withAddress(
        diagnostics.filter((diagnostic) => diagnostic.severity === "error"),
      ),
      warnings: diagnostics.filter((diagnostic) => diagnostic.severity === "warning"),
      undone: [...this.#planned].filter((address) => !this.#finished.has(address)),
      counts: { ...this.#counts },
    };
  }

  /**
   * Adds the address that Terraform does not report for the error of a resource that is no longer in the configuration, if only one
   * failed resource and one error remain.
   */
  #withAddress(errors: readonly Diagnostic[]): readonly Diagnostic[] {
    const named = new Set(errors.map(({ address }) => address));
    const [address, ...others] = [...this.#failed].filter((failed) => !named.has(failed));
    const unnamed = errors.filter((error) => error.address === undefined);
    if (address === undefined || others.length > 0 || unnamed.length > 1) return errors;
    return errors.map((error) => (error.address === undefined ? { ...error, address } : error));
  }
}
