import { rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Engine, EarlierRun, RunDirectory, WorkingFolder } from "../terraform/index.ts";

/** Options of every command that works on a project. */
export interface ProjectFlags {
  readonly config: string;
  readonly env?: string;
  readonly terraformBin?: string;
  /** Use a new sandbox that this command starts. */
  readonly sandbox?: boolean;
  /** Use a running sandbox at this URL. */
  readonly sandboxUrl?: string;
}

/** Path of the engine that `berth doctor --install` installs. */
export function engineCache(env: NodeJS.ProcessEnv): string {
  return join(env["XDG_CACHE_HOME"] ?? join(env["HOME"] ?? homedir(), ".cache"), "berth", "tofu");
}

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
  flags: ProjectFlags,
  {
    command,
    folder,
    terraformBin,
  }: {
    readonly command: string;
    /** Name of the folder in .berth. */
    readonly folder: string;
    readonly terraformBin?: string | undefined;
  },
): Promise<LockedFolder> {
  const [{ findEngine }, { WorkingFolder }, { lockFolder }, runs, { assertNotRunning }] =
    await Promise.all([
      import("../terraform/index.ts"),
      import("../terraform/index.ts"),
      import("../terraform/index.ts"),
      import("../terraform/index.ts"),
      import("../terraform/index.ts"),
    ]);
  const engine = await findEngine({
    flag: flags.terraformBin,
    config: terraformBin,
    env: process.env,
    cache: engineCache(process.env),
  });
  const isSandbox = flags.sandbox === true || flags.sandboxUrl !== undefined;
  const workingFolder = new WorkingFolder({
    project: dirname(resolve(flags.config)),
    environment: folder,
    sandbox: isSandbox,
  });
  const lock = lockFolder(workingFolder.directory, command);
  try {
    const earlierRuns = runs.earlierRuns(workingFolder.directory);
    assertNotRunning(earlierRuns);
    // A saved plan contains secrets, and no later run applies it.
    for (const { path } of earlierRuns) rmSync(join(path, "plan.tfplan"), { force: true });
    const run = new runs.RunDirectory(workingFolder.directory);
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
