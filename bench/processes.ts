import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's folder. */
export const root: string = fileURLToPath(new URL("..", import.meta.url));
/** The built command line. */
export const cli: string = join(root, "dist/cli/main.js");
export const node: string = process.execPath;
/** A folder for temporary files. The caller of the benchmarks deletes it. */
export const scratch: string = mkdtempSync(join(tmpdir(), "berth-bench-"));

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** The median duration of a process in milliseconds. The calling process is blocked meanwhile. */
export function medianDuration(
  command: string,
  args: readonly string[],
  cwd: string,
  { runs = 7, env = process.env }: { runs?: number; env?: NodeJS.ProcessEnv } = {},
): number {
  const durations: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    const { status, stderr } = spawnSync(command, args, { cwd, env, encoding: "utf8" });
    if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed: ${stderr}`);
    durations.push(performance.now() - start);
  }
  return median(durations);
}

/**
 * The duration of a process in milliseconds. The calling process is not blocked, so that a sandbox in it can answer.
 *
 * @throws Error if the process ends with another exit code than the expected one
 */
export async function duration(
  command: string,
  args: readonly string[],
  cwd: string,
  { env = process.env, exitCode = 0 }: { env?: NodeJS.ProcessEnv; exitCode?: number } = {},
): Promise<number> {
  const start = performance.now();
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "ignore", "inherit"] });
  await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) =>
      code === exitCode
        ? resolve(code)
        : reject(new Error(`${command} ${args[0]} ended with exit code ${code}`)),
    );
  });
  return performance.now() - start;
}
