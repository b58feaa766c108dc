import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly done: Promise<Ran>;
  /** Waits until stderr holds a text. */
  saw(text: string): Promise<void>;
  interrupt(): void;
  /** Kills Berth, and not the Terraform that it has started. */
  kill(): void;
}

export interface RunOptions {
  readonly cwd: string;
  /** On top of a bare environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Starts the command line as a user would, without a terminal. */
export function startBerth(args: readonly string[], { cwd, env = {} }: RunOptions): Running {
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env },
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
        if (isOver) throw new Error(`it ended without saying "${text}":\n${stderr}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}

/** Runs the command line to its end. */
export const berth = (args: readonly string[], options: RunOptions): Promise<Ran> =>
  startBerth(args, options).done;
