import { once } from "node:events";
import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ownerState, type ProcessOwner } from "../../src/shared/process-owner.ts";
import { testFolder } from "./folder.ts";

const built = (file: string): string =>
  JSON.stringify(new URL(`../../dist/terraform/${file}`, import.meta.url).href);

/** A Berth process that plans and applies the root module of a folder, and prints each event. */
const PROGRAM = `
import { findEngine } from ${built("engine.js")};
import { RunDirectory } from ${built("run-directory.js")};
import { Terraform } from ${built("terraform.js")};
import { terraformEnvironment } from ${built("working-folder.js")};
const directory = process.argv[2];
const engine = await findEngine({ env: process.env });
const run = new RunDirectory(directory);
const terraform = new Terraform({ engine, directory, env: terraformEnvironment(engine, process.env, directory), run });
const print = (event) => console.log(event.type, event.address ?? "");
run.plan.prepare();
await terraform.plan(run.plan.path, {}, print);
run.plan.seal();
run.plan.verify();
const { exitCode } = await terraform.apply(run.plan.path, print);
console.log("exit", exitCode);
`;

/** Waits for the end of a process that is not a child of this one. */
export async function waitForProcessEnd(owner: ProcessOwner): Promise<void> {
  if (ownerState(owner) === "ended") return;
  await new Promise((resolve) => setTimeout(resolve, 20));
  await waitForProcessEnd(owner);
}

/** A Berth process that runs an apply, and that a test can kill. */
export class ApplyProcess {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #wake: () => void = () => {};

  constructor(directory: string, env: NodeJS.ProcessEnv) {
    const file = join(testFolder(), "apply.mjs");
    writeFileSync(file, PROGRAM);
    this.#child = spawn(process.execPath, [file, directory], {
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = createInterface({ input: this.#child.stdout ?? process.stdin });
    lines.on("line", (line) => {
      this.#lines.push(line.trim());
      this.#wake();
    });
    lines.on("close", () => this.#wake());
  }

  /** Waits until the process has printed a line. */
  async waitForLine(line: string): Promise<void> {
    while (!this.#lines.includes(line)) {
      if (this.#child.exitCode !== null)
        throw new Error(`the process ended without "${line}": ${this.#lines.join(", ")}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Kills Berth, but not the Terraform process that it has started. */
  async kill(): Promise<void> {
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
  }
}
