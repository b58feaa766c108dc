import { fileURLToPath, pathToFileURL } from "node:url";
import type { RunResult, RunOptions } from "./berth.ts";

const main = pathToFileURL(fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url)));

/** Runs are sequential, because a process has one working directory, one environment and one standard output. */
let lastRun: Promise<unknown> = Promise.resolve();
let runs = 0;

type Stream = NodeJS.WriteStream;

/** Collects the output to a stream until it is released. */
function capture(stream: Stream): { text(): string; release(): void } {
  const write = stream.write.bind(stream);
  let text = "";
  stream.write = (chunk: string | Uint8Array, ...rest: readonly unknown[]): boolean => {
    text += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
    const callback = rest.find((argument) => typeof argument === "function");
    callback?.();
    return true;
  };
  return { text: () => text, release: () => void (stream.write = write) };
}

async function run(args: readonly string[], { cwd, env = {} }: RunOptions): Promise<RunResult> {
  const before = { argv: process.argv, env: process.env, cwd: process.cwd() };
  const [stdout, stderr] = [capture(process.stdout), capture(process.stderr)];
  try {
    process.chdir(cwd);
    process.argv = [process.execPath, fileURLToPath(main), ...args];
    const variables = { PATH: before.env["PATH"], HOME: before.env["HOME"], ...env };
    process.env = Object.fromEntries(
      Object.entries(variables).filter(([, value]) => value !== undefined),
    );
    runs += 1;
    // With another URL, Node.js evaluates the module again; its imported modules are not evaluated again.
    await import(/* @vite-ignore */ `${main.href}?run=${runs}`);
    return { code: Number(process.exitCode ?? 0), stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    process.exitCode = undefined;
    process.argv = before.argv;
    process.env = before.env;
    process.chdir(before.cwd);
    stdout.release();
    stderr.release();
  }
}

/** Runs the built command line in this process, which takes a tenth of the time of a new process. */
export function berthInProcess(args: readonly string[], options: RunOptions): Promise<RunResult> {
  const nextRun = lastRun.then(() => run(args, options));
  lastRun = nextRun.catch(() => undefined);
  return nextRun;
}
