import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../shared/index.ts";

const hashOf = (path: string): string =>
  createHash("sha256").update(readFileSync(path)).digest("hex");

/** The saved plan of one process. Ensures that the applied plan is the one that the user has confirmed. It contains secrets. */
export class PlanFile {
  readonly path: string;
  #hash: string | undefined;

  /** @param directory a folder that only this process uses */
  constructor(directory: string) {
    this.path = join(directory, "plan.tfplan");
  }

  /** Prepares for a new plan: creates the file with mode 0600. Terraform would create a file that all users can read. */
  prepare(): void {
    this.#hash = undefined;
    writeFileSync(this.path, "", { mode: 0o600 });
  }

  /** Stores the hash of the plan that Terraform has written. */
  seal(): void {
    this.#hash = hashOf(this.path);
  }

  /** @throws UserError BERTH-E3007 if the file was changed since `seal` */
  verify(): void {
    if (this.#hash !== undefined && this.#hash === hashOf(this.path)) return;
    throw new UserError(
      "BERTH-E3007",
      "the plan file was changed after planning; nothing was applied",
      {
        where: this.path,
        fix: "find the program that writes to this file, then run the command again",
      },
    );
  }
}
