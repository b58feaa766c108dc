import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { berthCommand, UserError } from "../shared/index.ts";
import type { Engine } from "./engine.ts";
import { type Diagnostic, type OutputValue, parseEvent, type TerraformEvent } from "./events.ts";
import { followOutput, releaseReserve } from "./output-file.ts";
import type { RunDirectory, RunOutput } from "./run-directory.ts";
import { lockInfoIn, type StateLockInfo } from "./state-lock.ts";

/** Flags of plan, apply and destroy. */
export interface RunOptions {
  /** Values of -var: name=value. */
  readonly variables?: readonly string[];
  readonly variableFiles?: readonly string[];
  /** Addresses to change, with their dependencies. @default all */
  readonly targets?: readonly string[];
}

const flagsOf = ({ variables = [], variableFiles = [], targets = [] }: RunOptions): string[] => [
  ...variables.flatMap((variable) => ["-var", variable]),
  ...variableFiles.map((file) => `-var-file=${file}`),
  ...targets.map((address) => `-target=${address}`),
];

/** Handling of the state if the backend has changed: `move` copies it to the new backend, `leave` does not. */
export type StateMigration = "move" | "leave";

const MIGRATION_FLAGS: Readonly<Record<StateMigration, readonly string[]>> = {
  move: ["-migrate-state", "-force-copy"],
  leave: ["-reconfigure"],
};

export interface TerraformOptions {
  readonly engine: Engine;
  /** The root module's folder. */
  readonly directory: string;
  /** The complete environment of the process. */
  readonly env: NodeJS.ProcessEnv;
  /**
   * Folder for the output of commands that change resources: these commands continue and save the state if this process ends.
   * @default pipes: Terraform ends with this process
   */
  readonly run?: RunDirectory;
}

/** The outcome of plan, apply or destroy. */
export interface Outcome {
  readonly exitCode: number;
  readonly diagnostics: readonly Diagnostic[];
  /** The outputs after a successful apply, by name; absent if Terraform does not print them, as for runs in HCP Terraform. */
  readonly outputs?: Readonly<Record<string, OutputValue>>;
  /** True if this process received a signal to stop. */
  readonly interrupted: boolean;
}

type Listener = (event: TerraformEvent) => void;

/** The line of an error, as Terraform prints it: on main.tf line 3, in resource "aws_vpc" "main": */
const ERROR_LINE = /^on (.+) line (\d+)\b/;

/** The first error in the output of `terraform init`, with its file and line if it is one of the configuration. */
function initError(output: string): UserError {
  const lines = output.split("\n").map((line) => line.replace(/^[╷│╵\s]+/, "").trim());
  const starts = lines.flatMap((line, index) => (/^(Error|Warning):/.test(line) ? [index] : []));
  const problems = starts
    .map((start, index) => lines.slice(start, starts[index + 1]))
    .filter(([title]) => title?.startsWith("Error:") === true);
  const [problem = lines, ...others] = problems;
  const [, file, line] =
    problem.map((text) => ERROR_LINE.exec(text)).find((match) => match !== null) ?? [];
  const [title = "", ...detail] = problem
    // The source lines of an error have their numbers.
    .filter((entry) => entry !== "" && !ERROR_LINE.test(entry) && !/^\d+:/.test(entry));
  const text = [title.replace(/^Error: /, ""), detail.join(" ")].filter(Boolean).join(": ");
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  const what = `terraform init failed: ${text}${more}`;
  if (file !== undefined && line !== undefined)
    return new UserError("BERTH-E3003", what, {
      where: `${file}:${line}`,
      fix: "correct this line",
    });
  return new UserError("BERTH-E3003", what, {
    fix: text.includes("registry")
      ? "check the connection to the registry, or install the provider into a local mirror (berth doctor lists mirrors)"
      : `run ${berthCommand()} doctor to check the prerequisites`,
  });
}

/**
 * Runs Terraform commands in the folder of a root module. Terraform runs in a separate process group: Ctrl-C in the terminal
 * reaches only Berth, which forwards it. Terraform then saves its state before it ends. Berth also forwards a second Ctrl-C:
 * Terraform then stops immediately.
 */
export class Terraform {
  readonly #options: TerraformOptions;
  #child: ChildProcess | undefined;
  #isStopped = false;

  constructor(options: TerraformOptions) {
    this.#options = options;
  }

  /**
   * Runs `terraform init`.
   *
   * @param backend handling of the state if the backend has changed; by default a changed backend is an error
   * @throws UserError BERTH-E3003 with Terraform's message if it fails
   */
  async init(backend?: StateMigration): Promise<void> {
    const args = [
      "init",
      "-input=false",
      "-no-color",
      ...(backend ? MIGRATION_FLAGS[backend] : []),
    ];
    const { exitCode, stdout, stderr } = await this.#capture(args, this.#options.run);
    if (exitCode === 0) return;
    throw initError(`${stdout}\n${stderr}`);
  }

  /** Writes a plan file. Exit code 0: no changes, 2: changes, 1: failed. */
  plan(
    file: string,
    options: RunOptions & { readonly destroy?: boolean; readonly lock?: boolean },
    listener: Listener,
  ): Promise<Outcome> {
    const destroy = options.destroy === true ? ["-destroy"] : [];
    const lock = options.lock === false ? ["-lock=false"] : [];
    const args = [
      "-json",
      "-input=false",
      "-detailed-exitcode",
      `-out=${file}`,
      ...destroy,
      ...lock,
    ];
    return this.#stream(["plan", ...args, ...flagsOf(options)], listener);
  }

  /** Applies or destroys without a plan file and without confirmation, for sandboxes. */
  runAutoApproved(
    verb: "apply" | "destroy",
    options: RunOptions,
    listener: Listener,
  ): Promise<Outcome> {
    const args = ["-json", "-input=false", "-auto-approve"];
    return this.#stream([verb, ...args, ...flagsOf(options)], listener);
  }

  /** Interrupts the running command, like Ctrl-C: Terraform finishes the current operations. */
  interrupt(): void {
    this.#isStopped = true;
    this.#child?.kill("SIGINT");
  }

  /** Selects a workspace; creates it if it does not exist. */
  async selectWorkspace(name: string): Promise<void> {
    await this.#must(["workspace", "select", "-or-create=true", name]);
  }

  /** Downloads the modules of the configuration. Runs no provider and no code of the modules. */
  async get(): Promise<void> {
    await this.#must(["get", "-no-color"]);
  }

  /** Addresses of the providers that the configuration and the state require, in all modules. Starts no provider. */
  async providers(): Promise<string[]> {
    const tree = await this.#must(["providers", "-no-color"]);
    return [
      ...new Set([...tree.matchAll(/provider\[([^\]\s]+)\]/g)].map(([, address = ""]) => address)),
    ];
  }

  /** The dependency graph of the configuration, in DOT format. */
  graph(): Promise<string> {
    return this.#must(["graph"]);
  }

  /** Applies a plan file. */
  apply(file: string, listener: Listener): Promise<Outcome> {
    return this.#stream(["apply", "-json", "-input=false", "-auto-approve", file], listener);
  }

  /** A plan as text for people. */
  async showPlan(file: string, color: boolean): Promise<string> {
    return (await this.#must(["show", ...(color ? [] : ["-no-color"]), file])).trimEnd();
  }

  /** A plan or the state as JSON. Contains secrets. */
  async showJson(file?: string): Promise<unknown> {
    return (await this.showJsonText(file)).json;
  }

  /** Like `showJson`, also with the original text: parsing rounds large numbers. Contains secrets. */
  async showJsonText(file?: string): Promise<{ readonly text: string; readonly json: unknown }> {
    const args = ["show", "-json", ...(file === undefined ? [] : [file])];
    const text = await this.#must(args);
    return { text, json: this.#parse(args, text) };
  }

  /** The stored state, format version 4. Unlike `showJson`, starts no provider. Contains secrets. */
  async pullState(): Promise<unknown> {
    const text = await this.pullStateText();
    return text.trim() === "" ? {} : this.#parse(["state", "pull"], text);
  }

  /** Like `pullState`, as text; empty if there is no state. */
  pullStateText(): Promise<string> {
    return this.#must(["state", "pull"]);
  }

  /**
   * Saves the state in a file to the configured backend.
   *
   * @throws UserError BERTH-E3003 with Terraform's message, for example if the saved state is newer or has another lineage
   */
  async pushState(file: string): Promise<void> {
    await this.#must(["state", "push", file], this.#options.run);
  }

  /** The state lock; undefined if no run holds it, or if the backend's locks end with their process. */
  async stateLock(): Promise<StateLockInfo | undefined> {
    // Terraform has no command that shows a lock. With a wrong ID, force-unlock fails and prints the existing lock.
    const args = ["force-unlock", "-force", "00000000-0000-0000-0000-000000000000"];
    const { stdout, stderr } = await this.#capture(args);
    return lockInfoIn(`${stdout}\n${stderr}`);
  }

  /** Releases a state lock. */
  async releaseStateLock(id: string): Promise<void> {
    await this.#must(["force-unlock", "-force", id], this.#options.run);
  }

  /** The outputs in the state, by name. */
  async outputs(): Promise<Readonly<Record<string, OutputValue>>> {
    return (await this.#mustJson(["output", "-json"])) as Record<string, OutputValue>; // Terraform's documented shape
  }

  async #mustJson(args: readonly string[]): Promise<unknown> {
    return this.#parse(args, await this.#must(args));
  }

  #parse(args: readonly string[], text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw new UserError(
        "BERTH-E3013",
        `${this.#name} ${args.filter((arg) => !arg.includes("/")).join(" ")} did not print JSON`,
        {
          where: this.#options.engine.path,
          fix: "make sure that this program is Terraform or OpenTofu",
        },
      );
    }
  }

  get #name(): string {
    return this.#options.engine.product;
  }

  async #must(args: readonly string[], run?: RunDirectory): Promise<string> {
    const { exitCode, stdout, stderr } = await this.#capture(args, run);
    if (exitCode !== 0) {
      throw new UserError(
        "BERTH-E3003",
        `terraform ${args[0]} failed: ${stderr.trim() || stdout.trim()}`,
      );
    }
    return stdout;
  }

  #spawn(args: readonly string[], output: RunOutput | undefined): ChildProcess {
    const { engine, directory, env } = this.#options;
    const [stdout, stderr] = output?.descriptors ?? (["pipe", "pipe"] as const);
    const child: ChildProcess = spawn(engine.path, [...args], {
      cwd: directory,
      env,
      detached: true,
      stdio: ["ignore", stdout, stderr],
    });
    output?.started(child.pid);
    this.#child = child;
    this.#isStopped = false;
    return child;
  }

  async #capture(
    args: readonly string[],
    run?: RunDirectory,
  ): Promise<{ exitCode: number; stdout: string; stderr: string }> {
    const output = run?.open(args[0] ?? "");
    const child = this.#spawn(args, output);
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
    const { exitCode, interrupted, signal } = await finished(child);
    if (interrupted) throw interruptedError();
    if (output) {
      stdout = readFileSync(output.stdout, "utf8");
      stderr = readFileSync(output.stderr, "utf8");
    }
    return {
      exitCode,
      stdout,
      stderr: signal === null ? stderr : `${stderr}\n${this.#killed(args, signal)}`,
    };
  }

  #killed(args: readonly string[], signal: NodeJS.Signals): string {
    return `${this.#name} ${args[0]} was terminated by the signal ${signal}`;
  }

  async #stream(args: readonly string[], listener: Listener): Promise<Outcome> {
    const output = this.#options.run?.open(args[0] ?? "");
    const child = this.#spawn(args, output);
    const diagnostics: Diagnostic[] = [];
    let outputs: Outcome["outputs"];
    let stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
    const end = finished(child);
    const lines = output
      ? followOutput(output.stdout, end)
      : createInterface({ input: child.stdout ?? Readable.from([]) });
    for await (const line of lines) {
      const event = parseEvent(line);
      if (event?.type === "diagnostic") diagnostics.push(event.diagnostic);
      if (event?.type === "outputs") ({ outputs } = event);
      if (event) listener(event);
    }
    const { exitCode, interrupted, signal } = await end;
    if (output) {
      releaseReserve(output.stdout);
      stderr = readFileSync(output.stderr, "utf8");
    }
    const isExplained =
      this.#isStopped || interrupted || diagnostics.some(({ severity }) => severity === "error");
    if (exitCode === 1 && (signal !== null || !isExplained)) {
      diagnostics.push({
        severity: "error",
        summary: signal === null ? `${this.#name} ${args[0]} failed` : this.#killed(args, signal),
        detail: stderr.trim(),
      });
    }
    return { exitCode, diagnostics, interrupted, ...(outputs === undefined ? {} : { outputs }) };
  }
}

/** The error for a run that was interrupted before it changed resources. */
export function interruptedError(): UserError {
  return new UserError("BERTH-E3004", "interrupted", { exitCode: 130 });
}

interface ProcessEnd {
  readonly exitCode: number;
  readonly interrupted: boolean;
  /** The signal that terminated the process; null if it exited. */
  readonly signal: NodeJS.Signals | null;
}

/** Waits for the end of a process, and forwards the signals that this process receives. */
function finished(child: ChildProcess): Promise<ProcessEnd> {
  let interrupted = false;
  const forward = (signal: NodeJS.Signals): void => {
    interrupted = true;
    // At the first signal, Terraform finishes the current operations; at the second, it stops immediately.
    child.kill(signal === "SIGHUP" ? "SIGINT" : signal);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    const removeListeners = (): void => {
      for (const signal of signals) process.off(signal, forward);
    };
    child.once("error", (error) => {
      removeListeners();
      reject(new UserError("BERTH-E3017", `${child.spawnfile} cannot be run: ${error.message}`));
    });
    child.once("close", (code, signal) => {
      removeListeners();
      resolve({ exitCode: code ?? 1, interrupted, signal });
    });
  });
}
