import { rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import {
  assertNotRunning,
  type EarlierRun,
  earlierRuns as earlierRunsIn,
  type Engine,
  findEngine,
  lockFolder,
  RunDirectory,
  WorkingFolder,
} from "../terraform/index.ts";
import { engineCache } from "./engine-cache.ts";
import type { InfrastructureOptions, ResolvedOptions } from "./options.ts";

/** An environment's working folder, locked for this process. */
export interface LockedFolder {
  readonly engine: Engine;
  readonly workingFolder: WorkingFolder;
  readonly isSandbox: boolean;
  /** The plan and the output of this process's Terraform commands. */
  readonly run: RunDirectory;
  /** Runs of interrupted processes. */
  readonly earlierRuns: readonly EarlierRun[];
  /** Deletes the run directories of interrupted processes. */
  removeEarlierRuns(): void;
  /** Releases the lock. Deletes this process's run directory, unless a later process needs it. */
  close(options?: { readonly keepsRun?: boolean }): void;
}

/**
 * Finds the engine and locks its working folder.
 *
 * @throws UserError BERTH-E3006 if another process uses the folder: Berth, or Terraform of an interrupted Berth process
 */
export async function lockProjectFolder(
  options: ResolvedOptions<InfrastructureOptions>,
  {
    command,
    folder,
    terraformBin,
  }: {
    readonly command: string;
    /** Name of the folder in .berth. */
    readonly folder: string;
    /** terraformBin in the config. */
    readonly terraformBin?: string | undefined;
  },
): Promise<LockedFolder> {
  const { config, env, sandbox = false } = options;
  const engine = await findEngine({
    flag: options.terraformBin,
    config: terraformBin,
    env,
    cache: engineCache(env),
  });
  const isSandbox = sandbox !== false;
  const workingFolder = new WorkingFolder({
    project: dirname(resolve(config)),
    environment: folder,
    sandbox: isSandbox,
  });
  const lock = lockFolder(workingFolder.directory, command);
  try {
    const earlierRuns = earlierRunsIn(workingFolder.directory);
    assertNotRunning(earlierRuns);
    // A saved plan contains secrets, and no later run applies it.
    for (const { path } of earlierRuns) rmSync(join(path, "plan.tfplan"), { force: true });
    const run = new RunDirectory(workingFolder.directory);
    return {
      engine,
      workingFolder,
      isSandbox,
      run,
      earlierRuns,
      removeEarlierRuns: () => {
        for (const { path } of earlierRuns) rmSync(path, { recursive: true, force: true });
      },
      close: ({ keepsRun = false } = {}) => {
        if (!keepsRun) run.remove();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}
