import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { berthInProcess } from "./berth-in-process.ts";
import { attachedProvider } from "./provider/attach.ts";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** Set to 1 if `berth` is to run the command line in the test's process. */
const IN_PROCESS = "BERTH_TEST_IN_PROCESS";

/** The result of a run. */
export interface RunResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command line that runs in another process. */
export interface RunningCommand {
  readonly done: Promise<RunResult>;
  /** Waits until a text is in stderr. */
  waitForOutput(text: string): Promise<void>;
  interrupt(): void;
  /** Kills Berth, but not the Terraform process that it has started. */
  kill(): void;
}

export interface RunOptions {
  readonly cwd: string;
  /** Variables in addition to PATH and HOME. The value undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Terraform without AWS variables can use the shared provider processes of the test run. */
const sharedProviderOf = (env: Readonly<Record<string, string | undefined>>): string | undefined =>
  Object.keys(env).some((name) => name.startsWith("AWS_"))
    ? undefined
    : process.env["TF_REATTACH_PROVIDERS"];

/** Starts the command line in another process, without a terminal. */
export function startBerth(args: readonly string[], { cwd, env = {} }: RunOptions): RunningCommand {
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      TF_REATTACH_PROVIDERS: sharedProviderOf(env),
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  const done = new Promise<RunResult>((resolve) =>
    child.once("close", (code) => resolve({ code, stdout, stderr })),
  );
  return {
    done,
    interrupt: () => void child.kill("SIGINT"),
    kill: () => void child.kill("SIGKILL"),
    waitForOutput: async (text) => {
      let isOver = false;
      void done.then(() => (isOver = true));
      while (!stderr.includes(text)) {
        if (isOver) throw new Error(`the process ended without "${text}" in stderr:\n${stderr}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}

/**
 * Runs the command line. With BERTH_TEST_IN_PROCESS=1 it runs in the test's process, unless the options change PATH: other
 * code in the process must not get that PATH.
 */
export async function berth(args: readonly string[], options: RunOptions): Promise<RunResult> {
  const { env = {} } = options;
  if (process.env[IN_PROCESS] === "1" && env["PATH"] === undefined)
    return berthInProcess(args, options);
  const provider = await attachedProvider(env);
  return startBerth(args, { ...options, env: { ...provider, ...env } }).done;
}
