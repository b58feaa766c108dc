import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../shared/errors.ts";

const hashOf = (path: string): string =>
  createHash("sha256").update(readFileSync(path)).digest("hex");

/** The saved plan of one process: what was shown and agreed to is what is applied. It holds secrets. */
export class PlanFile {
  readonly path: string;
  #hash: string | undefined;

  /** @param directory a folder that only this process uses */
  constructor(directory: string) {
    this.path = join(directory, "plan.tfplan");
  }

  /** Makes way for a new plan. Terraform keeps the permissions of a file that is there: its own would be readable by all. */
  prepare(): void {
    this.#hash = undefined;
    writeFileSync(this.path, "", { mode: 0o600 });
  }

  /** Remembers the plan that Terraform has written. */
  seal(): void {
    this.#hash = hashOf(this.path);
  }

  /** @throws UserError BERTH-E3007 where the file does not hold the plan that was sealed */
  verify(): void {
    if (this.#hash !== undefined && this.#hash === hashOf(this.path)) return;
    throw new UserError(
      "BERTH-E3007",
      "the plan file was changed after the plan was made; nothing was applied",
      {
        where: this.path,
        fix: "run the command again, and find out which program writes to this file",
      },
    );
  }
}
