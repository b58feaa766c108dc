import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { berthInProcess } from "./berth-in-process.ts";
import { attachedProvider } from "./provider/attach.ts";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** Set to 1 if `berth` runs the command line in the test process. */
const IN_PROCESS = "BERTH_TEST_IN_PROCESS";

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly done: Promise<Ran>;
  /** Waits until stderr contains a text. */
  saw(text: string): Promise<void>;
  interrupt(): void;
  /** Kills Berth, but not the Terraform process that it has started. */
  kill(): void;
}

export interface RunOptions {
  readonly cwd: string;
  /** Added to a minimal environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Terraform may use the shared provider processes of the test run if no AWS variables are set. */
const sharedProviderOf = (env: Readonly<Record<string, string | undefined>>): string | undefined =>
  Object.keys(env).some((name) => name.startsWith("AWS_"))
    ? undefined
    : process.env["TF_REATTACH_PROVIDERS"];

/** Starts the command line in a separate process, without a terminal. */
export function startBerth(args: readonly string[], { cwd, env = {} }: RunOptions): Running {
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
  const done = new Promise<Ran>((resolve) =>
    child.once("close", (code) => resolve({ code, stdout, stderr })),
  );
  return {
    done,
    interrupt: () => void child.kill("SIGINT"),
    kill: () => void child.kill("SIGKILL"),
    saw: async (text) => {
      let isOver = false;
      void done.then(() => (isOver = true));
      while (!stderr.includes(text)) {
        if (isOver)
          throw new Error(`berth ended, and stderr does not contain "${text}":\n${stderr}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}

/**
 * Runs the command line and waits for its end. With BERTH_TEST_IN_PROCESS=1 it runs in the test process, except if the test sets
 * PATH: that must not change the environment of the test process.
 */
export async function berth(args: readonly string[], options: RunOptions): Promise<Ran> {
  const { env = {} } = options;
  if (process.env[IN_PROCESS] === "1" && env["PATH"] === undefined)
    return berthInProcess(args, options);
  const provider = await attachedProvider(env);
  return startBerth(args, { ...options, env: { ...provider, ...env } }).done;
}
