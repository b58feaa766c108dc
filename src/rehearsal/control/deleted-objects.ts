import type { ObservedCall } from "../../sandbox/index.ts";

/** The names, IDs and ARNs of the objects that Terraform has deleted in a rehearsal. */
export class DeletedObjects {
  readonly #names = new Set<string>();

  observeCall({ operation, input, changed }: ObservedCall): void {
    if (!changed || !operation.startsWith("Delete")) return;
    for (const value of Object.values(input)) if (typeof value === "string") this.#names.add(value);
  }

  /** Whether an object with this name, ID or ARN was deleted. */
  has(name: string): boolean {
    return this.#names.has(name);
  }
}
