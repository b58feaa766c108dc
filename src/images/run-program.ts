import { type SpawnOptions, spawn } from "node:child_process";

/** How a program ended. */
export type ProgramEnd =
  | {
      readonly kind: "not-started";
      readonly isInstalled: boolean;
      /** Such as "not installed" or "cannot be run: EACCES". */
      readonly problem: string;
    }
  | {
      readonly kind: "ended";
      /** 1 if a signal ended the program. */
      readonly exitCode: number;
      readonly stdout: string;
      readonly stderr: string;
    };

export interface ProgramOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Ends the program with SIGTERM. */
  readonly signal?: AbortSignal | undefined;
  /** Receives each line of stdout and stderr when it is complete. */
  readonly onLine?: (line: string) => void;
}

/**
 * Runs a program without a shell and without stdin.
 *
 * @throws the reason of the signal if it is aborted
 */
export function runProgram(
  program: string,
  args: readonly string[],
  { env, cwd, signal, onLine }: ProgramOptions,
): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(abortReason(signal));
      return;
    }
    const options: SpawnOptions = { env, cwd, stdio: ["ignore", "pipe", "pipe"] };
    const child = spawn(program, args, options);
    const end = (): void => void child.kill("SIGTERM");
    signal?.addEventListener("abort", end, { once: true });
    const [stdout, stderr] = [new Lines(onLine), new Lines(onLine)];
    child.stdout?.setEncoding("utf8").on("data", (text: string) => stdout.add(text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => stderr.add(text));
    child.once("error", (error: NodeJS.ErrnoException) => {
      signal?.removeEventListener("abort", end);
      const isInstalled = error.code !== "ENOENT";
      const problem = isInstalled
        ? `cannot be run: ${error.code ?? error.message}`
        : "not installed";
      resolve({ kind: "not-started", isInstalled, problem });
    });
    child.once("close", (code) => {
      signal?.removeEventListener("abort", end);
      if (signal?.aborted === true) {
        reject(abortReason(signal));
        return;
      }
      resolve({ kind: "ended", exitCode: code ?? 1, stdout: stdout.end(), stderr: stderr.end() });
    });
  });
}

const abortReason = ({ reason }: AbortSignal): Error =>
  reason instanceof Error ? reason : new Error(String(reason));

/** The last characters of a stream that are kept. */
const KEPT_CHARACTERS = 1_000_000;

/** The output of a stream, and its lines. A carriage return, with which programs overwrite a line, also ends a line. */
class Lines {
  readonly #onLine: ((line: string) => void) | undefined;
  #text = "";
  #line = "";

  constructor(onLine: ((line: string) => void) | undefined) {
    this.#onLine = onLine;
  }

  add(text: string): void {
    this.#text = (this.#text + text).slice(-KEPT_CHARACTERS);
    const lines = (this.#line + text).split(/\r\n|\n|\r/);
    this.#line = lines.pop() ?? "";
    for (const line of lines) this.#report(line);
  }

  /** Reports the last line, and returns the text. */
  end(): string {
    this.#report(this.#line);
    return this.#text;
  }

  #report(line: string): void {
    if (line !== "") this.#onLine?.(line);
  }
}
