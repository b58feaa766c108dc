import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { UserError } from "../shared/errors.ts";
import type { Engine } from "./engine.ts";
import { type Diagnostic, parseEvent, type TerraformEvent } from "./events.ts";
import { followOutput, releaseReserve } from "./output-file.ts";
import type { RunDirectory, RunOutput } from "./run-directory.ts";
import { lockInfoIn, type StateLockInfo } from "./state-lock.ts";

/** Flags of plan, apply and destroy alike. */
export interface RunOptions {
  /** As -var takes them: name=value. */
  readonly variables?: readonly string[];
  readonly variableFiles?: readonly string[];
  /** Addresses to work on, with what they depend on. @default all */
  readonly targets?: readonly string[];
}

const flagsOf = ({ variables = [], variableFiles = [], targets = [] }: RunOptions): string[] => [
  ...variables.flatMap((variable) => ["-var", variable]),
  ...variableFiles.map((file) => `-var-file=${file}`),
  ...targets.map((address) => `-target=${address}`),
];

/** What becomes of a state when the folder names another place for it: it moves there, or is left where it was. */
export type Migration = "move" | "leave";

const MIGRATION: Readonly<Record<Migration, readonly string[]>> = {
  move: ["-migrate-state", "-force-copy"],
  leave: ["-reconfigure"],
};

export interface TerraformOptions {
  readonly engine: Engine;
  /** The root module's folder. */
  readonly directory: string;
  /** The whole environment of the process. */
  readonly env: NodeJS.ProcessEnv;
  /**
   * Where commands that change something write their output: they go on, and save the state, where this process dies.
   * @default pipes: Terraform ends with this process
   */
  readonly run?: RunDirectory;
}

/** What a run of plan, apply or destroy came to. */
export interface Outcome {
  readonly exitCode: number;
  readonly diagnostics: readonly Diagnostic[];
  /** Set where the run was asked to stop. */
  readonly interrupted: boolean;
}

type Listener = (event: TerraformEvent) => void;

/** An output value as Terraform knows it. */
export interface OutputValue {
  readonly value: unknown;
  readonly sensitive: boolean;
}

/**
 * Drives one root module. Terraform runs in a process group of its own: a Ctrl-C at the terminal reaches Berth, which
 * hands it on once, and Terraform saves its state before it ends. A second one is handed on too: Terraform then stops
 * at once.
 */
export class Terraform {
  readonly #options: TerraformOptions;
  #child: ChildProcess | undefined;
  #isStopped = false;

  constructor(options: TerraformOptions) {
    this.#options = options;
  }

  /**
   * Initialises the folder.
   *
   * @param backend where the state is to go: unsaid, it stays where the folder has it
   * @throws UserError with Terraform's own words where it fails
   */
  async init(backend?: Migration): Promise<void> {
    const own = ["init", "-input=false", "-no-color", ...(backend ? MIGRATION[backend] : [])];
    const { exitCode, stdout, stderr } = await this.#capture(own, this.#options.run);
    if (exitCode === 0) return;
    const lines = `${stdout}\n${stderr}`
      .split("\n")
      .map((line) => line.replace(/^[╷│╵\s]+/, "").trim());
    const start = lines.findIndex((line) => line.startsWith("Error:"));
    const words = lines
      .slice(Math.max(start, 0))
      .filter((line) => line !== "" && !line.startsWith("Warning:"));
    throw new UserError(
      "BERTH-E3003",
      `terraform init failed: ${words.join(" ").replace(/^Error: /, "")}`,
      {
        fix: words.join(" ").includes("registry")
          ? "connect to the registry, or put the provider into a mirror (berth doctor says where Berth looks)"
          : "berth doctor checks what init needs",
      },
    );
  }

  /** Plans into a file. Exit code 0: no change, 2: changes, 1: failed. */
  plan(
    file: string,
    options: RunOptions & { readonly destroy?: boolean; readonly lock?: boolean },
    listener: Listener,
  ): Promise<Outcome> {
    const destroy = options.destroy === true ? ["-destroy"] : [];
    const lock = options.lock === false ? ["-lock=false"] : [];
    const own = [
      "-json",
      "-input=false",
      "-detailed-exitcode",
      `-out=${file}`,
      ...destroy,
      ...lock,
    ];
    return this.#stream(["plan", ...own, ...flagsOf(options)], listener);
  }

  /** Plans and applies in one go, or destroys everything. For worlds that nobody has to be asked about. */
  carryOut(verb: "apply" | "destroy", options: RunOptions, listener: Listener): Promise<Outcome> {
    const own = ["-json", "-input=false", "-auto-approve"];
    return this.#stream([verb, ...own, ...flagsOf(options)], listener);
  }

  /** Asks the run that is under way to finish what it is at, as Ctrl-C does. */
  interrupt(): void {
    this.#isStopped = true;
    this.#child?.kill("SIGINT");
  }

  /** Goes over to a workspace, and makes it where it is not there. */
  async selectWorkspace(name: string): Promise<void> {
    await this.#must(["workspace", "select", "-or-create=true", name]);
  }

  /** Fetches the modules that the configuration calls: no provider, and no code of theirs runs. */
  async get(): Promise<void> {
    await this.#must(["get", "-no-color"]);
  }

  /** Addresses of the providers that configuration and state need, in all modules. Starts none of them. */
  async providers(): Promise<string[]> {
    const tree = await this.#must(["providers", "-no-color"]);
    return [
      ...new Set([...tree.matchAll(/provider\[([^\]\s]+)\]/g)].map(([, address = ""]) => address)),
    ];
  }

  /** What depends on what, as the configuration has it, in Graphviz's language. */
  graph(): Promise<string> {
    return this.#must(["graph"]);
  }

  /** Applies a planned file. */
  apply(file: string, listener: Listener): Promise<Outcome> {
    return this.#stream(["apply", "-json", "-input=false", "-auto-approve", file], listener);
  }

  /** A plan as Terraform shows it to people. */
  async showPlan(file: string, color: boolean): Promise<string> {
    return (await this.#must(["show", ...(color ? [] : ["-no-color"]), file])).trimEnd();
  }

  /** A plan or the state as data. Holds secrets. */
  async showJson(file?: string): Promise<unknown> {
    return (await this.showJsonText(file)).json;
  }

  /** The same, with the text as Terraform prints it: parsing rounds large numbers. Holds secrets. */
  async showJsonText(file?: string): Promise<{ readonly text: string; readonly json: unknown }> {
    const args = ["show", "-json", ...(file === undefined ? [] : [file])];
    const text = await this.#must(args);
    return { text, json: this.#parse(args, text) };
  }

  /** The state as it is kept, version 4. Starts no provider, unlike `showJson`. Holds secrets. */
  async pullState(): Promise<unknown> {
    const text = await this.pullStateText();
    return text.trim() === "" ? {} : this.#parse(["state", "pull"], text);
  }

  /** The same as text; empty where there is no state. */
  pullStateText(): Promise<string> {
    return this.#must(["state", "pull"]);
  }

  /**
   * Saves a state from a file where the configuration keeps it.
   *
   * @throws UserError BERTH-E3003 in Terraform's words: for a state that is older than the saved one, or of another
   *   lineage
   */
  async pushState(file: string): Promise<void> {
    await this.#must(["state", "push", file], this.#options.run);
  }

  /** The lock that is on the state; undefined where there is none, or where a lock ends with its process. */
  async stateLock(): Promise<StateLockInfo | undefined> {
    // Terraform has no command that shows a lock. Asked to release one with another ID, it shows the one that is there.
    const args = ["force-unlock", "-force", "00000000-0000-0000-0000-000000000000"];
    const { stdout, stderr } = await this.#capture(args);
    return lockInfoIn(`${stdout}\n${stderr}`);
  }

  /** Releases a lock on the state. */
  async releaseStateLock(id: string): Promise<void> {
    await this.#must(["force-unlock", "-force", id], this.#options.run);
  }

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
        "BERTH-E3003",
        `${this.#name} ${args.filter((word) => !word.includes("/")).join(" ")} did not print JSON`,
        {
          where: this.#options.engine.path,
          fix: "check that this program is Terraform or OpenTofu",
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
    let [stdout, stderr] = ["", ""];
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
    const { exitCode, interrupted, signal } = await finished(child);
    if (interrupted) throw interruption();
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
    return `${this.#name} ${args[0]} was ended by the signal ${signal}`;
  }

  async #stream(args: readonly string[], listener: Listener): Promise<Outcome> {
    const output = this.#options.run?.open(args[0] ?? "");
    const child = this.#spawn(args, output);
    const diagnostics: Diagnostic[] = [];
    let stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
    const end = finished(child);
    const lines = output
      ? followOutput(output.stdout, end)
      : createInterface({ input: child.stdout ?? Readable.from([]) });
    for await (const line of lines) {
      const event = parseEvent(line);
      if (event?.type === "diagnostic") diagnostics.push(event.diagnostic);
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
    return { exitCode, diagnostics, interrupted };
  }
}

/** What a run that was stopped before it changed anything ends with. */
export function interruption(): UserError {
  return new UserError("BERTH-E3004", "interrupted", { exitCode: 130 });
}

interface Finished {
  readonly exitCode: number;
  readonly interrupted: boolean;
  /** The signal that ended the process, where one did. */
  readonly signal: NodeJS.Signals | null;
}

/** Waits for a process, and hands it the interrupts that reach us. */
function finished(child: ChildProcess): Promise<Finished> {
  let interrupted = false;
  const forward = (signal: NodeJS.Signals): void => {
    interrupted = true;
    // Terraform counts: the first asks it to finish what it is at, the second to stop at once.
    child.kill(signal === "SIGHUP" ? "SIGINT" : signal);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    const done = (): void => {
      for (const signal of signals) process.off(signal, forward);
    };
    child.once("error", (error) => {
      done();
      reject(new UserError("BERTH-E3002", `${child.spawnfile} cannot be run: ${error.message}`));
    });
    child.once("close", (code, signal) => {
      done();
      resolve({ exitCode: code ?? 1, interrupted, signal });
    });
  });
}
